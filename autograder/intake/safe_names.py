"""Portable file names, and groups of names that are equal on some file systems."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

__all__ = ["by_place", "place_key", "safe_name", "safe_path"]

MAX_PARTS = 6  # of a path inside a student's own folder
MAX_BYTES = 140  # of a name: encrypted home folders allow 143, other file systems 255
MAX_SUFFIX_BYTES = 20
SPECIAL = '/\\:*?"<>|'  # in Windows, or in a shell
# Windows opens a device for such a name, with any text after the first dot.
DEVICE = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9]")


def safe_path(text: str) -> Path | None:
    """Return the path of a file inside a student's folder; None if the text leads out of it."""
    parts = text.replace("\\", "/").split("/")
    if len(parts) > MAX_PARTS or any(part in ("", ".", "..") for part in parts):
        return None
    return Path(*map(safe_name, parts))


def safe_name(text: str, *, size: int = MAX_BYTES) -> str:
    """Return a text as a portable file name.

    Inputs:
    - text: any text
    - size: largest length in bytes
    """
    text = unicodedata.normalize("NFC", text)
    text = "".join(letter if letter.isprintable() and letter not in SPECIAL else "_" for letter in text)
    text = _trimmed(re.sub(r"^\.", "_", text.strip()))
    if DEVICE.fullmatch(unicodedata.normalize("NFKC", text.split(".")[0]).strip().upper()):
        text = f"_{text}"
    return _cut(text, size)


def place_key(name: str | Path) -> str:
    """Return a key, without case and width, that is equal for names that may share a file."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", str(name)).casefold())


def by_place(names: Iterable[str]) -> dict[str, list[str]]:
    """Group names by their place_key."""
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(place_key(name), []).append(name)
    return groups


def _trimmed(text: str) -> str:
    return text.rstrip(". ") or "_"  # Windows drops them


def _cut(text: str, size: int) -> str:
    """The text in at most `size` bytes; the suffix stays."""
    if len(text.encode()) <= size:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix.encode()) > MAX_SUFFIX_BYTES:
        return _trimmed(text.encode()[:size].decode(errors="ignore"))
    room = size - len(f".{suffix}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore')}.{suffix}"
