"""Reproducible zips: the same files give the same bytes."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import IO

__all__ = ["write_zip"]

_DAY = (2026, 1, 1, 0, 0, 0)  # the date of every file in the zip


def write_zip(file: IO[bytes], files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
    """Write a zip.

    Inputs:
    - file: binary file, open for writing
    - files: name → content
    - executable: names of the files that get the executable bit
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on every system
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, content)
