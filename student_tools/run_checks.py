"""Run notebooks from the first cell to the last and report their visible checks.

In the folder of the notebooks, which stay unchanged::

    python -m student_tools.check First.ipynb Second.ipynb

Without names it runs all notebooks of the folder. ``--hint EXERCISE`` runs no checks and gives a
hint. The exit status is 0 if every check passes, 1 if one fails, 2 if no checks to run exist.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import traceback
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from student_tools.code_cells import STUB_TEXT
from student_tools.command_line import argparse_in_language
from student_tools.language import tr
from student_tools.manifest import HINTS, find_manifest, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import NoReturn

    from nbclient import NotebookClient
    from nbformat import NotebookNode

__all__ = ["Unwritten", "main", "run_checks", "start"]

CELL_SECONDS = 600
CHECK_FAILED = "CheckFailed"  # of student_tools.check; importing it would be circular
INTERRUPTED = "KeyboardInterrupt"  # the error of a cell that took too long
PREFIX = "check_"  # + the name of an exercise: the grade_id of its check
CALLS_A_CHECK = re.compile(r"\bcheck_(?:close|true)\(")
STUB = "raise NotImplementedError"
COLOURS = re.compile(r"\x1b\[[\d;]*m")
FUNCTION_OF_A_FRAME = re.compile(r", in (\w+)(?:\.\w+)*\(")  # as IPython's tracebacks have it


class Unwritten(str):
    """The line about a check that fails because an exercise is not written.

    - needs: name of another exercise that is not written, or "" if it is the check's own
    """

    needs: str

    def __new__(cls, needs: str = "") -> Unwritten:
        """Make the line in the current language."""
        text = tr("needs {name}, which is not written yet", name=needs) if needs else tr("not written yet")
        line = super().__new__(cls, text)
        line.needs = needs
        return line


def run_checks(path: str | Path, *, seconds: float = CELL_SECONDS) -> dict[str, str | None]:
    """Run a notebook in its folder; cells after an error run too.

    Inputs:
    - path: notebook file
    - seconds: time limit of one cell

    Returns: name of the check → None if it passed, else one line with the reason. The check that
    carries the points of an exercise has the exercise's name; other checks have their cell's
    grade_id.

    Raises: OSError or ValueError if the file is not a readable notebook.
    """
    if not find_spec("nbclient"):
        notebook = json.loads(Path(path).read_text(encoding="utf-8"), object_hook=_Node)
        stopped = _run_here(notebook.cells)
    else:
        import nbformat

        notebook = nbformat.read(path, as_version=4)
        stopped = _run_in_a_kernel(notebook, path, seconds)
    checks = {_name(cell): cell for cell in notebook.cells if cell.cell_type == "code" and _is_check(cell)}
    return {name: _fault(name, cell, name in _unwritten(notebook), stopped) for name, cell in checks.items()}


def _run_in_a_kernel(notebook: NotebookNode, path: str | Path, seconds: float) -> str:
    """Run all cells in a kernel of their own; return what stopped it, for cells that did not run."""
    # Not imported at the top: the modules of a package must load without nbclient.
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    for cell in notebook.cells:
        if cell.cell_type == "code":  # saved outputs prove nothing
            cell.outputs, cell.execution_count = [], None
    where = {"metadata": {"path": str(Path(path).parent)}}
    quiet = ["--log-level=40"]  # the kernel's warnings are about its ports
    client = NotebookClient(notebook, timeout=seconds, allow_errors=True, resources=where, extra_arguments=quiet)
    stopped = tr("an earlier cell ended the kernel")
    with _Watch(client, notebook.cells) as watch:
        try:
            client.execute()
        except CellTimeoutError:
            stopped = tr("{cell} took longer than {seconds} s", cell=watch.running, seconds=f"{seconds:g}")
        except DeadKernelError:
            stopped = tr("{cell} ended the kernel", cell=watch.running)
    return stopped


class _Node(dict[str, Any]):
    """Part of a notebook with its entries as attributes, as nbformat's nodes have them."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        if isinstance(source := self.get("source"), list):
            self["source"] = "".join(source)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    __setattr__ = dict.__setitem__


