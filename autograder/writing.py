"""Files are written whole or not at all."""

import os
import tempfile

__all__ = ["write_bytes", "write_text"]


def write_text(path, text):
    """Write a text file in one step, see write_bytes."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path, content):
    """Write a file in one step: a reader finds the old content or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
