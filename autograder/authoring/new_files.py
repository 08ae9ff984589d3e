"""Write the files of the `new-…` commands: all of them or none."""

import contextlib
import os
from pathlib import Path

from autograder.errors import UsageError

__all__ = ["write_together"]


def write_together(texts: dict[Path, str]) -> None:
    """Write all text files and their folders, or none of them.

    Inputs:
    - texts: dict of path → text. All files are new, except that the last one may replace a file.

    Raises: UsageError if a file can't be written.
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
            raise UsageError(f"cannot write {path} ({error.strerror}): nothing was written") from None
        raise