def _run_here(cells: Iterable[Any]) -> str:
    """Run all cells in the notebook that calls this, with variables of their own; as _run_in_a_kernel.

    Raises: ValueError if no notebook is running.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        raise ValueError(tr("nbclient is missing: run `pip install nbclient`"))
    from IPython.utils.capture import capture_output

    variables = {"__name__": "__main__", "get_ipython": lambda: shell}
    for number, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), start=1):
        cell.outputs, cell.execution_count = [], number
        try:
            with capture_output():
                exec(compile(shell.transform_cell(cell.source), f"<cell {number}>", "exec"), variables)
        except Exception as error:
            frames = [f", in {frame.name}(" for frame in traceback.extract_tb(error.__traceback__)]
            named = {"ename": type(error).__name__, "evalue": str(error), "traceback": frames}
            cell.outputs = [_Node({"output_type": "error", **named})]
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")  # figures that no cell has shown
    return ""


class _Watch:
    """Tracks the cell that a client is running, and shows a progress bar in a terminal."""

    def __init__(self, client: NotebookClient, cells: Sequence[NotebookNode]) -> None:
        from tqdm import tqdm

        self.running = tr("a cell")
        words = {"desc": tr("running"), "unit": tr("cell")}
        self._bar = tqdm(total=len(cells), leave=False, disable=None, dynamic_ncols=True, **words)
        client.on_cell_start = self._see

    def _see(self, cell: NotebookNode, cell_index: int) -> None:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        begin = cell.source.strip()[:40]
        self.running = (
            tr("the cell {name}", name=name) if name else tr("the cell that begins with {begin!r}", begin=begin)
        )
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
    """Return True for a cell with checks, unless its tag "optional" says that students may leave it out."""
    if "optional" in cell.metadata.get("tags", ()):
        return False
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade") or (nbgrader.get("locked") and CALLS_A_CHECK.search(cell.source)))


def _fault(name: str, cell: NotebookNode, unwritten: bool, stopped: str) -> str | None:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors and errors[0].ename == "NotImplementedError" and (missing := _missing(errors[0])) is not None:
        # A check may call other functions, which may be the unwritten ones.
        own = unwritten or missing.partition(".")[0] in ("", name)
        return Unwritten() if own else Unwritten(missing)
    if errors and errors[0].ename != INTERRUPTED:
        kind = "" if errors[0].ename == CHECK_FAILED else f"{errors[0].ename}: "
        return " ".join(f"{kind}{errors[0].evalue}".split())
    return None if cell.execution_count and not errors else tr("did not finish: {reason}", reason=stopped)


def _missing(error: NotebookNode) -> str | None:
    """The unwritten function or method, "" if unknown; None for an error with another message."""
    if named := STUB_TEXT.match(error.evalue):
        return named[1]
    frames = FUNCTION_OF_A_FRAME.findall(COLOURS.sub("", "\n".join(error.traceback)))
    last = frames[-1] if frames else ""
    if not error.evalue:  # stubs of older releases have no message
        return last
    # In another language, the text of a stub begins with the name of its function or method, too.
    name = error.evalue.partition(" ")[0]
    return name if last and name.partition(".")[0] == last else None


def start(package: str | Path | None = None) -> NoReturn:
    """Run the command line and exit with its status, see main."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a pipe on Windows may be unable to encode ✔
    sys.exit(main(package=package))


@argparse_in_language()
def main(arguments: Sequence[str] | None = None, *, package: str | Path | None = None) -> int:
    """Run notebooks, and print a line for each check and what is left to do.

    Inputs:
    - arguments: of the command line; None means those of the process
    - package: folder of the course's package with the manifest; None means the package in the
      folder of the notebooks

    Returns: the exit status.
    """
    name = Path(package).name if package else __package__
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}.check", description=tr("Run all visible checks and list what is left to do.")
    )
    parser.add_argument(
        "notebooks",
        nargs="*",
        type=Path,
        metavar="NOTEBOOK",
        help=tr("notebook files, or folders of them (default: all in this folder)"),
    )
    parser.add_argument("--hint", metavar="EXERCISE", help=tr("give a hint for an exercise, and run no checks"))
    parser.add_argument("--second", action="store_true", help=tr("with --hint: give the second hint"))
    options = parser.parse_args(arguments)
    if options.second and not options.hint:
        parser.error(tr("expected --hint EXERCISE with --second"))
    paths = _notebooks_of(options.notebooks or [Path()], package)
    if not paths:
        words = tr("found no notebooks in {folder}: go to the folder of your notebooks", folder=Path().resolve())
        print(words, file=sys.stderr)
        return 2
    with_hints = package or next((path.parent for path in Path().glob(f"*/{HINTS}")), Path(__file__).parent)
    if options.hint:
        from student_tools.hints import run_hint

        return run_hint(options.hint, paths, with_hints, parser.prog, second=options.second)
    faults: list[tuple[str, str | None]] = []
    for path in paths:
        print(path.name, flush=True)
        try:
            checks = run_checks(path)
        except KeyboardInterrupt:
            print(tr("stopped in {notebook}: no file was changed", notebook=path.name), file=sys.stderr)
            return 130
        except OSError as error:
            words = tr("can't read {file} ({error}): check the file name", file=path, error=error.strerror)
            print(words, file=sys.stderr)
            return 2
        except ValueError as error:
            words = tr(
                "{path} is not a readable notebook ({error}): open it in Jupyter and save it again, or start from a new"
                " copy",
                path=path,
                error=" ".join(str(error).split()),
            )
            print(words, file=sys.stderr)
            return 2
        for name, fault in checks.items():
            print(f"  ✘ {name}: {fault}" if fault else f"  ✔ {name}")
        faults += checks.items()
    if not faults:
        print(tr("found no checks in these notebooks: run the notebooks of the assignment"), file=sys.stderr)
        return 2
    held = sum(fault is None for _, fault in faults)
    print(tr("{count} of {total} checks pass", count=held, total=len(faults)))
    _print_what_is_left(faults)
    if held < len(faults) and (Path(with_hints) / HINTS).exists():
        print(tr("for a hint: {command}", command=f"{parser.prog} --hint EXERCISE"))
    return 0 if held == len(faults) else 1


def _notebooks_of(paths: Iterable[Path], package: str | Path | None) -> list[Path]:
    """The notebook files among the paths, and those in the folders among the paths.

    The released notebooks of a folder come first, in the order of the manifest.
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
    """Name → place of the released notebooks; empty without a manifest."""
    try:
        manifest = read_manifest(package) if package else find_manifest(folder)
    except ValueError:  # the package is installed in another folder
        return {}
    return {name: place for place, name in enumerate(manifest["notebooks"])}


def _print_what_is_left(faults: Sequence[tuple[str, str | None]]) -> None:
    to_write = [name for name, fault in faults if isinstance(fault, Unwritten) and not fault.needs]
    to_fix = [name for name, fault in faults if fault and not isinstance(fault, Unwritten)]
    if to_write:
        print(tr("left to write: {names}", names=", ".join(to_write)))
    if to_fix:
        print(tr("left to fix: {names}", names=", ".join(to_fix)))
