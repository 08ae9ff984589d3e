"""Files and folders that are being written: beside the place where they will be, until they are whole.

A process that is killed leaves them behind. Their names say whose they are: the next one that writes there takes them
away.
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
    """Give a file to write bytes to, which takes the place of the one at path when the block ends well.

    A reader finds the old content or the new one, never a part. Raises OSError, which names path.
    """
    path = Path(path)
    remove_left_behind(path.parent)
    new = path.with_name(f"{_prefix()}{secrets.token_hex(6)}")
    try:
        with new.open("xb") as file:
            yield file
        os.replace(new, path)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk is reported without a name
    finally:
        with contextlib.suppress(OSError):
            new.unlink()


@contextlib.contextmanager
def unfinished_folder(parent: str | Path) -> Iterator[Path]:
    """Give a new folder in another one, which nobody else can read; what is in it at the end of the block is removed.

    What is whole is moved out of it, or the folder itself is.
    """
    remove_left_behind(parent)
    folder = Path(tempfile.mkdtemp(prefix=_prefix(), dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left_behind(folder: str | Path) -> None:
    """Remove what killed processes were writing in a folder; what can't be removed stays."""
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
    """Whether the process that was writing is gone. Its number can be another's by now: a day is enough, as it is where
    another machine shares the folder."""
    try:
        if time.time() - path.lstat().st_mtime > _OLD_SECONDS:
            return True
        if host == _HOST and os.name == "posix":  # elsewhere, the question would end that process
            os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False
