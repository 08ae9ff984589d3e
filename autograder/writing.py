"""Files are written whole or not at all."""

from cs231n.unfinished import unfinished_file

__all__ = ["write_bytes", "write_text"]


def write_text(path, text):
    """Write a text file in one step, see write_bytes."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path, content):
    """Write a file in one step: a reader finds the old content or the new one, never a part.

    Raises: OSError, which names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with unfinished_file(path) as stream:
        stream.write(content)
