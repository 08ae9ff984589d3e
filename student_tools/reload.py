"""Reload changed files of a package in a running notebook, if IPython supports it."""

import sys

from student_tools.language import tr

__all__ = ["reload_changes"]


def reload_changes(package: str) -> None:
    """Let IPython reload modules when their files change.

    Prints a line if IPython can't: IPython 7.34 of Google Colab needs the module `imp`, which
    Python 3.12 removed. Does nothing outside of IPython.

    Inputs:
    - package: name of the course's package, for the message
    """
    ipython = sys.modules.get("IPython")  # loaded, if this runs in it
    shell = ipython and ipython.get_ipython()
    if shell is None:
        return
    try:
        shell.run_line_magic("load_ext", "autoreload")
        shell.run_line_magic("autoreload", "2")
    except ImportError:
        print(tr("Changes in the {package} package take effect here after a restart of the session.", package=package))
