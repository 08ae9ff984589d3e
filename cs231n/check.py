"""Visible checks of the notebooks, see student_tools.check.

On the command line, ``python -m cs231n.check ConvolutionalNetworks.ipynb`` runs all checks of a
notebook and lists what is left to do. ``python -m cs231n.check --hint conv_forward_naive`` gives a
hint, and ``--second`` the second hint.
"""

from pathlib import Path

from student_tools.check import CheckFailed, check_close, check_keys, check_true, hint_for
from student_tools.language import tr

__all__ = ["CheckFailed", "check_close", "check_keys", "check_trained", "check_true", "hint"]

hint = hint_for(Path(__file__).parent)


def check_trained(solver, needs):
    """Raise RuntimeError if a Solver has not trained yet.

    Inputs:
    - solver: a Solver or None
    - needs: name of the exercise that training needs
    """
    if solver is None or not solver.loss_history:
        raise RuntimeError(
            tr("nothing is trained yet: complete {needs} first, then run the cell above that trains", needs=needs)
        )


if __name__ == "__main__":
    # Imported here, because notebooks import this module and do not need the code that runs notebooks.
    from student_tools.run_checks import start

    start(Path(__file__).parent)
