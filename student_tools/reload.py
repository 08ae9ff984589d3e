"""Changes in the files of a package take effect in a notebook without a restart, where IPython can do that."""

import sys

__all__ = ["reload_changes"]


def reload_changes(package: str) -> None:
    """Let IPython load modules again when their files have changed.

    Inputs:
    - package: name of the course's package, for the message.

    Where it can't, a line says so: Google Colab's IPython 7.34 needs the module `imp`, which Python 3.12 removed.
    Outside of IPython nothing happens.
    """
    ipython = sys.modules.get("IPython")  # loaded, if this runs in it
    shell = ipython and ipython.get_ipython()
    if shell is None:
        return
    try:
        shell.run_line_magic("load_ext", "autoreload")
        shell.run_line_magic("autoreload", "2")
    except ImportError:
        print(f"Changes in the {package} package take effect here after a restart of the session.")
