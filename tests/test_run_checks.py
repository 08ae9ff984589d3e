"""The visible checks on the command line, and on GitHub as in docs/github_actions.md."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from courses import released_files
from nbclient import NotebookClient
from samples import others_slow

from autograder.gradebook.merge_notebook import stage_submission
from autograder.sample_class.command import solved_submission
from student_tools.manifest import FILE_NAME, Manifest
from student_tools.run_checks import Unwritten, main, run_checks

ROOT = Path(__file__).parent.parent


def notebook(folder, *cells):
    """A notebook of code cells; one given as (name, source) is a check."""
    made = []
    for cell in cells:
        name, source = cell if isinstance(cell, tuple) else (None, cell)
        made.append(nbformat.v4.new_code_cell(source))
        if name:
            made[-1].metadata = {"nbgrader": {"grade": True, "solution": False, "grade_id": f"check_{name}"}}
    path = folder / "work.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


LEFT = ("left to write: blank", "left to fix: wrong")


def test_each_check_is_reported_and_none_stops_the_others(tmp_path, capsys):
    path = notebook(
        tmp_path,
        "from cs231n.check import check_close\ndef right(): return 1.0\ndef blank(): raise NotImplementedError()",
        "raise ValueError('a cell of mine, which is no check')",
        ("wrong", "check_close('out', 2.0, 1.0, 1e-8)"),
        ("blank", "blank()"),
        ("right", "check_close('out', right(), 1.0, 1e-8)"),
    )
    before = path.read_bytes()
    assert main([str(path)]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "work.ipynb"
    assert re.fullmatch(r"  ✘ wrong: out: relative error 0\.333 is above the tolerance.*", printed[1])
    assert printed[2:] == ["  ✘ blank: not written yet", "  ✔ right", "1 of 3 checks pass", *LEFT]
    assert path.read_bytes() == before


def test_the_exit_status_is_0_if_all_checks_pass(tmp_path, capsys):
    assert main([str(notebook(tmp_path, ("right", "1")))]) == 0
    assert capsys.readouterr().out.endswith("1 of 1 checks pass\n")


@pytest.mark.parametrize("package", ["cs231n", "student_tools"])
def test_a_pipe_that_can_not_encode_a_tick_is_no_error(tmp_path, package):
    """The encoding of a pipe on Windows."""
    command = [sys.executable, "-m", f"{package}.check", notebook(tmp_path, ("right", "1"))]
    environ = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, env=environ, capture_output=True, encoding="cp1252")
    assert "  ? right\n1 of 1 checks pass\n" in done.stdout, done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("while True: pass", "the cell that begins with 'while True: pass' took longer than 2 s"),
        ("import os; os._exit(1)", "the cell that begins with 'import os; os._exit(1)' ended the kernel"),
    ],
)
def test_a_cell_that_ends_everything_fails_the_checks_below_it(tmp_path, cell, words):
    path = notebook(tmp_path, ("before", "1"), cell, ("after", "1"))
    assert run_checks(path, seconds=2) == {"before": None, "after": f"did not finish: {words}"}


def test_a_check_that_never_ends_is_named(tmp_path):
    path = notebook(tmp_path, ("endless", "while True: pass"), ("after", "1"))
    fault = "did not finish: the cell check_endless took longer than 2 s"
    assert run_checks(path, seconds=2) == {"endless": fault, "after": fault}


def test_a_check_that_needs_another_function_says_which(tmp_path):
    path = notebook(
        tmp_path,
        "def first(x): raise NotImplementedError()\ndef second(x): return first(x)",
        "class Net:\n    def __init__(self): raise NotImplementedError()",
        ("first", "first(1)"),
        ("second", "(lambda x: second(x))(1)"),
        ("Net", "Net()"),
    )
    needs = Unwritten("first")
    assert run_checks(path) == {"first": Unwritten(), "second": needs, "Net": Unwritten()}


def test_a_stub_with_a_text_names_the_unwritten_function(tmp_path):
    body = "raise NotImplementedError('{} is not written yet: put your code in its cell')"
    path = notebook(
        tmp_path,
        f"def first(x): {body.format('first')}\ndef second(x): return first(x)",
        f"class Net:\n    def loss(self): {body.format('Net.loss')}",
        "def own(): raise NotImplementedError('only for odd sizes')",
        ("first", "(lambda: first(1))()"),
        ("second", "second(x=1)"),
        ("Net", "Net().loss()"),
        ("training", "Net().loss()"),
        ("own", "own()"),
    )
    assert run_checks(path) == {
        "first": Unwritten(),
        "second": Unwritten("first"),
        "Net": Unwritten(),
        "training": f"needs Net.loss, which is {Unwritten()}",
        "own": "NotImplementedError: only for odd sizes",
    }


def test_checks_in_cells_without_points_count_too(tmp_path, capsys):
    path = notebook(tmp_path, "from cs231n.check import check_true", "check_true(False, 'wrong here')", "1 / 0")
    content = nbformat.read(path, as_version=4)
    for cell, name in zip(content.cells, ("setup", "test_time", "plot"), strict=True):
        cell.metadata = {"nbgrader": {"grade": False, "solution": False, "locked": True, "grade_id": name}}
    nbformat.write(content, path)
    assert main([str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  ✘ test_time: wrong here",
        "0 of 1 checks pass",
        "left to fix: test_time",
    ]


def test_a_terminal_shows_which_cell_is_running(tmp_path, monkeypatch, capsys):
    path = notebook(tmp_path, ("long_training", "1"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main([str(path)]) == 0
    printed = capsys.readouterr()
    assert "check_long_training" in printed.err
    assert printed.out == "work.ipynb\n  ✔ long_training\n1 of 1 checks pass\n"


def test_ctrl_c_is_one_line(tmp_path, monkeypatch, capsys):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("student_tools.run_checks.run_checks", interrupted)
    assert main([str(notebook(tmp_path, ("right", "1")))]) == 130
    assert capsys.readouterr().err == "stopped in work.ipynb: no file was changed\n"


def test_a_folder_stands_for_its_notebooks(tmp_path, monkeypatch, capsys):
    (tmp_path / "inside").mkdir()
    notebook(tmp_path / "inside", ("right", "1"))
    monkeypatch.chdir(tmp_path)
    assert main(["inside"]) == 0
    assert capsys.readouterr().out.splitlines() == ["work.ipynb", "  ✔ right", "1 of 1 checks pass"]


def test_without_notebooks_the_message_names_the_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert capsys.readouterr().err == f"found no notebooks in {tmp_path}: go to the folder of your notebooks\n"


def test_without_names_all_notebooks_of_the_folder_are_run(tmp_path, monkeypatch, capsys):
    notebook(tmp_path, ("right", "1")).rename(tmp_path / "b.ipynb")
    notebook(tmp_path, ("right", "1")).rename(tmp_path / "a.ipynb")
    monkeypatch.chdir(tmp_path)
    assert main([]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == ["a.ipynb", "  ✔ right", "b.ipynb", "  ✔ right", "2 of 2 checks pass"]


@pytest.mark.parametrize("is_named", [True, False])
def test_notebooks_run_in_the_order_of_the_release(tmp_path, monkeypatch, capsys, is_named):
    for name in ("own", "advanced", "basic"):
        notebook(tmp_path, ("right", "1")).rename(tmp_path / f"{name}.ipynb")
    monkeypatch.chdir(tmp_path)
    package = tmp_path / ("elsewhere/package" if is_named else "package")
    package.mkdir(parents=True)
    manifest = dict.fromkeys(Manifest.__required_keys__) | {"notebooks": {"basic.ipynb": {}, "advanced.ipynb": {}}}
    (package / FILE_NAME).write_text(json.dumps(manifest))
    assert main([], package=package if is_named else None) == 0
    assert capsys.readouterr().out.split()[:-5:3] == ["basic.ipynb", "advanced.ipynb", "own.ipynb"]


def test_outputs_that_were_saved_prove_nothing(tmp_path):
    path = notebook(tmp_path, "import os; os._exit(1)", ("forged", "1 / 0"))
    saved = nbformat.read(path, as_version=4)
    saved.cells[1].execution_count = 7
    nbformat.write(saved, path)
    assert run_checks(path)["forged"] is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "(No such file or directory): check the file name"),
        ("no notebook", "is not a readable notebook"),
        ('{"cells": []}', ""),
    ],
)
def test_a_file_without_checks_is_one_line_and_exit_status_2(tmp_path, capsys, text, words):
    path = tmp_path / "work.ipynb"
    if text:
        path.write_text(text)
    assert main([str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


RELEASED = sorted((ROOT / "release" / "assignment2").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", others_slow([path.name for path in RELEASED], often=["BatchNormalization.ipynb"]))
def test_restart_and_run_all_works_in_a_released_notebook(tmp_path, monkeypatch, synthetic_data, notebook):
    monkeypatch.setenv("CS231N_DATA", str(synthetic_data))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for path in RELEASED:
        shutil.copy(path, tmp_path)
    content = nbformat.read(tmp_path / notebook, as_version=4)
    where = {"metadata": {"path": str(tmp_path)}}
    # As Jupyter does it, the client stops at an error in any cell that is not tagged.
    NotebookClient(content, timeout=300, resources=where, extra_arguments=["--log-level=40"]).execute()
    assert all(cell.execution_count for cell in content.cells if cell.cell_type == "code")


# ---------------------------------------------------------------- GitHub

# Older majors need versions of Node.js that GitHub's machines no longer have.
MAJORS = {"checkout": 6, "setup-python": 6, "upload-artifact": 7, "download-artifact": 8}


def block_of(language):
    """The only code block of a language in the document for instructors."""
    text = (ROOT / "docs" / "github_actions.md").read_text()
    (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return block


def workflow():
    """The workflow that the document tells instructors to use."""
    return yaml.safe_load(block_of("yaml"))


def commands():
    (job,) = workflow()["jobs"].values()
    return [shlex.split(step["run"]) for step in job["steps"] if "run" in step]


def student_repository(folder):
    """The template repository of the document: the unzipped student bundle."""
    for name, content in released_files().items():
        path = folder / Path(name).relative_to("assignment2")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run_workflow(folder, data):
    """Run the workflow's last command. Other tests cover its installation and stand-in."""
    *before, (python, *words) = commands()
    assert [" ".join(line) for line in before] == ["python -m pip install -e .", "python -m cs231n.datasets synthetic"]
    assert python == "python"
    environment = {**os.environ, "PYTHONPATH": str(folder), "CS231N_DATA": str(data)}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_workflow_is_one_that_github_reads():
    parsed = workflow()
    assert set(parsed) == {"name", True, "permissions", "jobs"}  # YAML reads `on` as true
    assert parsed["permissions"] == {"contents": "read"}
    (job,) = parsed["jobs"].values()
    assert job["timeout-minutes"] <= 60
    assert all(("run" in step) != ("uses" in step) for step in job["steps"])


