"""What the commands `new-…` write: all files of it, or none."""

import contextlib
import os
from pathlib import Path

from autograder.errors import UsageError

__all__ = ["write_together"]


def write_together(texts: dict[Path, str]) -> None:
    """Write text files all together, or none of them and no folder.

    Inputs:
    - texts: dict of path → text: new files, and at most one, the last, that takes the place of an old one.

    Raises: UsageError when a file can't be written.
    """
    staged = {path: path.with_name(f".new-{path.name}") for path in texts}
    made: list[Path] = []
    done: list[Path] = []
    try:
        for path, text in texts.items():
            for folder in reversed([folder for folder in path.parents if not folder.exists()]):
                folder.mkdir()
                made.append(folder)
            staged[path].write_text(text, encoding="utf-8")
        for path in texts:
            os.replace(staged[path], path)
            done.append(path)
    except BaseException as error:
        for file in (*staged.values(), *done):
            with contextlib.suppress(OSError):
                file.unlink()
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            raise UsageError(f"{path} can't be written ({error.strerror}): nothing was written") from None
        raise
