"""Reasons why intake can't use a file, with values. They continue after the file's name."""

from enum import StrEnum

from autograder.language import tr_later

__all__ = ["Reason"]


class Reason(StrEnum):
    """Templates of reasons; of those that fit the same text, the most specific is first.

    Results keep the English text, see autograder.reworded.
    """

    MANY_FILES = tr_later("is in an archive of more than {count} files: pack the notebooks alone")
    NOT_OPENED = tr_later("is in an archive that can't be opened ({error}): pack it again")
    NOT_IN_ARCHIVE = tr_later("is not in {archive}: pack the notebooks themselves")
    SEVERAL = tr_later("appears {count} times in {archive}: hand in an archive with one copy")
    NO_FILE_IN = tr_later("in {archive} is not an ordinary file: pack the notebook itself")
    ENCRYPTED = tr_later("in {archive} is encrypted: pack it without a password")
    ODD_METHOD = tr_later("in {archive} is packed by an unusual method: pack it as an ordinary zip")
    TOO_LARGE_IN = tr_later("in {archive} unpacks to more than {size} MB: clear the outputs of its cells")
    NOT_UNPACKED = tr_later("in {archive} can't be unpacked ({error}): pack it again")
    LINK = tr_later("can't be read: {file} is a link: put the files themselves there")
    UNREADABLE = tr_later("can't be read ({error}): hand in the notebook itself")
    NO_ARCHIVE = tr_later("can't be read: {problem}")
    TOO_LARGE = tr_later("is larger than {size} MB: {remedy}")
    NO_MEMORY = tr_later("needs more than {size} MB of memory: clear the outputs of its cells")
    MANY_CELLS = tr_later("has more than {count} cells: delete unused cells")
    LONG_MODULE = tr_later("has more than {count} characters: copy what your notebook needs into a cell")
    NO_JSON = tr_later("is not a notebook ({problem}): download it again from Jupyter and hand that in")
    COPY = tr_later("is a copy of {notebooks} that does not count")
    ASTRAY = tr_later("{problem} (expected a folder {folder}, got {files})")
    NO_NOTEBOOKS = tr_later("{problem} (got {files}: hand in the notebook itself, the file that ends in .ipynb)")
    INSTEAD = tr_later("{problem} (got {files})")
    STOPPED = tr_later("{problem} (the search for it stopped at {place}: hand in the notebooks themselves)")
    MORE_COPIES = tr_later("{problem} (there may be more copies: the search for them ended at {what})")
    LARGE_PLACE = tr_later("{file}, which is too large")
    LARGE_ARCHIVE = tr_later("{file}, an archive of more than {size} MB")
    MEMBERS = tr_later("{count} files in archives")
    CPU_TIME = tr_later("{seconds} s of CPU time")
    LARGE_PICTURE = tr_later("is larger than {size} MB and is not shown")
    MANY_PIXELS = tr_later("has more than {count} million pixels and is not shown")
    MANY_PICTURES = tr_later(
        "is not shown: with it, pictures take more than {size} MB, {pixels} million pixels or {count} files"
    )
    # Lines about work that a limit has removed.
    LIMITED = tr_later("{notebook}: {words}")
    TEXT_CUT = tr_later("cell {number} has more than {limit} characters and was cut; the file has the rest")
    TEXT_OVER_LIMIT = tr_later("cell {number} exceeds the notebook's limit of text and was cut; the file has the rest")
    CELL_TOO_LONG = tr_later("cell {number} has more than {limit} characters and was left out")
    CODE_TOO_LONG = tr_later("with cell {number}, the code has more than {limit} characters; the cell was left out")
    NAMES = tr_later("{others} and {last}")
