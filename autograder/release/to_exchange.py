"""Releasing through nbgrader's exchange: what students fetch has the package, as the zip has.

nbgrader copies the release folder, in which there is none: it would be the same in every assignment and translation.
nbgrader_settings.py puts the class in place.
"""

from pathlib import Path

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.gradebook.exchange import ReleaseWithFiles
from autograder.release.bundle import package_for

__all__ = ["ReleaseWithPackage"]


class ReleaseWithPackage(ReleaseWithFiles):
    """nbgrader's releasing of an assignment, with the package that its pyproject.toml installs."""

    def added_files(self, folder: Path) -> dict[str, bytes]:
        if not (folder / "pyproject.toml").exists():
            return {}  # an assignment of another kind, which needs no package
        course = load_course(self.coursedir.root)
        assignment = load_assignment(course, self.coursedir.assignment_id)
        again = f"run `python -m autograder release {assignment.name}` first"
        # Their solutions are in the package.
        if solved := [name for name in assignment.provided if (folder / name).exists()]:
            raise UsageError(f"{folder} has {', '.join(solved)}, which course_config.py does not hand out: {again}")
        if missing := [name for name in assignment.notebooks if not (folder / name).exists()]:
            raise UsageError(f"{folder} has no {', '.join(missing)}: {again}")
        return package_for(folder, assignment)
