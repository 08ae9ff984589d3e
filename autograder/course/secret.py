"""The course's secret, which hidden inputs are drawn from: nobody who has this repository can work them out."""

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
    "copy the file from the machine where the class was graded, or run `python -m autograder new-secret`, after which"
    " everybody is scored again, on other inputs"
)


def load_secret(root: Path) -> str:
    """Read the secret of the course in a folder; the first call generates it, in a file that only its owner can read.

    Raises: UsageError when the file can't be written or holds something else, or when it is missing and there are
    results: with another secret everybody would be scored again, on other inputs.
    """
    path = root / SECRET_FILE
    try:
        if not path.exists():
            if next(root.glob(RESULTS), None):
                raise UsageError(f"there is no {path}, but there are results, which were scored with it: {REMEDY}")
            _generate(path)
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{path} can't be {'read' if path.exists() else 'written'} ({why}): it holds the secret that hidden"
            " inputs are drawn from; run this where it can be kept"
        ) from None
    if not PATTERN.fullmatch(text):
        raise UsageError(f"expected {2 * BYTES} hexadecimal digits in {path}, got {len(text)} characters: {REMEDY}")
    return text


def renew_secret(root: Path) -> Path:
    """Put a new secret in the place of one that is lost or damaged; returns the file.

    Raises: UsageError when there is one that can be used, or the file can't be written.
    """
    path = root / SECRET_FILE
    try:
        if path.is_file() and PATTERN.fullmatch(path.read_text(encoding="ascii", errors="replace").strip()):
            raise UsageError(
                f"{path} holds a secret that can be used, and everybody would be scored again with another one: delete"
                " the file first if you want that"
            )
        path.unlink(missing_ok=True)
        _generate(path)
    except OSError as error:
        raise UsageError(f"{path} can't be written ({error.strerror}): run this where it can be kept") from None
    return path


def _generate(path: Path) -> None:
    """Write the file whole, and only if no other process was faster."""
    with unfinished_folder(path.parent) as private, contextlib.suppress(FileExistsError):
        new = private / path.name
        new.touch(0o600)
        new.write_text(secrets.token_hex(BYTES) + "\n")
        os.link(new, path)


def hidden_seed(secret: str, submission: str) -> list[int]:
    """The seed of a submission's hidden inputs.

    It depends on what was handed in (`submission`, its digest), so that answers which were remembered from the feedback
    on one submission are wrong in the next; the same submission always gets the same inputs.
    """
    digest = hashlib.sha256(f"{secret} {submission}".encode()).digest()
    return [int.from_bytes(digest[i : i + 4], "little") for i in range(0, len(digest), 4)]
