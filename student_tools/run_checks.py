"""Runs notebooks from the first cell to the last and says which of their visible checks hold, where nobody looks on.

In the folder of the notebooks, which are not changed::

    python -m student_tools.check First.ipynb Second.ipynb

Without names it takes all notebooks that are there. The exit status is 0 when every check holds, 1 when one does not,
2 when there is none to run.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from student_tools.manifest import find_manifest, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

    from nbclient import NotebookClient
    from nbformat import NotebookNode

__all__ = ["main", "run_checks", "start"]

CELL_SECONDS = 600
CHECK_FAILED = "CheckFailed"  # of student_tools.check, which starts this module and so is not imported by it
INTERRUPTED = "KeyboardInterrupt"  # what a cell ends with whose time is up
PREFIX = "check_"  # the name of an exercise's own check is this and the name of the exercise
CALLS_A_CHECK = re.compile(r"\bcheck_(?:close|true)\(")
STUB = "raise NotImplementedError"
NOT_WRITTEN = "not written yet"
NAMED = re.compile(rf"([\w.]+) is {NOT_WRITTEN}\b")  # what a stub says
COLOURS = re.compile(r"\x1b\[[\d;]*m")
FUNCTION_OF_A_FRAME = re.compile(r", in (\w+)(?:\.\w+)*\(")  # as IPython's tracebacks have it


def run_checks(path: str | Path, *, seconds: float = CELL_SECONDS) -> dict[str, str | None]:
    """Run a notebook in its folder, past all errors.

    Inputs:
    - path: notebook file. - seconds: time that one cell may take.

    Returns: the check's name → None when it ran through, else one line that says why not. The name is that of
    the exercise for the check that carries its points, else the cell's own: other cells check something as well.

    Raises: OSError or ValueError when it is no notebook that can be read.
    """
    # Here, not at the top: whoever imports a package's modules need not have what runs notebooks.
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":  # what was saved with the notebook proves nothing
            cell.outputs, cell.execution_count = [], None
    where = {"metadata": {"path": str(Path(path).parent)}}
    quiet = ["--log-level=40"]  # the kernel's warnings are about its ports
    client = NotebookClient(notebook, timeout=seconds, allow_errors=True, resources=where, extra_arguments=quiet)
    stopped = "an earlier cell ended the kernel"
    with _Watch(client, notebook.cells) as watch:
        try:
            client.execute()
        except CellTimeoutError:
            stopped = f"{watch.running} took longer than {seconds:g} s"
        except DeadKernelError:
            stopped = f"{watch.running} ended the kernel"
    checks = {_name(cell): cell for cell in notebook.cells if cell.cell_type == "code" and _is_check(cell)}
    return {name: _fault(name, cell, name in _unwritten(notebook), stopped) for name, cell in checks.items()}


class _Watch:
    """Knows which cell a client is running, and shows it in a terminal: training should not look like a standstill."""

    def __init__(self, client: NotebookClient, cells: Sequence[NotebookNode]) -> None:
        from tqdm import tqdm

        self.running = "a cell"
        self._bar = tqdm(total=len(cells), desc="running", unit="cell", leave=False, disable=None, dynamic_ncols=True)
        client.on_cell_start = self._see

    def _see(self, cell: NotebookNode, cell_index: int) -> None:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        self.running = f"the cell {name}" if name else f"the cell that begins with {cell.source.strip()[:40]!r}"
        self._bar.set_postfix_str(name or "", refresh=False)
        self._bar.n = cell_index
        self._bar.refresh()

    def __enter__(self) -> _Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def _unwritten(notebook: NotebookNode) -> set[str]:
    return {
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution") and STUB in cell.source
    }


def _name(cell: NotebookNode) -> str:
    return cell.metadata.nbgrader.grade_id.removeprefix(PREFIX)


def _is_check(cell: NotebookNode) -> bool:
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade") or (nbgrader.get("locked") and CALLS_A_CHECK.search(cell.source)))


def _fault(name: str, cell: NotebookNode, unwritten: bool, stopped: str) -> str | None:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors and errors[0].ename == "NotImplementedError" and (missing := _missing(errors[0])) is not None:
        # The check of one function calls others, which may be what is not written.
        own = unwritten or missing.partition(".")[0] in ("", name)
        return NOT_WRITTEN if own else f"needs {missing}, which is {NOT_WRITTEN}"
    if errors and errors[0].ename != INTERRUPTED:
        kind = "" if errors[0].ename == CHECK_FAILED else f"{errors[0].ename}: "
        return " ".join(f"{kind}{errors[0].evalue}".split())
    return None if cell.execution_count and not errors else f"was not run through: {stopped}"


def _missing(error: NotebookNode) -> str | None:
    """The function or method that is not written, "" when nothing tells; None for an error with a text of its own."""
    if named := NAMED.match(error.evalue):
        return named[1]
    if error.evalue:
        return None
    # Stubs of older releases have no text.
    frames = FUNCTION_OF_A_FRAME.findall(COLOURS.sub("", "\n".join(error.traceback)))
    return frames[-1] if frames else ""


def start(package: str | Path | None = None) -> NoReturn:
    """Run the command line and exit with its status, see main."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # on Windows a pipe may have no ✔
    sys.exit(main(package=package))


