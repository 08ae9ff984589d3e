"""CSV files: written so that they read back the same, and so that no spreadsheet runs what a student typed."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

__all__ = ["Sheet", "harmless", "number", "read_sheet"]

BOM = "\ufeff"
DELIMITERS = ",;\t"
DECIMALS = 4
# What spreadsheets take for a formula: at the start of a cell, and where one that expects semicolons would start one.
# The last four are the full-width forms of the first four.
FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def harmless(text: str) -> str:
    """A text as a cell that no spreadsheet runs: an apostrophe before what would begin a formula."""
    return FORMULA.sub("'", text)


def number(value: float | None) -> str:
    """Points as a cell: at most four decimals, none that say nothing; empty for None."""
    if value is None:
        return ""
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")  # + 0.0: no negative zero


@dataclass
class Sheet:
    """The cells of a CSV file, and how it was written.

    - rows: the first is the header.
    """

    rows: list[list[str]]
    delimiter: str = ","
    line_end: str = "\n"
    bom: bool = False

    def text(self) -> str:
        """The file's text."""
        # Python before 3.13 leaves a lone carriage return unquoted, which then reads as the end of a line.
        odd = any("\r" in cell for row in self.rows for cell in row)
        stream = io.StringIO()
        writer = csv.writer(
            stream,
            delimiter=self.delimiter,
            lineterminator=self.line_end,
            quoting=csv.QUOTE_ALL if odd else csv.QUOTE_MINIMAL,
        )
        writer.writerows(self.rows)
        return BOM * self.bom + stream.getvalue()


def read_sheet(path: str | Path) -> Sheet:
    """Read a CSV file with commas, semicolons or tabs.

    Raises: UsageError when it can't be read, or is no CSV file in UTF-8.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}): give the file that the system exports") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8: give the file as the system exports it, not one saved anew") from None
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    line_end = "\r\n" if "\r\n" in text else "\n"
    try:
        # A header has more cells with the right delimiter than with another.
        delimiter = max(DELIMITERS, key=lambda sign: len(next(csv.reader(io.StringIO(text), delimiter=sign), ())))
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV file ({error}): give the file as the system exports it") from None
    if not rows:
        raise UsageError(f"{path} is empty: give the CSV file that the system exports")
    return Sheet(rows, delimiter, line_end, bom)
