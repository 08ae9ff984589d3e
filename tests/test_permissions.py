"""Files with scores, students' work or secrets are private to their owner, unless a setting allows more."""

import os
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from courses import TWO, assign, copy_course, jupyter_server

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.sample_class.command import solved_submission


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """Return a function: setting → folder of a graded course with all output files."""
    before = os.umask(0o022)

    def course_with(setting):
        folder = copy_course(tmp_path / "course", notebooks=TWO)
        with (folder / "course_config.py").open("a") as config:
            config.write(f"{setting}\n")
        assign(folder, total_points=110)
        (folder / "gradebook.db").touch(0o644)  # an earlier version made it
        submit(folder)
        monkeypatch.chdir(folder)
        for command in ("grade", "report", "export", "gradescope"):  # 1 says that an answer waits for a person
            assert main([command, "assignment2"]) < 2, command
        return folder

    yield course_with
    os.umask(before)


def submit(folder):
    """Put a correct submission of ann into a course."""
    course = load_course(folder)
    assignment = load_assignment(course)
    stage_submission(solved_submission(assignment, "ann"), assignment, course.handed_in("ann", assignment.name))


def modes(folder):
    """Return path → permissions of every file that the commands wrote."""
    written = ("results", "feedback", "autograded", "reports", "dist", "gradebook.db", "grades.csv", "course_secret")
    files = [path for name in written for path in (folder / name, *(folder / name).rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in files}


def test_results_and_secrets_are_private(graded):
    found = modes(graded(""))
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    assert {name.split("/")[0] for name in found} >= {"results", "feedback", "autograded", "reports", "gradebook.db"}
    assert any(name.endswith("history.txt") for name in found)
    assert any(name.endswith("gradescope.zip") for name in found)


def test_a_group_of_graders_can_read_them_if_the_setting_allows_it(graded):
    found = modes(graded('c.AssignmentKit.marks_readable_by = "group"'))
    assert found["grades.csv"] == 0o640
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o007} == {}


@pytest.mark.slow
def test_plain_nbgrader_keeps_them_private_too(tmp_path):
    folder = copy_course(tmp_path / "course", notebooks=TWO)
    assign(folder, total_points=110)
    submit(folder)
    run = {"cwd": folder, "check": True, "capture_output": True, "umask": 0o022}
    nbgrader = [str(Path(sys.executable).with_name("nbgrader"))]
    for command in (["generate_assignment"], ["autograde", "--create"], ["generate_feedback"]):
        subprocess.run([*nbgrader, *command, "assignment2"], **run)
    found = modes(folder)
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    assert {name.split("/")[0] for name in found} >= {"results", "feedback", "autograded", "gradebook.db"}


TOP = ("results", "feedback", "autograded", "reports", "submitted")


@pytest.mark.parametrize(("setting", "others"), [("owner", 0o077), ("group", 0o007)])
def test_files_of_an_earlier_version_are_protected_by_the_next_command(tmp_path, monkeypatch, setting, others):
    folder = copy_course(tmp_path / "course")
    with (folder / "course_config.py").open("a") as config:
        config.write(f"c.AssignmentKit.marks_readable_by = {setting!r}\n")
    for name in TOP:
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o2775)
    (folder / "course_secret").write_text("f" * 64)
    (folder / "course_secret").chmod(0o644)
    monkeypatch.chdir(folder)
    before = os.umask(0o022)
    main(["report", "assignment2"])  # there is nothing to report
    os.umask(before)
    found = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in (*TOP, "course_secret")}
    assert {name: oct(mode) for name, mode in found.items() if mode & others} == {}
    assert all(found[name] & 0o2000 for name in TOP), "new files stay the group's"


@pytest.mark.parametrize("is_there", [True, False])
def test_the_gradebook_that_formgrader_opens_is_private(tmp_path, is_there):
    folder = copy_course(tmp_path / "course", notebooks=TWO)
    (folder / "submitted").mkdir(exist_ok=True)
    (folder / "submitted").chmod(0o755)
    if is_there:
        (folder / "gradebook.db").touch(0o644)
        (folder / "gradebook.db").chmod(0o644)
    before = os.umask(0o022)
    try:
        with jupyter_server(folder, program=("-m", "autograder.gradebook.formgrader_server")) as address:
            urllib.request.urlopen(f"{address}/formgrader/api/assignments?token=secret", timeout=60).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "gradebook.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "submitted").stat().st_mode) == 0o700
