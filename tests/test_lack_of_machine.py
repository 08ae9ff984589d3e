"""A machine with a full disk, a read-only folder, or a locale without letters.

One line has the problem and the remedy, no file is half-written, and the same command continues later.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from courses import TWO, assign, copy_course

from autograder.course.secret import load_secret
from autograder.errors import GraderError, lack_of_machine

ROOT = Path(__file__).parent.parent
# Private mounts. Only users other than root need a namespace of users for that, and it may be forbidden.
OWN_MOUNTS = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
# A course in a small file system of memory. `run` prints the exit status and the last line of the output.
PREPARE = """
mount -t tmpfs -o size=8m none "$1"
cp -r "$2"/. "$1"
cd "$1"
run() { status=0; said=$("$PYTHON" -m "$@" 2>&1 >/dev/null) || status=$?; echo "$status ${said##*$'\\n'}"; }
files() { find . ! -name FILL \\( -name '.new-*' -print -o -type f -exec md5sum {} + \\) | sort; }
"""


def may_mount():
    if not shutil.which(OWN_MOUNTS[0]):
        return False
    command = [*OWN_MOUNTS, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not may_mount(), reason="mounts of one's own are not allowed here")


def in_small_folder(course, folder, script):
    """Run a shell script in a small file system with the course, and return its output lines."""
    folder.mkdir()
    command = [*OWN_MOUNTS, "bash", "-ec", PREPARE + script, "bash", folder, course]
    environ = os.environ | {"PYTHON": sys.executable}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course that has been released, with one submission."""
    root = copy_course(tmp_path_factory.mktemp("course") / "course", notebooks=TWO)
    assign(root, total_points=110)
    load_secret(root)
    for words in (["sample-class", "1"], ["release", "--no-run"]):
        subprocess.run([sys.executable, "-m", "autograder", *words], cwd=root, check=True, capture_output=True)
    return root


@pytest.mark.slow
@needs_mounts
def test_a_full_disk_is_reported_and_changes_nothing(course, tmp_path):
    script = """
        dd if=/dev/zero of=FILL bs=1k 2>/dev/null || true
        before=$(files)
        run autograder release --no-run; run autograder gradescope; run cs231n.datasets synthetic --to data
        [ "$before" = "$(files)" ] || echo "files have changed"
        rm FILL
        run autograder release --no-run; run autograder gradescope
        find . -name '.new-*'
    """
    *full, released, bundled = in_small_folder(course, tmp_path / "small", script)
    for line in full[:2]:
        assert line.startswith("2 autograder: ")
        assert "the disk is full (No space left on device): free some space" in line
    assert full[2:] == [
        "2 python -m cs231n.datasets: cannot write data/cifar-10-synthetic (No space left on device): free some space,"
        " or use another folder with --to"
    ]
    assert (released[0], bundled[0]) == ("0", "0")


@needs_mounts
def test_a_read_only_folder_is_reported(course, tmp_path):
    script = 'mount -o remount,ro "$1"\n' + "".join(
        f"run autograder {command}\n" for command in ("sample-class 1", "release --no-run", "gradescope", "grade")
    )
    lines = in_small_folder(course, tmp_path / "small", script)
    assert len(lines) == 4
    for line in lines:
        assert line.startswith(f"2 autograder: {tmp_path / 'small'}/"), line
        assert "this file system is read-only (Read-only file system): run the command in a writable folder" in line


@needs_mounts
def test_setup_explains_why_there_is_no_virtual_environment(course, tmp_path):
    wanted = ("pyproject.toml", "autograder/gradebook/formgrader_sanitizer.json", "cs231n/_fast.pyx")
    script = "".join(f"mkdir -p {Path(name).parent}; touch {name}\n" for name in wanted) + (
        'mount -o remount,ro "$1"\n'
        # This suite is started by make, which tells the makes below it so.
        f"env -u MAKEFLAGS -u MAKELEVEL make -f '{ROOT}/Makefile' setup PYTHON=\"$PYTHON\" 2>&1 || true\n"
    )
    lines = in_small_folder(course, tmp_path / "small", script)
    assert lines[0].startswith("make setup: creating the virtual environment .venv")
    assert lines[1] == f"Error: [Errno 30] Read-only file system: '{tmp_path / 'small' / '.venv'}'"
    assert lines[2] == "make setup: Python cannot create a virtual environment: see the line above"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device", "/a/b"), "/a/b: the disk is full"),
        (PermissionError(13, "Permission denied", "/a/b"), "/a/b: permission denied for this user (Permission denied)"),
        (MemoryError(), "there is not enough memory"),
        (GraderError("OperationalError: database or disk is full"), "the gradebook: the disk is full"),
        (FileNotFoundError(2, "No such file or directory", "/a/b"), None),
        (ValueError("something else"), None),
    ],
)
def test_missing_resources_are_distinguished_from_internal_errors(error, words):
    lack = lack_of_machine(error)
    assert lack is None if words is None else lack.startswith(words)


def test_plain_nbgrader_needs_no_activated_environment(course, tmp_path):
    root = shutil.copytree(course, tmp_path / "course")
    (root / "gradebook.db").unlink()
    nbgrader = Path(sys.executable).parent / "nbgrader"
    command = [nbgrader, "generate_assignment", "assignment2", "--create", "--force"]
    environ = os.environ | {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (root / "gradebook.db").exists()


@pytest.mark.slow
def test_a_locale_without_letters_changes_nothing(course, tmp_path):
    """The locale affects neither the sources that nbgrader reads, nor the path for alembic, nor the output."""
    root = shutil.copytree(course, tmp_path / "Kurs für Netze (2026)")
    (root / "dist" / "assignment2-student.zip").unlink()
    (root / "gradebook.db").unlink()
    environ = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "autograder", "release", "--no-run"]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "student bundle:" in done.stdout
    bundle = "dist/assignment2-student.zip"
    assert (root / bundle).read_bytes() == (course / bundle).read_bytes()
