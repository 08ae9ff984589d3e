"""Makes names of files that every system can have, and tells which names share a place on some system."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

__all__ = ["by_place", "place_key", "safe_name", "safe_path"]

MAX_PARTS = 6  # of a path inside a student's own folder
MAX_BYTES = 140  # of a name: an encrypted home folder takes 143, other file systems 255
MAX_SUFFIX_BYTES = 20
SPECIAL = '/\\:*?"<>|'  # to Windows, or to a shell
# Windows opens a device instead of a file of such a name, whatever stands behind the first dot.
DEVICE = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9]")


def safe_path(text: str) -> Path | None:
    """Return the path of a student's file below their folder; None when the text leads elsewhere."""
    parts = text.replace("\\", "/").split("/")
    if len(parts) > MAX_PARTS or any(part in ("", ".", "..") for part in parts):
        return None
    return Path(*map(safe_name, parts))


def safe_name(text: str, *, size: int = MAX_BYTES) -> str:
    """Return a text as the name of a file: at most `size` bytes, visible, and special to no system."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(letter if letter.isprintable() and letter not in SPECIAL else "_" for letter in text)
    text = _trimmed(re.sub(r"^\.", "_", text.strip()))
    if DEVICE.fullmatch(unicodedata.normalize("NFKC", text.split(".")[0]).strip().upper()):
        text = f"_{text}"
    return _cut(text, size)


def place_key(name: str | Path) -> str:
    """Return what two names have in common that some file system takes for one: case and kinds of letters are gone."""
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
    """The text in at most `size` bytes; what is behind the last dot says what kind of file it is, and stays."""
    if len(text.encode()) <= size:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix.encode()) > MAX_SUFFIX_BYTES:
        return _trimmed(text.encode()[:size].decode(errors="ignore"))
    room = size - len(f".{suffix}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore')}.{suffix}"
