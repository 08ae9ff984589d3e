"""Replace the three request handlers of nbgrader's formgrader that trust students' files.

nbgrader's own handlers send any file of the course as HTML from the grader's origin, and run the
`nbgrader_config.py` of any folder in a link. A grader's browser opens links with the grader's
rights.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbgrader
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.server_extensions.formgrader.base import check_notebook_dir
from tornado import routing, web

from autograder.errors import GraderError
from autograder.feedback.safe_html import served_from

__all__ = ["CourseStart", "SubmissionFiles", "SubmissionPage", "replace_handlers"]

OF_NBGRADER = Path(nbgrader.__file__).parent


class CourseStart(handlers.FormgraderHandler):
    """Redirect to the list of assignments.

    Another course is refused, since its settings are a program.
    """

    @web.authenticated
    @check_notebook_dir
    def get(self) -> None:
        """Redirect to the first page."""
        wanted = self.get_argument("path", "")
        if wanted and not _is_same(wanted, self.coursedir.root):
            course = self.coursedir.root
            raise web.HTTPError(403, f"expected the course {course}, got another one: start a server in that folder")
        self.redirect(f"{self.base_url}/formgrader/manage_assignments")


class SubmissionPage(handlers.SubmissionHandler):
    """Show a submission without links to the host where the grader is logged in."""

    def get(self, submission_id: str) -> None:
        """Show the page."""
        headers = self.request.headers
        asked = ",".join([self.request.host, headers.get("X-Forwarded-Host", "")]).split(",")
        with served_from({_host_name(host) for host in asked}):
            super().get(submission_id)


class SubmissionFiles(handlers.SubmissionFilesHandler):
    """Send files of the submission's own autograded folder, for download only."""

    # Also for errors: no response of this handler gets the grader's origin.
    content_security_policy = "sandbox; default-src 'none'"

    def parse_url_path(self, url_path: str) -> str:
        """Set the submission's folder as the root. Returns: the path in it."""
        submission_id, _, path = url_path.partition("/")
        try:
            submission = self.gradebook.find_submission_notebook_by_id(submission_id)
        except handlers.MissingEntry:
            raise web.HTTPError(404) from None
        directory = self.coursedir.autograded_directory
        self.root = self.coursedir.format_path(directory, submission.student.id, submission.assignment.assignment.name)
        return path

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        """Resolve links, and refuse everything but a regular file in the submission's folder."""
        try:
            folder, path = Path(root).resolve(strict=True), Path(absolute_path).resolve(strict=True)
            if path.is_file() and path.is_relative_to(folder):
                return str(path)
        except (OSError, ValueError, RuntimeError):  # a path that is too long, a NUL, a loop of links
            pass
        raise web.HTTPError(404)

    def compute_etag(self) -> None:
        """Return no ETag: tornado caches it by path, but the next grading changes the file."""

    def get_content_type(self) -> str:
        """Return the type of a file that browsers don't display."""
        return "application/octet-stream"

    def set_extra_headers(self, path: str) -> None:
        """Make the response a download, whatever the file contains."""
        self.set_header("Content-Disposition", "attachment")
        self.set_header("X-Content-Type-Options", "nosniff")


REPLACEMENTS = {
    handlers.FormgraderHandler: CourseStart,
    handlers.SubmissionHandler: SubmissionPage,
    handlers.SubmissionFilesHandler: SubmissionFiles,
}


def replace_handlers(application: web.Application) -> None:
    """Replace nbgrader's handlers in an application by those of this module.

    Raises: GraderError if a handler is missing, or if another handler of formgrader sends files
    that are not nbgrader's own.
    """
    rules = [rule for rule in _rules(application.default_router) if isinstance(rule.target, type)]
    found = [rule.target.__name__ for rule in rules if rule.target in REPLACEMENTS]
    expected = [handler.__name__ for handler in REPLACEMENTS]
    if sorted(found) != sorted(expected):
        raise GraderError(_unknown(", ".join(expected), ", ".join(found) or "none of them"))
    for rule in rules:
        rule.target = REPLACEMENTS.get(rule.target, rule.target)
        if not isinstance(rule.matcher, routing.PathMatches):
            raise GraderError(_unknown("handlers by path", f"one by {type(rule.matcher).__name__}"))
        pattern = rule.matcher.regex.pattern
        if "/formgrader/" in pattern and _sends_files_of_others(rule):
            raise GraderError(_unknown("one handler that sends files", f"another one at {pattern}"))


def _rules(router: routing.RuleRouter) -> Iterator[routing.Rule]:
    for rule in router.rules:
        if isinstance(rule.target, routing.RuleRouter):
            yield from _rules(rule.target)
        else:
            yield rule


def _sends_files_of_others(rule: routing.Rule) -> bool:
    if rule.target is SubmissionFiles or not issubclass(rule.target, web.StaticFileHandler):
        return False
    folder = rule.target_kwargs.get("path")
    return not (isinstance(folder, str) and Path(folder).is_relative_to(OF_NBGRADER))


def _unknown(expected: str, got: str) -> str:
    return f"expected {expected} in nbgrader {nbgrader.__version__}, got {got}: install nbgrader 0.9.6"


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host.strip()}").hostname
    except ValueError:
        return None


def _is_same(path: str, other: str) -> bool:
    try:
        return Path(path).resolve() == Path(other).resolve()
    except (OSError, ValueError, RuntimeError):
        return False
