"""Limits on what reading one submission may cost, in one table, each with its reason.

Counted limits come first: they end at the same place on every machine. The limits of the process catch the rest.
"""

__all__ = ["SEARCH", "Budget", "OutOfTime", "SearchEnded"]

MB = 1 << 20

# ------------------------------------------------------------------------------------------- files
# Outputs of the notebooks with all figures take 1 MB each; honest ones of 25 MB have been seen, in a single notebook.
# They are skipped before anything is parsed, within 0.6 s.
MAX_FILE_BYTES = 64 * MB
# Notebooks with such outputs, a PDF and pictures. The data set (170 MB) is not work, and would be read in vain.
MAX_ARCHIVE_BYTES = 100 * MB
# zipfile needs 30 µs for each, before any is looked at. A zip of the whole student folder has 100.
MAX_MEMBERS = 1000
# The student folder is two deep. Downloads, archives and copies each add a folder or two around it.
MAX_DEPTH = 8

# ------------------------------------------------------------- the search for notebooks of other names
# Files of the right name are read before the search begins, and outside of these limits: junk can't starve them.
# What is refused counts as well. name → (limit, how messages call it).
SEARCH = {
    # Four notebooks of 25 MB, as copies and once more in an archive, leave something.
    "bytes": (200 * MB, "200 MB of notebooks and archives"),
    # Data folders and virtual environments have thousands of files; 20,000 are listed within 0.1 s.
    "entries": (20_000, "20000 files and folders"),
    "members": (3 * MAX_MEMBERS, f"{3 * MAX_MEMBERS} files in archives"),
    "archives": (10, "10 archives"),
    # Four notebooks, each with a dozen copies.
    "notebooks": (60, "60 notebooks"),
}

# --------------------------------------------------------------------------------------- notebooks
# Lists and objects of the JSON without outputs: in memory an empty one takes 20 times its size in the file.
MAX_PARTS = 200_000
# The longest notebook has 70 cells as it is handed out.
MAX_CELLS = 2000
# Characters of one cell, and of all of a notebook; pictures don't count. Pages are made of them later, by code whose
# time grows with the square of some of these. The longest solution has 4000; but some people work in a single cell.
MAX_SOURCE = {"code": 200_000, "markdown": 20_000, "raw": 20_000}
MAX_TOTAL = {"code": 400_000, "markdown": 50_000, "raw": 100_000}

# ---------------------------------------------------------------------------------------- pictures
# Of one file, and of a submission. Photographs of a page take 4 MB, 12 or 48 million pixels. The process that writes
# the gradebook has those of 20 submissions in memory.
PICTURE_BYTES, PICTURES_BYTES = 8 * MB, 20 * MB
# A browser needs 4 bytes for each pixel, whatever the file takes.
PICTURE_PIXELS, MAX_PIXELS = 50_000_000, 200_000_000
MAX_PICTURES = 200

# ----------------------------------------------------------------------------- the process that reads
# A right submission takes 0.02 s, one with 25 MB of outputs 0.5 s. At the first limit reading ends and what was read
# counts; at the second the process is killed.
SOFT_CPU_SECONDS, CPU_SECONDS = 8, 10
# Network file systems can take long for thousands of small files, and can hang for ever.
WALL_SECONDS = 60
# An archive, a file out of it, its text, and its JSON without outputs.
MEMORY_MB = 512
# Files that are open at the same time: one, three streams, and folders on the way.
MAX_OPEN_FILES = 32
# Four notebooks at MAX_TOTAL, all of it outside of Unicode's first plane (12 bytes a character), take 27 MB, and
# pictures as base64 as much.
MAX_ANSWER_BYTES = 64 * MB


class SearchEnded(Exception):
    """The search for notebooks has used up one of its limits. The text names the limit."""


class OutOfTime(BaseException):
    """The processor time for one submission is used up. Raised at any point, so no `except Exception` may stop it."""


class Budget:
    """What the search for notebooks in one submission has left.

    - beyond: what the search came to and does not look into, in words, or "".
    """

    def __init__(self) -> None:
        self.beyond = ""
        self.left = {name: limit for name, (limit, _) in SEARCH.items()}

    def take(self, name: str, amount: int = 1) -> None:
        """Use up some of a limit, before doing what it is for. Raises: SearchEnded when there is not enough left."""
        self.left[name] -= amount
        if self.left[name] < 0:
            raise SearchEnded(SEARCH[name][1])
