"""Atomic writes: files and folders get a temporary name next to their place until complete.

A killed process leaves its temporary files behind. Their names hold the host and the process id,
so the next process that writes to the same folder can remove them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

__all__ = ["remove_left_behind", "unfinished_file", "unfinished_folder"]

_HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
_NAME = re.compile(r"\.new-([0-9a-f]{8})-(\d+)-")
_OLD_SECONDS = 86_400


@contextlib.contextmanager
def unfinished_file(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a temporary binary file that replaces the file at path when the block succeeds.

    A reader finds the old content or the new content, never a part. A device or a pipe, such as
    /dev/stdout, stays what it is: it is written to.

    Raises: OSError, with path as its file name.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    remove_left_behind(path.parent)
    new = path.with_name(f"{_prefix()}{secrets.token_hex(6)}")
    try:
        with new.open("xb") as file:
            yield file
        os.replace(new, path)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None  # ENOSPC comes without a name
    finally:
        with contextlib.suppress(OSError):
            new.unlink()


@contextlib.contextmanager
def unfinished_folder(parent: str | Path) -> Iterator[Path]:
    """Create a temporary folder in parent for this user only, and remove it after the block.

    Move complete files, or the folder itself, to their place before the block ends.
    """
    remove_left_behind(parent)
    folder = Path(tempfile.mkdtemp(prefix=_prefix(), dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left_behind(folder: str | Path) -> None:
    """Remove the temporary files of killed processes from a folder; failures are ignored."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        owner = _NAME.match(name)
        if owner and _is_abandoned(Path(folder, name), *owner.groups()):
            shutil.rmtree(Path(folder, name), ignore_errors=True)
            with contextlib.suppress(OSError):
                Path(folder, name).unlink()


def _prefix() -> str:
    return f".new-{_HOST}-{os.getpid()}-"


def _is_abandoned(path: Path, host: str, pid: str) -> bool:
    """Return whether the writing process is gone.

    A file older than a day counts as abandoned: the process id can be reused, and another machine
    that shares the folder can't be asked.
    """
    try:
        if time.time() - path.lstat().st_mtime > _OLD_SECONDS:
            return True
        if host == _HOST and os.name == "posix":  # on Windows, os.kill would end the process
            os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False