@pytest.mark.parametrize("which", ["students'", "the kit's"])
def test_workflows_use_current_actions(which):
    own = ROOT / ".github" / "workflows" / "ci.yml"
    parsed = workflow() if which == "students'" else yaml.safe_load(own.read_text(encoding="utf-8"))
    used = [step["uses"] for job in parsed["jobs"].values() for step in job["steps"] if "uses" in step]
    assert len(used) >= 2
    for action in used:
        name, major = re.fullmatch(r"actions/([a-z-]+)@v(\d+)", action).groups()
        assert int(major) >= MAJORS[name], action


def test_downloaded_repositories_are_put_where_grading_looks(tmp_path):
    names = {"cs-assignment2-ann": "ann", "cs-2026-assignment2-bob-b": "bob-b"}
    for name in names:
        (tmp_path / "downloads" / name).mkdir(parents=True)
        (tmp_path / "downloads" / name / "Dropout.ipynb").write_text(name)
    earlier = tmp_path / "submitted" / "ann" / "assignment2" / "earlier.ipynb"
    earlier.parent.mkdir(parents=True)
    earlier.touch()
    subprocess.run(["sh", "-eu", "-c", block_of("sh")], cwd=tmp_path, check=True)
    for name, student in names.items():
        (notebook,) = (tmp_path / "submitted" / student / "assignment2").iterdir()
        assert notebook.read_text() == name


