"""Read and validate course_config.py."""

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
    """The settings of a course, with absolute paths.

    - root: folder of the course.
    - course_id: nbgrader's c.CourseDirectory.course_id; may be "".
    - assignments: folder with the content of the assignments.
    - assignment: name of the default assignment, or "".
    - jobs: number of submissions to score, or of solved notebooks to run, in parallel; 0 for one per
      core.
    - gradescope_visibility: visibility of the tests on Gradescope, see CHOICES.
    - marks_readable_by: readers of files with students' data, see permissions.READERS.
    - ai_policy: rule about AI assistants for the students' README, in Markdown; "" for the README's.
    - where_to_ask: where students ask questions, in Markdown; "" for the README's words.
    - lite_url: address of the published site of `lite`, for the README; "" without one.
    - zone: time zone of due dates, nbgrader's c.Exchange.timezone.
    """

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
    ai_policy: str = ""
    where_to_ask: str = ""
    lite_url: str = ""
    zone: str = "UTC"

    @functools.cached_property
    def secret(self) -> str:
        """The secret that seeds the hidden inputs, see `load_secret`. Raises: UsageError."""
        return load_secret(self.root)

    def with_secret(self, secret: str) -> "Course":
        """Return a copy of the course with a given secret, for machines without the file."""
        course = replace(self)
        course.__dict__["secret"] = secret
        return course

    def handed_in(self, student: str, assignment_name: str) -> Path:
        """Return the folder of a student's submission."""
        return self.submitted / student / assignment_name

    @property
    def results(self) -> Path:
        """Folder of the stored results."""
        return self.root / "results"

    @property
    def released_feedback(self) -> Path:
        """Folder with records of the released feedback, see autograder.feedback.released."""
        return self.root / "released_feedback"

    @property
    def regrade_requests(self) -> Path:
        """File of the regrade requests, see autograder.regrade_requests.requests."""
        return self.root / "regrade_requests.json"

    @property
    def reports(self) -> Path:
        """Folder of the class reports."""
        return self.root / "reports"

    @property
    def dist(self) -> Path:
        """Folder of zip files to upload."""
        return self.root / "dist"


FOLDERS = ("source", "release", "submitted", "autograded", "feedback")
OPTIONS = {
    "assignment": str,
    "assignments": str,
    "jobs": int,
    "gradescope_visibility": str,
    "marks_readable_by": str,
    "ai_policy": str,
    "where_to_ask": str,
    "lite_url": str,
}
CHOICES = {
    "gradescope_visibility": ("visible", "after_due_date", "after_published", "hidden"),
    "marks_readable_by": tuple(READERS),
}


def load_course(root: str | Path = ".") -> Course:
    """Read `course_config.py` in a folder, and add the folder to `sys.path`.

    Raises: UsageError if the file is missing or does not run, or if a setting of c.AssignmentKit is
    unknown or invalid.
    """
    root = Path(root).resolve()
    if str(root) not in sys.path:
        sys.path.append(str(root))  # as nbgrader does: the file may import a late policy from this folder
    config = load_config_file(root / CONFIG_FILE)
    section = dict(config.get("AssignmentKit", {}))
    assignments = root / section.get("assignments", "assignments")
    for name in section.keys() & SETTINGS:
        file = assignments / str(section.get("assignment") or "<assignment>") / SETTINGS_FILE
        raise UsageError(
            f"{CONFIG_FILE} sets c.AssignmentKit.{name}, a setting of an assignment: set c.Assignment.{name} in"
            f" {file.relative_to(root) if file.is_relative_to(root) else file}"
        )
    for name, value in section.items():
        check_option(f"{CONFIG_FILE} sets c.AssignmentKit", name, value, OPTIONS, CHOICES)
    if section.get("jobs", 0) < 0:
        raise UsageError(
            f"{CONFIG_FILE} sets c.AssignmentKit.jobs = {section['jobs']!r}: expected a positive number, or 0 for one"
            " per core"
        )
    for name in config:
        # Names of nbgrader's own classes are less similar. A check against them all would import nbgrader: seconds.
        if name != "AssignmentKit" and difflib.get_close_matches(name.casefold(), ["assignmentkit"], cutoff=0.9):
            raise UsageError(f"{CONFIG_FILE} sets c.{name}, which does not exist: did you mean c.AssignmentKit?")
    directories = config.get("CourseDirectory", {})
    folders = {name: root / str(directories.get(f"{name}_directory", name)) for name in FOLDERS}
    zone = str(config.get("Exchange", {}).get("timezone", "UTC"))
    section.update(folders, assignments=assignments)
    return Course(root=root, course_id=str(directories.get("course_id", "")), zone=zone, **section)


def imported_files(root: Path) -> list[Path]:
    """Return the Python files in the course's folder that this process has imported, sorted."""
    files = {Path(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    return sorted(file for file in files if file.parent == root and file.suffix == ".py")