def main(arguments: Sequence[str] | None = None, *, package: str | Path | None = None) -> int:
    """Run notebooks, print a line for each check and what is left to do; returns the exit status.

    Inputs:
    - arguments: those of the command line when None.
    - package: folder of the course's package, which has the manifest; None means the one beside the notebooks.
    """
    name = Path(package).name if package else __package__
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}.check", description="Run all visible checks, and say what is left to do."
    )
    parser.add_argument(
        "notebooks",
        nargs="*",
        type=Path,
        metavar="NOTEBOOK",
        help="notebook files, or folders of them (default: all in this folder)",
    )
    paths = _notebooks_of(parser.parse_args(arguments).notebooks or [Path()], package)
    if not paths:
        print(f"there is no notebook in {Path().resolve()}: go to the folder that has them", file=sys.stderr)
        return 2
    faults: list[tuple[str, str | None]] = []
    for path in paths:
        print(path.name, flush=True)
        try:
            checks = run_checks(path)
        except KeyboardInterrupt:
            print(f"stopped in {path.name}: nothing was changed", file=sys.stderr)
            return 130
        except OSError as error:
            print(f"{path} can't be read ({error.strerror}): give the notebooks' names", file=sys.stderr)
            return 2
        except ValueError as error:
            why = " ".join(f"{path} is damaged, it is not a whole notebook any more ({error})".split())
            print(f"{why}: open it in Jupyter and save it again, or start from a new copy", file=sys.stderr)
            return 2
        for name, fault in checks.items():
            print(f"  ✘ {name}: {fault}" if fault else f"  ✔ {name}")
        faults += checks.items()
    if not faults:
        print("there is no check in these notebooks: give those that you were handed out", file=sys.stderr)
        return 2
    held = sum(fault is None for _, fault in faults)
    print(f"{held} of {len(faults)} checks hold")
    _print_what_is_left(faults)
    return 0 if held == len(faults) else 1


def _notebooks_of(paths: Iterable[Path], package: str | Path | None) -> list[Path]:
    """The notebooks among some paths and in the folders among them.

    Of a folder those handed out come first, in the order in which they build on each other.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            order = _order(path, package)
            found += sorted(sorted(path.glob("*.ipynb")), key=lambda file: order.get(file.name, len(order)))
        else:
            found.append(path)
    return found


def _order(folder: Path, package: str | Path | None) -> dict[str, int]:
    """Places of the notebooks that were handed out, by name; empty when there is no manifest."""
    try:
        manifest = read_manifest(package) if package else find_manifest(folder)
    except ValueError:  # a package that was installed from somewhere else
        return {}
    return {name: place for place, name in enumerate(manifest["notebooks"])}


def _print_what_is_left(faults: Sequence[tuple[str, str | None]]) -> None:
    to_write = [name for name, fault in faults if fault == NOT_WRITTEN]
    to_mend = [name for name, fault in faults if fault and not fault.endswith(NOT_WRITTEN)]
    if to_write:
        print(f"left to write: {', '.join(to_write)}")
    if to_mend:
        print(f"left to mend: {', '.join(to_mend)}")
