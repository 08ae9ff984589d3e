"""What many tests begin with: a course or a student's folder of its own, and a Jupyter server on it."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import nbformat

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.release.bundle import bundle_files, zip_bytes

__all__ = [
    "ASSIGNMENT",
    "CONTENT",
    "COURSE",
    "OPTIONS",
    "SETTINGS",
    "TWO",
    "assign",
    "copy_content",
    "copy_course",
    "jupyter_server",
    "quick_compiler",
    "released_files",
    "replaced",
    "solved_sources",
    "unpack_bundle",
]

# Two notebooks with 100 points by hidden tests, for tests that would learn nothing from more of them.
TWO = ("BatchNormalization", "ConvolutionalNetworks")
ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENTS = ROOT / "autograder" / "assignments"
WITHOUT_CACHES = shutil.ignore_patterns("__pycache__")
SETTINGS = ROOT / "tests" / "courses" / "course_config.py"
COURSE = load_course(SETTINGS.parent / "kit")
ASSIGNMENT = load_assignment(COURSE)
CONTENT, OPTIONS = ASSIGNMENT.content, ASSIGNMENT.settings.options


# One secret for all courses of a run of the tests: those with the same settings have the same hidden inputs.
SECRET = secrets.token_hex(32)


def copy_course(folder, *, jobs=1, notebooks=()):
    """Put this course's settings and sources into a folder; returns it.

    - notebooks: those that are released; by default all that this course releases.
    - jobs: processes that score a class. Tests run at the same time: more of them for a handful of submissions cost
      more than they save.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SETTINGS, folder)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    with (folder / "course_config.py").open("a", encoding="utf-8") as config:
        config.write(f"c.AssignmentKit.jobs = {jobs}\n")
        config.write('c.AssignmentKit.assignments = "assignments"\n')
    (folder / "course_secret").write_text(SECRET + "\n")
    (folder / "course_secret").chmod(0o600)
    shutil.copytree(ROOT / "source", folder / "source")
    copy_content(folder / "assignments")
    if notebooks:
        assign(folder, notebooks=list(notebooks))
    return folder


def copy_content(folder):
    """Copy the content of this course's assignments to a folder."""
    shutil.copytree(ASSIGNMENTS, folder, ignore=WITHOUT_CACHES)


def assign(folder, *, assignment="assignment2", **settings):
    """Change settings of an assignment of the course in a folder, by name."""
    file = load_course(folder).assignments / assignment / "assignment.py"
    with file.open("a", encoding="utf-8") as lines:
        lines.writelines(f"c.Assignment.{name} = {value!r}\n" for name, value in settings.items())


def released_files():
    """The student bundle of what is released in this repository: dict of path → bytes."""
    return bundle_files(ROOT / "release" / "assignment2", ASSIGNMENT)


def unpack_bundle(folder):
    """Unzip the student bundle into a folder; returns the folder of the assignment in it."""
    archive = folder / "student.zip"
    archive.write_bytes(zip_bytes(released_files()))
    zipfile.ZipFile(archive).extractall(folder)
    return folder / "assignment2"


def replaced(*pairs):
    """What `solved_submission` changes in a solution: each (old, new) text, one after the other."""

    def change(cell):
        source = cell.source
        for old, new in pairs:
            assert old in source, (cell.grade_id, old)
            source = source.replace(old, new)
        return source

    return change


def solved_sources(notebook):
    """Return the solutions of a source notebook: grade_id → source of the cell."""
    cells = nbformat.read(notebook, 4).cells
    return {c.metadata.nbgrader.grade_id: c.source for c in cells if c.metadata.get("nbgrader", {}).get("solution")}


def quick_compiler(folder):
    """Put a C compiler into a folder that does not optimize; returns its path, for CC.

    For tests that ask whether something can be built: how fast it is then is for others.
    """
    compiler = folder / "cc"
    compiler.write_text('#!/bin/sh\nexec cc "$@" -O0\n')
    compiler.chmod(0o755)
    return str(compiler)


@contextlib.contextmanager
def jupyter_server(folder, *, program=("-m", "jupyter", "server"), **environment):
    """Serve a course, with some more variables in the environment; gives the address, once it answers.

    The token is "secret".

    - program: the server, as arguments of Python.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"token": "secret", "port": port, "ip": "127.0.0.1"}
    flags = [f"--ServerApp.{name}={value}" for name, value in options.items()]
    command = [sys.executable, *program, "--no-browser", "--allow-root", *flags]
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **environment})
        try:
            _wait_for(f"{address}/api/status?token=secret", server)
            yield address
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(address, server):
    for _ in range(300):
        try:
            return urllib.request.urlopen(address, timeout=30).close()
        except urllib.error.URLError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.2)
    raise AssertionError("the server did not answer within a minute")
