"""Files are written whole or not at all."""

import json
from pathlib import Path

from student_tools.atomic_write import unfinished_file

__all__ = ["write_bytes", "write_json", "write_text"]


def write_json(path: Path, content: object) -> None:
    """Write JSON in one step, see write_bytes. Keys are sorted: the same content is always the same text."""
    write_text(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, see write_bytes."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader finds the old content or the new one, never a part.

    Raises: OSError, which names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with unfinished_file(path) as stream:
        stream.write(content)
