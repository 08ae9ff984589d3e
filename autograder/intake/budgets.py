"""Limits for reading one submission, each with its reason.

Counted limits come first: they take effect at the same place on every machine. The limits of the
process catch the rest.
"""

from autograder.language import tr_later
from autograder.reasons import Reason

__all__ = ["SEARCH", "Budget", "OutOfTime", "SearchEnded"]

MB = 1 << 20

# ------------------------------------------------------------------------------------------- files
# A notebook with all figures has 1 MB of outputs; honest notebooks of 25 MB exist. Outputs are dropped before parsing,
# within 0.6 s.
MAX_FILE_BYTES = 64 * MB
# Notebooks with such outputs, a PDF and pictures. The data set (170 MB) is not work.
MAX_ARCHIVE_BYTES = 100 * MB
# zipfile needs 30 µs per member to open an archive. A zip of the whole student folder has 100 members.
MAX_MEMBERS = 1000
# The student folder is two levels deep. Downloads, archives and copies add one or two levels each.
MAX_DEPTH = 8

# ------------------------------------------------------------- the search for notebooks of other names
# Files with the right names are read before the search, without these limits, so junk can't use up their share.
# Refused files count as well. name → (limit, its name in messages).
SEARCH = {
    # Enough for four notebooks of 25 MB, once as copies and once in an archive.
    "bytes": (200 * MB, tr_later("200 MB of notebooks and archives")),
    # Data folders and virtual environments have thousands of files; 20,000 are listed within 0.1 s.
    "entries": (20_000, tr_later("20000 files and folders")),
    "members": (3 * MAX_MEMBERS, Reason.MEMBERS.format(count=3 * MAX_MEMBERS)),
    "archives": (10, tr_later("10 archives")),
    # Four notebooks, each with a dozen copies.
    "notebooks": (60, tr_later("60 notebooks")),
}

# --------------------------------------------------------------------------------------- notebooks
# Lists and objects of the JSON without outputs: an empty one takes 20 times its file size in memory.
MAX_PARTS = 200_000
# The longest released notebook has 70 cells.
MAX_CELLS = 2000
# Characters of one cell, and of a notebook, without pictures. The time for making pages grows with the square of some
# of these. The longest solution has 4000 characters, but some students put everything into one cell.
MAX_SOURCE = {"code": 200_000, "markdown": 20_000, "raw": 20_000}
MAX_TOTAL = {"code": 400_000, "markdown": 50_000, "raw": 100_000}

# ---------------------------------------------------------------------------------------- pictures
# Of one file, and of a submission. A photograph of a page has 4 MB and 12 or 48 million pixels. The process that writes
# the gradebook holds the pictures of 20 submissions in memory.
PICTURE_BYTES, PICTURES_BYTES = 8 * MB, 20 * MB
# A browser needs 4 bytes per pixel, independent of the file's size.
PICTURE_PIXELS, MAX_PIXELS = 50_000_000, 200_000_000
MAX_PICTURES = 200

# ----------------------------------------------------------------------------- the process that reads
# A normal submission takes 0.02 s, one with 25 MB of outputs 0.5 s. At the first limit reading ends, and the part that
# was read counts. At the second limit the process is killed.
SOFT_CPU_SECONDS, CPU_SECONDS = 8, 10
# Network file systems can be slow for thousands of small files, and can hang.
WALL_SECONDS = 60
# An archive, one of its files, the file's text, and its JSON without outputs.
MEMORY_MB = 512
# Files that are open at the same time: one file, three streams, and the folders above.
MAX_OPEN_FILES = 32
# Four notebooks at MAX_TOTAL, all outside of Unicode's first plane (12 bytes per character), take 27 MB. Pictures as
# base64 take the same.
MAX_ANSWER_BYTES = 64 * MB


class SearchEnded(Exception):
    """The search for notebooks reached one of its limits, which the text names."""


class OutOfTime(BaseException):
    """The CPU time for one submission is used up.

    It can be raised at any point, so it is a BaseException, which `except Exception` does not
    catch.
    """


class Budget:
    """The remaining limits of the search for notebooks in one submission.

    - beyond: what the search does not open, in words, or ""
    - left: name of a limit, see SEARCH → what remains
    """

    def __init__(self) -> None:
        self.beyond = ""
        self.left = {name: limit for name, (limit, _) in SEARCH.items()}

    def take(self, name: str, amount: int = 1) -> None:
        """Subtract from a limit, before the work is done.

        Raises: SearchEnded if not enough is left.
        """
        self.left[name] -= amount
        if self.left[name] < 0:
            raise SearchEnded(SEARCH[name][1])
