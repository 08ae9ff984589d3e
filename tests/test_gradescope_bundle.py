"""The zip for Gradescope: its files, its reproducibility, and its setup.sh."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from courses import ASSIGNMENT, SETTINGS, copy_content
from gradescope_layout import bundle_of, lay_out, programs, run_plainly, stub, submit

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.gradescope import bundle
from autograder.gradescope.bundle import bundle_for_gradescope, gradescope_files

ROOT = Path(__file__).parent.parent
ALL = ASSIGNMENT.max_score
SCRIPTS = [ROOT / "autograder" / "gradescope" / name for name in ("setup.sh", "run_autograder.sh")]


def test_the_zip_is_reproducible_and_private(bundled_course, capsys):
    before = bundle_of(bundled_course).read_bytes()
    bundle_for_gradescope(bundled_course)
    assert bundle_of(bundled_course).read_bytes() == before
    assert bundle_of(bundled_course).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in bundled_course.dist.iterdir()] == [bundle_of(bundled_course).name]
    assert "It contains the solutions and the course's secret" in capsys.readouterr().out


def test_the_settings_to_enter_on_gradescope_are_printed_and_documented(bundled_course, capsys):
    bundle_for_gradescope(bundled_course)
    printed = capsys.readouterr().out
    assignment = load_assignment(bundled_course)
    questions = assignment.questions.values()
    assert f"Gradescope's settings: {assignment.max_score:g}\n" in printed
    assert all(
        f"{question.name} ({Path(question.notebook).stem}) {question.points:g}" in printed for question in questions
    )
    assert f"Total: {assignment.max_score + sum(question.points for question in questions):g}\n" in printed
    whole = ASSIGNMENT
    rows = [
        f"| `{question.name}` | `{question.notebook}` | {question.points:g} |" for question in whole.questions.values()
    ]
    text = (ROOT / "docs" / "gradescope.md").read_text(encoding="utf-8")
    assert [row for row in [f"| the autograder | all | {ALL:g} |", *rows] if row not in text] == []
    assert (
        f"All points are {ALL + whole.points_by_hand:g}: {ALL:g} by hidden tests and {whole.points_by_hand:g} for"
        in text
    )


def test_the_zip_has_all_files_for_scoring_and_no_others(bundled_course):
    assignment = load_assignment(bundled_course)
    (bundled_course.root / "submitted" / "ann").mkdir(parents=True)
    (bundled_course.root / "submitted" / "ann" / "work.ipynb").write_text("{}")
    files = gradescope_files(bundled_course, assignment)
    assert {name for name in files if "/" not in name} == {"setup.sh", "run_autograder"}
    assert {name for name in files if name.startswith("course/")} == {
        "course/course_config.py",
        "course/course_secret",
        "course/assignments/assignment2/assignment.py",
        *(f"course/assignments/assignment2/{name}" for name in assignment.content.hashes),
        "course/assignments/assignment2/locale/zh/LC_MESSAGES/assignment2.mo",  # for the feedback
        *(f"course/source/assignment2/{name}" for name in assignment.notebooks),
        *(f"course/source/assignment2/zh/{Path(name).stem}.md" for name in ("README", "hints", *assignment.notebooks)),
    }
    assert {name.split("/")[1] for name in files if name.startswith("kit/")} == {
        *("autograder", "cs231n", "student_tools", "pyproject.toml", "README.md", "LICENSE"),
    }
    assert files["course/course_secret"].decode().strip() == bundled_course.secret
    assert (bundled_course.root / "course_secret").read_text().strip() == bundled_course.secret
    assert b"gradescope-run assignment2 --root" in files["run_autograder"]


def test_modules_that_course_config_imports_are_in_the_zip(course):
    (course.root / "limits_of_this_course.py").write_text("SECONDS = 7\n")
    (course.root / "unused.py").write_text("")
    with (course.root / "course_config.py").open("a") as config:
        config.write("from limits_of_this_course import SECONDS\nc.AssignmentKit.jobs = SECONDS\n")
    files = gradescope_files(load_course(course.root), load_assignment(course))
    assert files["course/limits_of_this_course.py"] == b"SECONDS = 7\n"
    assert "course/unused.py" not in files


def test_source_outside_of_the_course_is_refused(tmp_path):
    (tmp_path / "course").mkdir()
    config = SETTINGS.read_text()
    config = config.replace('source_directory = "source"', 'source_directory = "../source"')
    (tmp_path / "course" / "course_config.py").write_text(config)
    shutil.copytree(ROOT / "source", tmp_path / "source")
    copy_content(tmp_path / "course" / "autograder" / "assignments")
    with pytest.raises(UsageError, match="is not in the course's folder"):
        bundle_for_gradescope(load_course(tmp_path / "course"))
    assert list((tmp_path / "course").glob("dist/*")) == []


def test_an_installed_grader_is_bundled_with_the_project_file_of_its_wheel(monkeypatch, tmp_path, bundled_course):
    """After `pip install` without -e, there is no pyproject.toml next to the packages."""
    shutil.copytree(bundle.KIT, tmp_path / "autograder")
    monkeypatch.setattr(bundle, "KIT", tmp_path / "autograder")
    files = gradescope_files(bundled_course, load_assignment(bundled_course))
    assert files["kit/pyproject.toml"] == (ROOT / "autograder" / "grader_pyproject.toml").read_bytes()
    assert {name.split("/")[1] for name in files if name.startswith("kit/")} == {
        *("autograder", "cs231n", "student_tools", "pyproject.toml"),
    }
    assert b'"$source_folder/kit" ' in files["setup.sh"]


# ---------------------------------------------------------------- the scripts


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_bash_can_read_the_scripts(script):
    assert run_plainly(["bash", "-n", script]).stderr == ""
    assert os.access(script, os.X_OK)


def test_setup_reports_an_old_python_in_one_line(tmp_path):
    path = programs(tmp_path / "programs", "bash", "dirname", "env")
    stub(path, "apt-get", "exit 0")
    stub(path, "python3", '[ "$1" = --version ] && echo Python 3.10.12\nexit 1')
    shutil.copy(SCRIPTS[0], tmp_path)
    done = run_plainly(["bash", tmp_path / "setup.sh"], env={"PATH": str(path)})
    assert done.returncode == 1
    assert "expected Python 3.11 or newer, got Python 3.10.12" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_setup_installs_everything_for_scoring(open_folder, bundled_course, tmp_path):
    """Packages are installed from the index; a stub replaces apt-get."""
    look = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", tmp_path, "traitlets"]
    if subprocess.run(look, capture_output=True, check=False).returncode:
        pytest.skip("the package index is out of reach")
    root = lay_out(open_folder, bundled_course)
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    stub(stubs, "apt-get", "exit 0")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PATH"] = os.pathsep.join([str(stubs), environment["PATH"]])
    done = subprocess.run(["bash", root / "source" / "setup.sh"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Submissions will be scored in a sandbox" in done.stdout
    assert [path for path in (root / "source").rglob("*") if path.stat().st_mode & 0o077] == []
    submit(root, bundled_course)
    done = run_plainly([root / "run_autograder"], cwd=root, env=environment)
    assert json.loads((root / "results" / "results.json").read_text())["score"] == ALL, done.stdout
