"""Release through nbgrader's exchange, with the student package, as in the zip.

nbgrader copies only the release folder, which does not contain the package. nbgrader_settings.py
installs the class.
"""

from pathlib import Path

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.gradebook.exchange import ReleaseWithFiles
from autograder.release.bundle import package_for

__all__ = ["ReleaseWithPackage"]


class ReleaseWithPackage(ReleaseWithFiles):
    """Release an assignment with the package that its pyproject.toml installs."""

    def added_files(self, folder: Path) -> dict[str, bytes]:
        """Return the files of the student package: path → content. Raises: UsageError."""
        if not (folder / "pyproject.toml").exists():
            return {}  # an assignment without a package
        course = load_course(self.coursedir.root)
        assignment = load_assignment(course, self.coursedir.assignment_id)
        again = f"run `python -m autograder release {assignment.name}` first"
        # The package contains their solutions.
        if solved := [name for name in assignment.provided if (folder / name).exists()]:
            raise UsageError(f"{folder} has {', '.join(solved)}, not in c.Assignment.notebooks: {again}")
        if missing := [name for name in assignment.notebooks if not (folder / name).exists()]:
            raise UsageError(f"{folder} has no {', '.join(missing)}: {again}")
        return package_for(folder, assignment)
