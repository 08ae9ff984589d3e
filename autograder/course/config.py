"""Reads course_config.py and says at once when something in it can't be right."""

import difflib
import functools
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course.content import SETTINGS_FILE
from autograder.course.permissions import READERS
from autograder.course.secret import load_secret
from autograder.course.settings import SETTINGS, check_option, load_config_file
from autograder.errors import UsageError

__all__ = ["CONFIG_FILE", "FOLDERS", "OPTIONS", "Course", "imported_files", "load_course"]

CONFIG_FILE = "course_config.py"


@dataclass(frozen=True)
class Course:
    """The settings of a course, with the folders as absolute paths."""

    root: Path
    course_id: str
    source: Path
    release: Path
    submitted: Path
    autograded: Path
    feedback: Path
    assignments: Path
    assignment: str = ""
    jobs: int = 0
    gradescope_visibility: str = "visible"
    marks_readable_by: str = "owner"
    zone: str = "UTC"  # nbgrader's c.Exchange.timezone

    @functools.cached_property
    def secret(self) -> str:
        """What hidden inputs are drawn from, see autograder.course.secret."""
        return load_secret(self.root)

    def with_secret(self, secret: str) -> "Course":
        """The same course where the file with its secret is not at hand."""
        course = replace(self)
        course.__dict__["secret"] = secret
        return course

    def handed_in(self, student: str, assignment_name: str) -> Path:
        """The folder of what a student handed in."""
        return self.submitted / student / assignment_name

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def released_feedback(self) -> Path:
        """The folder of what students have been told, see autograder.feedback.released."""
        return self.root / "released_feedback"

    @property
    def regrade_requests(self) -> Path:
        """The file of regrade requests, see autograder.regrade_requests.requests."""
        return self.root / "regrade_requests.json"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def dist(self) -> Path:
        return self.root / "dist"


FOLDERS = ("source", "release", "submitted", "autograded", "feedback")
OPTIONS = {"assignment": str, "assignments": str, "jobs": int, "gradescope_visibility": str, "marks_readable_by": str}
CHOICES = {
    "gradescope_visibility": ("visible", "after_due_date", "after_published", "hidden"),
    "marks_readable_by": tuple(READERS),
}


def load_course(root: str | Path = ".") -> Course:
    """Read `course_config.py` in a folder.

    Raises: UsageError when the file is missing, does not run, or sets an option of ours that does not exist or has a
    value of the wrong kind.
    """
    root = Path(root).resolve()
    if str(root) not in sys.path:
        sys.path.append(str(root))  # as nbgrader does: the file may import a late policy that lies beside it
    config = load_config_file(root / CONFIG_FILE)
    section = dict(config.get("AssignmentKit", {}))
    assignments = root / section.get("assignments", "assignments")
    for name in section.keys() & SETTINGS:
        file = assignments / str(section.get("assignment") or "<assignment>") / SETTINGS_FILE
        raise UsageError(
            f"{CONFIG_FILE} sets c.AssignmentKit.{name}, which belongs to an assignment: write c.Assignment.{name} into"
            f" {file.relative_to(root) if file.is_relative_to(root) else file}"
        )
    for name, value in section.items():
        check_option(f"{CONFIG_FILE} sets c.AssignmentKit", name, value, OPTIONS, CHOICES)
    if section.get("jobs", 0) < 0:
        raise UsageError(
            f"{CONFIG_FILE} sets c.AssignmentKit.jobs = {section['jobs']!r}, but it has to be positive, or 0 for one"
            " per core"
        )
    for name in config:
        # Names of nbgrader's own classes are less alike. It knows them all, but takes seconds to import.
        if name != "AssignmentKit" and difflib.get_close_matches(name.casefold(), ["assignmentkit"], cutoff=0.9):
            raise UsageError(f"{CONFIG_FILE} sets c.{name}, which nothing reads: did you mean c.AssignmentKit?")
    directories = config.get("CourseDirectory", {})
    folders = {name: root / str(directories.get(f"{name}_directory", name)) for name in FOLDERS}
    zone = str(config.get("Exchange", {}).get("timezone", "UTC"))
    section.update(folders, assignments=assignments)
    return Course(root=root, course_id=str(directories.get("course_id", "")), zone=zone, **section)


def imported_files(root: Path) -> list[Path]:
    """The Python files beside course_config.py that it has imported in this process, sorted."""
    files = {Path(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    return sorted(file for file in files if file.parent == root and file.suffix == ".py")