@pytest.mark.slow
def test_the_workflow_runs_every_visible_check_in_the_student_bundle(tmp_path, assignment, synthetic_data):
    student_repository(tmp_path)
    done = run_workflow(tmp_path, synthetic_data)
    assert done.returncode == 1, done.stderr
    # The command runs the notebooks in the order of the release.
    places = list(assignment.notebooks)
    exercises = sorted(assignment.exercises, key=lambda name: places.index(assignment.exercises[name].notebook))
    assert re.findall(r"✘ (\w+): not written yet", done.stdout) == exercises
    assert re.findall(r"✔ (\w+)", done.stdout) == ["sandwich_conv_relu_pool", "sandwich_conv_relu"]
    assert done.stdout.splitlines()[-3:] == [
        "2 of 43 checks pass",
        f"left to write: {', '.join(exercises)}",
        "for a hint: python -m cs231n.check --hint EXERCISE",
    ]


@pytest.mark.slow
def test_solved_notebooks_pass_the_workflow(tmp_path, assignment, synthetic_data):
    student_repository(tmp_path)
    stage_submission(solved_submission(assignment, "somebody"), assignment, tmp_path)
    shutil.copy(next(Path(ROOT / "cs231n").glob("_fast.*.so")), tmp_path / "cs231n")
    done = run_workflow(tmp_path, synthetic_data)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "43 of 43 checks pass"), done.stdout
