"""A new course: docs/own_course.md, followed exactly with the grader's wheel; written files and refused names."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from environments import install, make_environment, site_packages, without_repository

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course

ROOT = Path(__file__).parent.parent
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
STATUS = re.compile(r"^@@ (\d+)\n", re.MULTILINE)
SOURCE = "source/homework2/Exercises.ipynb"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # load_course adds the folder of a course
    return tmp_path


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_installed(python, words, folder, *, status=0):
    """Run a command of the installed grader, and return its output."""
    environ = without_repository(python)
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


# ---------------------------------------------------------------- the document


@pytest.fixture(scope="module")
def steps(grader_wheel, tmp_path_factory):
    """The commands of the document, run in one shell: (folder, list of (command, status, what it printed)).

    Nothing is downloaded: the environment uses the libraries of these tests. `make setup`
    finds that environment too, since one with pip takes seconds to make.
    """
    folder = tmp_path_factory.mktemp("document")
    shutil.copy(grader_wheel, folder)
    lines, commands, libraries = ["exec 2>&1"], [], site_packages(sys.executable)
    for block in COMMANDS.findall((ROOT / "docs" / "own_course.md").read_text(encoding="utf-8")):
        for command in block.splitlines():
            if command == "make setup":
                lines.append("ln -s ../grader .venv")
            commands.append(command)
            lines += [command, 'status=$?; echo; echo "@@ $status"']
            if command.startswith("python3 -m venv"):
                lines.append(f"echo {libraries} >$(echo grader/lib/python*/site-packages)/libraries.pth")
    environ = without_repository(Path(sys.executable), PIP_NO_DEPS="1", PIP_NO_INDEX="1") | {"PATH": os.environ["PATH"]}
    shell = ["bash", "-c", "\n".join(lines)]
    done = subprocess.run(shell, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    parts = STATUS.split(done.stdout)
    return folder, [*zip(commands, map(int, parts[1::2]), parts[::2], strict=False)]


@pytest.fixture(scope="module")
def graded(steps):
    """(course of the document, Python of its grader)."""
    folder, _ = steps
    return folder / "stats101", folder / "grader" / "bin" / "python"


@pytest.mark.slow
def test_the_document_leads_from_a_wheel_to_a_graded_class(steps):
    folder, done = steps
    expected = COMMANDS.findall((ROOT / "docs" / "own_course.md").read_text(encoding="utf-8"))
    assert [command for command, _, _ in done] == "".join(expected).splitlines()
    # The exercise is not written: the check says so.
    assert [step for step in done if step[1] != (step[0] == "python -m stats101.check")] == []
    printed = {command: text for command, _, text in done}
    assert "autograder 0." in printed["autograder --version"]
    assert "no exercise is defined outside the notebooks" in printed["make release"]
    assert "2 of 2 mutants killed, 2 variants" in printed["make mutants"]
    assert "left to write: rescale" in printed["python -m stats101.check"]
    assert "hand in assignment1-submission.zip" in printed["python -m stats101.submit"]
    assert "2 submissions graded" in printed["make autograde"]
    assert "points add up to 5: 5 by hidden tests" in printed["make release ASSIGNMENT=homework2"]
    course = folder / "stats101"
    with (course / "grades.csv").open(encoding="utf-8") as table:
        assert {row["student"]: row["total"] for row in csv.DictReader(table)} == {"ann": "0", "bob": "5"}
    assert "rescale" in (course / "reports" / "assignment1" / "index.html").read_text(encoding="utf-8")
    assert {path.parts[-3] for path in (course / "feedback").rglob("*.html")} == {"ann", "bob"}


@pytest.mark.slow
def test_the_course_contains_no_file_of_the_wheel(graded):
    """So an upgrade of the wheel changes no file of the course."""
    course, python = graded
    (record,) = python.parent.parent.glob("lib/python*/site-packages/assignment_kit_grader-*.dist-info/RECORD")
    owned = [record.parent.parent / line.rsplit(",", 2)[0] for line in record.read_text().splitlines()]
    assert len(owned) > 200
    assert [path for path in owned if path.resolve().is_relative_to(course)] == []
    assert not (course / "autograder").exists()


# ---------------------------------------------------------------- what it writes


def test_the_course_has_what_the_document_lists_and_nothing_that_hides_a_package(folder, capsys):
    assert main(["new-course", "stats101", "here"]) == 0
    assert f"{len(contents(folder / 'here'))} files" in capsys.readouterr().out
    course = folder / "here"
    assert {path.name for path in course.iterdir()} == {
        *(".github", ".gitignore", "Makefile", "README.md", "assignments", "course_config.py", "nbgrader_config.py"),
        *("source", "stats101"),
    }
    assert not [path for path in course.glob("*/__init__.py") if path.parent.name != "stats101"]
    assert not [name for name in contents(course) if "{" in name or name.endswith(".j2")]
    assert not [name for name, text in contents(course).items() if re.search(rb"<< \w+ >>|cs231n|assignment2", text)]
    assert (course / "nbgrader_config.py").read_bytes() == (ROOT / "nbgrader_config.py").read_bytes()
    for name in ("check", "submit", "notebook"):
        assert "student_tools" in (course / "stats101" / f"{name}.py").read_text()
    settings = load_course(course)
    assert (settings.course_id, settings.assignment) == ("stats101", "assignment1")
    assert settings.assignments == course / "assignments"


def test_every_target_of_the_makefile_calls_a_command_that_exists(folder, capsys):
    from autograder.cli import COMMANDS as groups

    assert main(["new-course", "stats101"]) == 0
    text = (folder / "stats101" / "Makefile").read_text()
    commands = {name for names in groups.values() for name in names}
    assert set(re.findall(r"\$\(BIN\)autograder ([a-z-]+)", text)) <= commands
    printed = subprocess.run(
        ["make", "help"], cwd=folder / "stats101", capture_output=True, text=True, check=True
    ).stdout
    listed = set(re.findall(r"^  make ([a-z-]+) ", printed, re.MULTILINE))
    assert listed == set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())
    done = subprocess.run(["make", "setup"], cwd=folder / "stats101", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "expected the grader's wheel in wheels/, got none" in done.stderr


def test_generated_python_is_clean(folder, capsys):
    assert main(["new-course", "stats101"]) == 0
    ruff, options = [sys.executable, "-m", "ruff"], ["--isolated", "--line-length", "120"]
    rules = ["--select", "E,F,I,B,NPY,PT,UP"]
    subprocess.run([*ruff, "check", *options, *rules], cwd=folder / "stats101", check=True)
    subprocess.run([*ruff, "format", "--check", *options], cwd=folder / "stats101", check=True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["2fast"], "expected a lower-case Python name, such as stats101, got '2fast'"),
        (["Stats"], "expected a lower-case Python name"),
        (["stats-101"], "expected a lower-case Python name"),
        (["../escape"], "expected a lower-case Python name"),
        (["lambda"], "expected a lower-case Python name"),
        (["source"], "expected an unused name, got source, a folder of every course"),
        (["numpy"], "expected an unused name, got numpy, an installed module"),
        (["statistics"], "expected an unused name, got statistics, an installed module"),
        (["autograder"], "expected an unused name, got autograder, an installed module"),
        (["student_tools"], "expected an unused name, got student_tools, an installed module"),
        (["stats101", "full"], "expected a new or empty folder, got full, which is not empty"),
        (["stats101", "file"], "expected a new or empty folder, got file, which is a file"),
        (["stats101", "not/there"], "expected an existing parent folder, got not/there"),
        (["stats101", "--assignment", "../up"], "expected an assignment name of letters, digits, - and _"),
    ],
)
def test_bad_arguments_give_one_line_and_write_nothing(folder, capsys, words, reason):
    (folder / "full").mkdir()
    (folder / "full" / "note.txt").write_text("mine")
    (folder / "file").write_text("mine")
    before = contents(folder)
    assert main(["new-course", *words]) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1
    assert contents(folder) == before
    assert {path.name for path in folder.iterdir()} == {"full", "file"}


def test_an_empty_folder_is_filled(folder, capsys):
    assert main(["new-course", "stats101", "."]) == 0
    assert (folder / "course_config.py").is_file()


def test_a_course_that_can_t_be_written_leaves_no_files(folder, capsys, monkeypatch):
    replace, written = os.replace, []

    def full_after_five(old, new):
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        written.append(new)
        replace(old, new)

    monkeypatch.setattr(os, "replace", full_after_five)
    assert main(["new-course", "stats101"]) == 2
    assert "(No space left on device): nothing was written" in capsys.readouterr().err
    assert len(written) == 5
    assert [*folder.iterdir()] == []


# ---------------------------------------------------------------- another assignment, other exercises


@pytest.fixture
def course(folder, monkeypatch, capsys):
    assert main(["new-course", "stats101"]) == 0
    monkeypatch.chdir(folder / "stats101")
    return folder / "stats101"


def test_a_new_assignment_does_not_change_the_others(course):
    before = contents(course)
    assert main(["new-assignment", "homework-2"]) == 0
    after = contents(course)
    new = after.keys() - before.keys()
    assert {name: after[name] for name in before} == before
    assert {tuple(name.split("/")[:2]) for name in new} == {("source", "homework-2"), ("assignments", "homework-2")}
    first, second = (load_assignment(load_course(course), name) for name in ("assignment1", "homework-2"))
    assert list(first.exercises) == list(second.exercises) == ["rescale"]
    assert second.settings.package == "stats101"
    assert 'name = "stats101-homework-2"' in (course / "source" / "homework-2" / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["ASSIGNMENT1"], "expected a new name, got ASSIGNMENT1: "),
        (["a/b"], "expected an assignment name of letters, digits, - and _"),
        ([".hidden"], "expected an assignment name of letters, digits, - and _"),
        (["homework2", "--package", "nowhere"], "expected a student package next to course_config.py"),
    ],
)
def test_an_invalid_assignment_gives_one_line(course, capsys, words, reason):
    before = contents(course)
    assert main(["new-assignment", *words]) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1
    assert contents(course) == before


def test_an_assignment_without_a_package_uses_the_students_tools(course):
    assert main(["new-assignment", "homework2", "--package", ""]) == 0
    text = (course / "source" / "homework2" / "Exercises.ipynb").read_text()
    assert "from student_tools.check import check_close" in text
    project = (course / "source" / "homework2" / "pyproject.toml").read_text()
    assert 'packages = ["student_tools"]' in project
    assert main(["release", "homework2", "--no-run"]) == 0


# ---------------------------------------------------------------- the installed grader


def test_the_installed_grader_uses_no_file_of_this_repository(installed_grader, tmp_path):
    code = "import autograder, student_tools; print(autograder.__file__, student_tools.__file__)"
    found = in_installed(installed_grader, ["python", "-c", code], tmp_path).split()
    environment = installed_grader.parent.parent
    assert all(Path(path).is_relative_to(environment) for path in found)
    absent = "import importlib.util as u; print(u.find_spec('cs231n'), u.find_spec('benchmarks'))"
    assert in_installed(installed_grader, ["python", "-c", absent], tmp_path) == "None None\n"
    assert in_installed(installed_grader, ["autograder", "new-secret"], tmp_path, status=2) == ""


@pytest.mark.slow
def test_gradescope_scores_with_the_bundle_of_an_installed_grader(graded, tmp_path):
    """The grader in the zip is installed as setup.sh does it, into a new environment."""
    course, grader = graded
    in_installed(grader, ["autograder", "gradescope", "homework2"], course)
    with zipfile.ZipFile(course / "dist" / "homework2-gradescope.zip") as archive:
        archive.extractall(tmp_path / "source")
    assert '"$source_folder/kit" ' in (tmp_path / "source" / "setup.sh").read_text()
    python = make_environment(tmp_path / "venv", libraries=site_packages(sys.executable))
    install(
        python, "--no-deps", "--no-build-isolation", tmp_path / "source" / "kit", environ=without_repository(python)
    )
    (tmp_path / "results").mkdir()
    (tmp_path / "submission").mkdir()
    shutil.copy(course / SOURCE, tmp_path / "submission")
    shutil.copy(tmp_path / "source" / "run_autograder", tmp_path)
    in_installed(python, ["bash", tmp_path / "run_autograder"], tmp_path)
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    assert results["score"] == 5
    assert len(results["tests"]) == 1


@pytest.mark.slow
def test_a_student_can_build_the_package_of_the_bundle(graded, tmp_path):
    course, _ = graded
    with zipfile.ZipFile(course / "dist" / "assignment1-student.zip") as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert not [name for name in names if re.search("cs231n|conv|autograder", name)]
    python = make_environment(tmp_path / "venv", libraries=site_packages(sys.executable))
    environ = without_repository(python)
    install(python, "--no-deps", "--no-build-isolation", tmp_path / "assignment1", environ=environ)
    submit = ["python", "-m", "stats101.submit", tmp_path / "assignment1"]
    (tmp_path / "elsewhere").mkdir()
    assert "hand in assignment1-submission.zip" in in_installed(python, submit, tmp_path / "elsewhere")
