"""Who can read the files with marks and with students' work: their owner, unless the course says otherwise."""

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
# What course_config.py can say → the permissions that new files do not get.
READERS = {"owner": 0o077, "group": 0o027, "everyone": 0o022}


def keep_private(course: Course) -> None:
    """Let nobody else read what this process writes from here on, nor what was there before, as far as the course's
    settings say."""
    os.umask(os.umask(0o077) | READERS[course.marks_readable_by])
    folders = (course.results, course.feedback, course.autograded, course.reports, course.submitted)
    for path in (course.root / SECRET_FILE, course.regrade_requests, course.released_feedback, *folders):
        protect(path, course)


def protect(path: Path, course: Course) -> None:
    """Take the permissions that the settings do not give away from a file or folder that is there already."""
    with contextlib.suppress(OSError):  # of somebody else, who decides about it
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if mode & READERS[course.marks_readable_by]:
            os.chmod(path, mode & ~READERS[course.marks_readable_by])


def protect_gradebook(url: str, course: Course) -> None:
    """The same for the file of a gradebook; a database server keeps its own permissions. - url: nbgrader's db_url."""
    if url.startswith(SQLITE):
        protect(Path(url.removeprefix(SQLITE)), course)
