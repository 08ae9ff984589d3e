"""Environment variables for running the solved notebooks."""

from cs231n.data_utils import find_data
from cs231n.synthetic import make_synthetic

__all__ = ["notebook_environment"]


def notebook_environment(root):
    """Return the environment variables with the folder of CIFAR-10 or, if missing, of the stand-in.

    Inputs:
    - root: Path of the course's folder.

    Returns: dict of name → value.
    """
    try:
        data = find_data().parent
    except FileNotFoundError:
        data = root / "data"
        make_synthetic(data)
    return {"CS231N_DATA": str(data)}
