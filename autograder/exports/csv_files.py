"""Read and write CSV files.

Text of students that a spreadsheet would run as a formula is escaped.
"""

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
# Starts of a formula in spreadsheets: at the start of a cell, also for spreadsheets that split at semicolons. The last
# four characters are the full-width forms of the first four.
FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def harmless(text: str) -> str:
    """Escape text for a spreadsheet: an apostrophe precedes the start of a formula."""
    return FORMULA.sub("'", text)


def number(value: float | None) -> str:
    """Format points with at most four decimals, without trailing zeros; "" for None."""
    if value is None:
        return ""
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")  # + 0.0: no negative zero


@dataclass
class Sheet:
    """The cells of a CSV file, and its format.

    - rows: texts of the cells; the first row is the header.
    - bom: True if the file starts with a byte-order mark.
    """

    rows: list[list[str]]
    delimiter: str = ","
    line_end: str = "\n"
    bom: bool = False

    def text(self) -> str:
        """Return the text of the file."""
        # Python before 3.13 does not quote a lone carriage return, which readers take for the end of a line.
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

    Raises: UsageError if the file can't be read, or is not a CSV file in UTF-8.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror}): give the file that the system exports") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8: give the file as the system exports it, not saved again") from None
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    line_end = "\r\n" if "\r\n" in text else "\n"
    try:
        # The right delimiter splits the header into the most cells.
        delimiter = max(DELIMITERS, key=lambda sign: len(next(csv.reader(io.StringIO(text), delimiter=sign), ())))
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UsageError(f"{path} is not a CSV file ({error}): give the file as the system exports it") from None
    if not rows:
        raise UsageError(f"{path} is empty: give the CSV file that the system exports")
    return Sheet(rows, delimiter, line_end, bom)
