"""Reload changed modules of this package in a notebook, see student_tools.reload."""

from student_tools import reload

__all__ = ["reload_changes"]


def reload_changes():
    """Make IPython reload the modules of this package if their files have changed."""
    reload.reload_changes(__package__)
