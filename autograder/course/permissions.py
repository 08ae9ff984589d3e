"""Permissions of files with students' data; by default they are private."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.secret import SECRET_FILE

if TYPE_CHECKING:
    from autograder.course.config import Course

__all__ = ["READERS", "SQLITE", "keep_private", "protect", "protect_gradebook"]

SQLITE = "sqlite:///"
# Value of c.AssignmentKit.marks_readable_by → umask.
READERS = {"owner": 0o077, "group": 0o027, "everyone": 0o022}


def keep_private(course: Course) -> None:
    """Restrict the permissions of new and existing files, as the settings say."""
    os.umask(os.umask(0o077) | READERS[course.marks_readable_by])
    folders = (course.results, course.feedback, course.autograded, course.reports, course.submitted)
    for path in (course.root / SECRET_FILE, course.regrade_requests, course.released_feedback, *folders):
        protect(path, course)


def protect(path: Path, course: Course) -> None:
    """Remove permissions that the settings do not grant from an existing file or folder."""
    with contextlib.suppress(OSError):  # another user owns it
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if mode & READERS[course.marks_readable_by]:
            os.chmod(path, mode & ~READERS[course.marks_readable_by])


def protect_gradebook(url: str, course: Course) -> None:
    """Do the same for the file of a gradebook. A database server keeps its own permissions.

    Inputs:
    - url: nbgrader's db_url.
    """
    if url.startswith(SQLITE):
        protect(Path(url.removeprefix(SQLITE)), course)
