"""The Jupyter server of `make formgrader`: only formgrader and its protection.

Grading needs no terminals, kernels or contents API. Without them, a student's script in a page
could not use them. The options are those of `jupyter server`: `python -m
autograder.gradebook.formgrader_server --no-browser`.
"""

import sys

from jupyter_server.serverapp import ServerApp
from traitlets import default

from autograder.errors import GraderError
from autograder.gradebook.formgrader_sanitizer import guard

__all__ = ["FormgraderServer", "main"]


class FormgraderServer(ServerApp):
    """`jupyter server` with only the routes that grading needs."""

    # Omitted, with their routes: config, contents, events, files, kernels, kernelspecs, nbconvert, security, sessions,
    # shutdown and view.
    default_services = ("api", "auth")  # type: ignore[assignment]

    @default("open_browser")
    def _open_browser(self) -> bool:
        return True

    @default("terminals_enabled")
    def _no_terminals(self) -> bool:
        return False

    def init_configurables(self) -> None:
        """Drop the route for raw files, which the contents manager adds."""
        super().init_configurables()
        self.contents_manager.files_handler_class = None

    def find_server_extensions(self) -> None:
        """Enable only formgrader, whatever the machine's settings enable."""
        self.jpserver_extensions = {"nbgrader.server_extensions.formgrader": True}

    def load_server_extensions(self) -> None:
        """Load formgrader, and protect it before the first request."""
        super().load_server_extensions()
        guard(self)


def main() -> int:
    """Serve until Ctrl-C. Returns: exit status."""
    try:
        FormgraderServer.launch_instance()
    except GraderError as error:
        print(f"formgrader: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
