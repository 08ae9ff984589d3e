"""The mode of layers that behave differently in training and in test."""

from autograder import require

__all__ = ["mode_of"]


def mode_of(name, param):
    """The mode in a dict of parameters. Raises: ValueError."""
    require(type(param) is dict, f"{name} has to be a dict")
    mode = param.get("mode")
    require(type(mode) is str and mode in ("train", "test"), f"{name}['mode'] has to be 'train' or 'test'")
    return mode
