"""The course's secret, which seeds the hidden inputs: the repository alone does not reveal them."""

import contextlib
import hashlib
import os
import re
import secrets
from pathlib import Path

from autograder.errors import UsageError
from student_tools.atomic_write import unfinished_folder

__all__ = ["SECRET_FILE", "hidden_seed", "load_secret", "renew_secret"]

SECRET_FILE = "course_secret"
BYTES = 32
PATTERN = re.compile(rf"[0-9a-f]{{{2 * BYTES}}}")
RESULTS = "results/*/*.json"  # see Course.results
REMEDY = (
    "copy the file from the machine where the class was graded, or run `python -m autograder new-secret`; then all"
    " submissions are scored again, on other inputs"
)


def load_secret(root: Path) -> str:
    """Read the secret of a course.

    The first call generates it, in a file that only its owner can read.

    Raises: UsageError if the file can't be written or has other content, or if it is missing and
    there are results. A new secret would change the inputs, and all submissions would be scored
    again.
    """
    path = root / SECRET_FILE
    try:
        if not path.exists():
            if next(root.glob(RESULTS), None):
                raise UsageError(f"{path} is missing, but the results were scored with it: {REMEDY}")
            _generate(path)
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot {'read' if path.exists() else 'write'} {path} ({why}), the secret that seeds the hidden inputs:"
            " run the command where the file can be stored"
        ) from None
    if not PATTERN.fullmatch(text):
        raise UsageError(f"expected {2 * BYTES} hexadecimal digits in {path}, got {len(text)} characters: {REMEDY}")
    return text


def renew_secret(root: Path) -> Path:
    """Replace a lost or damaged secret, and return the path of its file.

    Raises: UsageError if the current secret is valid, or the file can't be written.
    """
    path = root / SECRET_FILE
    try:
        if path.is_file() and PATTERN.fullmatch(path.read_text(encoding="ascii", errors="replace").strip()):
            raise UsageError(
                f"{path} has a valid secret; with another one, all submissions would be scored again: to do that,"
                " delete the file first"
            )
        path.unlink(missing_ok=True)
        _generate(path)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): run the command where it can be stored") from None
    return path


def _generate(path: Path) -> None:
    """Write the file atomically, unless another process was faster."""
    with unfinished_folder(path.parent) as private, contextlib.suppress(FileExistsError):
        new = private / path.name
        new.touch(0o600)
        new.write_text(secrets.token_hex(BYTES) + "\n")
        os.link(new, path)


def hidden_seed(secret: str, submission: str) -> list[int]:
    """Return the seed of a submission's hidden inputs: eight integers below 2**32.

    The same submission always gets the same inputs. Another submission of the same student gets
    other inputs, so values copied from the feedback are wrong there.

    Inputs:
    - secret: the course's secret.
    - submission: digest of the submission.
    """
    digest = hashlib.sha256(f"{secret} {submission}".encode()).digest()
    return [int.from_bytes(digest[i : i + 4], "little") for i in range(0, len(digest), 4)]
