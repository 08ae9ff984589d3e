"""Mode of layers that differ between training and test."""

from autograder import require

__all__ = ["mode_of"]


def mode_of(name, param):
    """Return the mode in a dict of parameters. Raises: ValueError."""
    require(type(param) is dict, f"{name} must be a dict")
    mode = param.get("mode")
    require(type(mode) is str and mode in ("train", "test"), f"{name}['mode'] must be 'train' or 'test'")
    return mode
