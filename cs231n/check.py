"""Visible checks of the notebooks, see student_tools.check.

From the command line, ``python -m cs231n.check ConvolutionalNetworks.ipynb`` runs all checks of a notebook and says
what is left to do.
"""

from pathlib import Path

from student_tools.check import CheckFailed, check_close, check_true

__all__ = ["CheckFailed", "check_close", "check_trained", "check_true"]


def check_trained(solver, needs):
    """Raise RuntimeError where there is no training to look at.

    Inputs:
    - solver: a Solver, or None when there is none
    - needs: name of what has to be written before anything can be trained
    """
    if solver is None or not solver.loss_history:
        raise RuntimeError(f"nothing is trained yet: {needs} has to work first, then run the cell above that trains it")


if __name__ == "__main__":
    # Here, not at the top: notebooks use this module, and need nothing that runs notebooks.
    from student_tools.run_checks import start

    start(Path(__file__).parent)
