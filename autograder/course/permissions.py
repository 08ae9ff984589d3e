"""Who can read the files with marks and with students' work: their owner, unless the course says otherwise."""

import contextlib
import os
from pathlib import Path

__all__ = ["READERS", "keep_private", "protect"]

# What course_config.py can say → the permissions that new files do not get.
READERS = {"owner": 0o077, "group": 0o027, "everyone": 0o022}


def keep_private(course):
    """Let nobody else read what this process writes from here on, as far as the course's settings say."""
    os.umask(os.umask(0o077) | READERS[course.marks_readable_by])


def protect(path, course):
    """Take the permissions that the settings do not give away from a file that is there already."""
    with contextlib.suppress(OSError):  # of somebody else, who decides about it
        mode = Path(path).stat().st_mode & 0o777
        if mode & READERS[course.marks_readable_by]:
            Path(path).chmod(mode & ~READERS[course.marks_readable_by])
