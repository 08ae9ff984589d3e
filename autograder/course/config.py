"""Reads course_config.py and says at once when something in it can't be right."""

import difflib
import functools
import math
import sys
import traceback
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from traitlets.config.loader import Config, ConfigFileNotFound, PyFileConfigLoader

from autograder.course.permissions import READERS
from autograder.course.secret import load_secret
from autograder.errors import UsageError
from autograder.sandbox.supervisor import Limits

__all__ = ["CHOICES", "CONFIG_FILE", "FOLDERS", "OPTIONS", "Course", "imported_files", "load_course"]

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
    assignment: str = "assignment2"
    notebooks: list = field(default_factory=list)
    total_points: float = 0  # not set: no number is right for every choice of notebooks
    void: list = field(default_factory=list)
    full_points: list = field(default_factory=list)
    test_seconds: float = 10
    exercise_seconds: float = 40
    submission_seconds: float = 90
    cpu_seconds: float = 10
    memory_mb: int = 1024
    reply_mb: int = 64
    output_chars: int = 2000
    message_chars: int = 500
    jobs: int = 0
    max_pool_ties: str = "subgradient"
    gradescope_visibility: str = "visible"
    marks_readable_by: str = "owner"
    zone: str = "UTC"  # nbgrader's c.Exchange.timezone

    @property
    def limits(self):
        return Limits(**{field.name: getattr(self, field.name) for field in fields(Limits)})

    @functools.cached_property
    def secret(self):
        """What hidden inputs are drawn from, see autograder.course.secret."""
        return load_secret(self.root)

    def with_secret(self, secret):
        """The same course where the file with its secret is not at hand."""
        course = replace(self)
        course.__dict__["secret"] = secret
        return course

    def handed_in(self, student, assignment_name):
        """The folder of what a student handed in."""
        return self.submitted / student / assignment_name

    @property
    def results(self):
        return self.root / "results"

    @property
    def released_feedback(self):
        """The folder of what students have been told, see autograder.feedback.released."""
        return self.root / "released_feedback"

    @property
    def regrade_requests(self):
        """The file of regrade requests, see autograder.regrade_requests.requests."""
        return self.root / "regrade_requests.json"

    @property
    def reports(self):
        return self.root / "reports"

    @property
    def dist(self):
        return self.root / "dist"


FOLDERS = ("source", "release", "submitted", "autograded", "feedback")
OF_NBGRADER = ("root", "course_id", "zone", *FOLDERS)  # read from nbgrader's own options
OPTIONS = {field.name: field.type for field in fields(Course) if field.name not in OF_NBGRADER}
CHOICES = {
    "max_pool_ties": ("subgradient", "every"),
    "gradescope_visibility": ("visible", "after_due_date", "after_published", "hidden"),
    "marks_readable_by": tuple(READERS),
}
POSITIVE = ("total_points", "exercise_seconds", "submission_seconds", *(field.name for field in fields(Limits)))


def load_course(root="."):
    """Read `course_config.py` in a folder.

    Returns: a Course.

    Raises: UsageError when the file is missing, does not run, or sets an option of ours that does not exist or has a
    value of the wrong kind.
    """
    root = Path(root).resolve()
    config = _load_file(root)
    section = dict(config.get("AssignmentKit", {}))
    for name, value in section.items():
        _check_option(name, value)
    for name in config:
        # Names of nbgrader's own classes are less alike. It knows them all, but takes seconds to import.
        if name != "AssignmentKit" and difflib.get_close_matches(name.casefold(), ["assignmentkit"], cutoff=0.9):
            raise UsageError(f"{CONFIG_FILE} sets c.{name}, which nothing reads: did you mean c.AssignmentKit?")
    directories = config.get("CourseDirectory", {})
    folders = {name: root / str(directories.get(f"{name}_directory", name)) for name in FOLDERS}
    zone = str(config.get("Exchange", {}).get("timezone", "UTC"))
    return Course(root=root, course_id=str(directories.get("course_id", "")), zone=zone, **folders, **section)


def _load_file(root):
    if str(root) not in sys.path:
        sys.path.append(str(root))  # as nbgrader does: the file may import a late policy that lies beside it
    try:
        return Config(PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config())
    except ConfigFileNotFound:
        raise UsageError(
            f"there is no {CONFIG_FILE} in {root}: run this in the folder of the course, where {CONFIG_FILE} is"
        ) from None
    except Exception as error:
        line = _line_of(error)
        where = f" in line {line}" if line else ""
        words = error.msg if isinstance(error, SyntaxError) else error
        raise UsageError(f"{CONFIG_FILE} does not run{where}: {type(error).__name__}: {words}") from None


def imported_files(root):
    """The Python files beside course_config.py that it has imported in this process, sorted."""
    files = {Path(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    return sorted(file for file in files if file.parent == root and file.suffix == ".py")


def _line_of(error):
    """The line of course_config.py that an error is from; None where there is none."""
    if isinstance(error, SyntaxError) and Path(error.filename or "").name == CONFIG_FILE:
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if Path(frame.filename).name == CONFIG_FILE), None)


def _is_text(value):
    return isinstance(value, str)


def _check_option(name, value):
    if name not in OPTIONS:
        near = difflib.get_close_matches(name, OPTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(OPTIONS)}"
        raise UsageError(f"{CONFIG_FILE} sets c.AssignmentKit.{name}, which does not exist: {hint}")
    wanted = OPTIONS[name]
    allowed = (int, float) if wanted is float else (wanted,)
    if isinstance(value, bool) or not isinstance(value, allowed) or (wanted is list and not all(map(_is_text, value))):
        kind = {float: "a number", int: "an int", str: "a text", list: "a list of texts"}[wanted]
        raise UsageError(f"{CONFIG_FILE} sets c.AssignmentKit.{name} = {value!r}, but it has to be {kind}")
    if name in CHOICES and value not in CHOICES[name]:
        choices = " or ".join(map(repr, CHOICES[name]))
        raise UsageError(f"{CONFIG_FILE} sets c.AssignmentKit.{name} = {value!r}, but it has to be {choices}")
    if name in POSITIVE and not 0 < value < math.inf:
        raise UsageError(f"{CONFIG_FILE} sets c.AssignmentKit.{name} = {value!r}, but it has to be positive and finite")
    if name == "jobs" and value < 0:
        raise UsageError(
            f"{CONFIG_FILE} sets c.AssignmentKit.jobs = {value!r}, but it has to be positive, or 0 for one per core"
        )
