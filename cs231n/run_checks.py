"""Runs notebooks from the first cell to the last and says which of their visible checks hold, where nobody looks on.

In the folder of the notebooks, which are not changed::

    python -m cs231n.run_checks BatchNormalization.ipynb ConvolutionalNetworks.ipynb

The exit status is 0 when every check holds, 1 when one does not, 2 when there is none to run.
"""

import argparse
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

__all__ = ["main", "run_checks"]

CELL_SECONDS = 600
PREFIX = "check_"  # the name of a check is this and the name of its exercise


def run_checks(path, *, seconds=CELL_SECONDS):
    """Run a notebook in its folder, past all errors.

    Inputs:
    - path: notebook file. - seconds: time that one cell may take.

    Returns: dict of exercise → None when its check ran through, else one line that says why not.

    Raises: OSError or ValueError when it is no notebook that can be read.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":  # what was saved with the notebook proves nothing
            cell.outputs, cell.execution_count = [], None
    where = {"metadata": {"path": str(Path(path).parent)}}
    quiet = ["--log-level=40"]  # the kernel's warnings are about its ports
    client = NotebookClient(notebook, timeout=seconds, allow_errors=True, resources=where, extra_arguments=quiet)
    stopped = "an earlier cell ended the kernel"
    try:
        client.execute()
    except CellTimeoutError:
        stopped = f"a cell took longer than {seconds:g} s"
    except DeadKernelError:
        pass
    return {
        cell.metadata.nbgrader.grade_id.removeprefix(PREFIX): _fault(cell, stopped)
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    }


def _fault(cell, stopped):
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors and errors[0].ename == "NotImplementedError" and not errors[0].evalue:
        return "not written yet"
    if errors:
        return " ".join(f"{errors[0].ename}: {errors[0].evalue}".split())
    return None if cell.execution_count else f"was not run through: {stopped}"


def main(arguments=None):
    """Run notebooks, print a line for each check; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs231n.run_checks", description="Run the visible checks.")
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    total, held = 0, 0
    for path in parser.parse_args(arguments).notebooks:
        try:
            checks = run_checks(path)
        except (OSError, ValueError) as error:
            print(f"{path} is no notebook that can be run ({error}): give the notebooks' names", file=sys.stderr)
            return 2
        print(path.name)
        for exercise, fault in checks.items():
            print(f"  ✘ {exercise}: {fault}" if fault else f"  ✔ {exercise}")
        total, held = total + len(checks), held + sum(fault is None for fault in checks.values())
    if not total:
        print("there is no check in these notebooks: give those that you were handed out", file=sys.stderr)
        return 2
    print(f"{held} of {total} checks hold")
    return 0 if held == total else 1


if __name__ == "__main__":
    sys.exit(main())
