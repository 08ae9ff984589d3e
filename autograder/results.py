"""Results on disk: one JSON file per submission, written whole or not at all, found again by what it depends on."""

import functools
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

import numpy as np

import cs231n

__all__ = ["load_result", "load_results", "result_path", "save_result", "scoring_key", "write_bytes", "write_text"]


def scoring_key(submission, assignment, course, isolation):
    """A hash of all that the result depends on: the submission, the tests, the kit, the sources, the settings, and how
    student code was kept apart."""
    digest = hashlib.sha256((submission.digest() + _kit_digest(assignment.folder)).encode())
    settings = [submission.student, assignment.name, course.secret, course.exercise_seconds, repr(course.limits)]
    settings.append(course.max_pool_ties)
    digest.update(json.dumps([*settings, isolation, np.__version__]).encode())
    return digest.hexdigest()


@functools.cache
def _kit_digest(source_folder):
    """A hash of the kit and of the sources as this process knows them: what is edited later counts in the next one."""
    packages = (Path(__file__).parent, Path(cs231n.__file__).parent)
    kit = [file for package in packages for file in package.rglob("*") if file.suffix in (".py", ".pyx", ".c", ".h")]
    digest = hashlib.sha256()
    for file in sorted([*kit, *source_folder.glob("*.ipynb")]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def result_path(course, assignment_name, student):
    """Where a student's result lies. The id is a folder's name already; what could lead elsewhere is quoted."""
    name = re.sub(r"[%/\\\x00-\x1f]|^\.", lambda match: f"%{ord(match[0]):02X}", student)
    return course.results / assignment_name / f"{name}.json"


def load_result(course, assignment_name, student, *, key=None):
    """Read a stored result, or None when there is none, when it is damaged, or when it belongs to another key."""
    try:
        stored = json.loads(result_path(course, assignment_name, student).read_text(encoding="utf-8"))
        return stored["result"] if key in (None, stored["key"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def load_results(course, assignment_name):
    """The stored results of an assignment, in the order of their files; damaged ones are left out."""
    for path in sorted((course.results / assignment_name).glob("*.json")):
        try:
            yield json.loads(path.read_text(encoding="utf-8"))["result"]
        except (OSError, ValueError, KeyError, TypeError):
            continue


def save_result(course, result, key):
    """Store a result under its key."""
    path = result_path(course, result["assignment"], result["student"])
    write_text(path, json.dumps({"key": key, "result": result}, indent=1, ensure_ascii=False) + "\n")


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
