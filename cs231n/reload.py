"""Changes in the files of this package take effect in a notebook without a restart, see student_tools.reload."""

from student_tools import reload

__all__ = ["reload_changes"]


def reload_changes():
    """Let IPython load the modules of this package again when their files have changed; returns nothing."""
    reload.reload_changes(__package__)
