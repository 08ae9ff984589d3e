"""A new exercise: docs/authoring.md, followed exactly in a copy of the repository, and the unchanged template."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from courses import SETTINGS, copy_course

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.release.normalize import canonical_text

ROOT = Path(__file__).parent.parent
NAME = "leaky_relu_forward"
NOTEBOOK = Path("source/assignment2/ConvolutionalNetworks.ipynb")
TOPIC = Path("autograder/assignments/assignment2") / NAME
FILES = [TOPIC / name for name in ("signatures.py", "hidden_tests.py", "mutants.py")]
# A line in bold that begins with what is to be written, or with its place, and after some words the text itself.
STEP = re.compile(
    r"^\*\*[^`*]*`([\w./-]+)`(?:(?!```).)*?\n\n```\w+\n(.*?)^```|^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE
)


@pytest.fixture
def kit(tmp_path):
    """A copy of the repository like a clone, without compiled layers."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.rstrip("\0").split("\0"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copy(SETTINGS, tmp_path)
    return tmp_path


def run(kit, command, *, status=0):
    """Run a command line of the document with this Python and the copy, and return its output."""
    programs = Path(sys.executable).parent
    command = command.replace(".venv/bin/python", sys.executable).replace("make ", f"make -o setup BIN={programs} ")
    environment = {**os.environ, "PYTHONPATH": str(kit)}
    done = subprocess.run(command, shell=True, cwd=kit, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def autograder(kit, words, **options):
    return run(kit, f".venv/bin/python -m autograder {words}", **options)


def new_leaky_relu(kit, **options):
    return autograder(kit, f"new-exercise {NAME} --notebook ConvolutionalNetworks --points 2", **options)


def adopt_total(kit, printed):
    """Replace a line of assignment.py by the one that new-exercise prints."""
    line = re.search(r"^c\.Assignment\.total_points = .*$", printed, re.MULTILINE)[0]
    file = kit / "autograder" / "assignments" / "assignment2" / "assignment.py"
    file.write_text(re.sub(r"^c\.Assignment\.total_points = [0-9.]+", line, file.read_text(), flags=re.MULTILINE))


def write(kit, place, text):
    """Replace the text of a whole file, or of a cell of the notebook."""
    if "/" in place:
        assert (kit / place).exists()
        return (kit / place).write_text(text)
    notebook = json.loads((kit / NOTEBOOK).read_text())
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == place]
    cell["source"] = text
    return (kit / NOTEBOOK).write_text(json.dumps(notebook))


def follow(kit, *, in_full):
    """Follow the document step by step, and return the output of all commands."""
    printed = []
    for place, text, commands in STEP.findall((kit / "docs/authoring.md").read_text()):
        if place:
            write(kit, place, text)
        for command in commands.splitlines():
            if command == "make mutants" and not in_full:
                continue
            if command == "make release" and not in_full:
                command = ".venv/bin/python -m autograder release --no-run"
            printed.append(run(kit, command))
            if "new-exercise" in command:
                adopt_total(kit, printed[-1])
    return "\n".join(printed)


def scored(kit, change, *, exercise=NAME):
    """Return the result of the new exercise for a student with another solution."""
    folder = kit / "submitted/ann/assignment2"
    shutil.copytree(kit / "source/assignment2", folder, ignore=shutil.ignore_patterns("zh"))
    text = (folder / NOTEBOOK.name).read_text()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    (folder / NOTEBOOK.name).write_text(text)
    autograder(kit, "score submitted/ann/assignment2 --json result.json")
    return json.loads((kit / "result.json").read_text())["exercises"][exercise]


@pytest.mark.slow
@pytest.mark.parametrize("in_full", [False, True])
def test_the_document_leads_to_an_exercise_that_is_released_scored_and_proven(kit, in_full):
    # As after the first command of the README, with fewer students.
    autograder(kit, "sample-class 2")
    autograder(kit, "grade")
    printed = follow(kit, in_full=in_full)
    assert "ConvolutionalNetworks.ipynb: normalized" in printed
    assert "4 of 4 mutants killed, 3 variants" in printed
    assert printed.count("the hidden tests are proven") == 1 + in_full
    assert f"{NAME}: 2 of 2 points" in printed
    assert "contain no line of a solution or of a cell for instructors" in printed
    released = (kit / "release/assignment2" / NOTEBOOK.name).read_text()
    assert f"def {NAME}(x, slope):" in released
    assert "np.where(x > 0, x, slope * x)" not in released
    assert "Mistakes to look for" not in released
    written = "".join((kit / path).read_text() for path in (*FILES, NOTEBOOK))
    assert not re.search(r"scale \* x|NAME|Multiply data|Say (how|in a few)|scaled\(", written)
    subprocess.run([sys.executable, "-m", "ruff", "check", kit / TOPIC], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--check", kit / TOPIC], check=True)

    assert "changed since an earlier run: all_blank, all_right" in autograder(kit, "grade")
    history = (kit / "results/assignment2/history.txt").read_text(encoding="utf-8")
    assert f"all_right: 150 → 150\n    {NAME}: a new exercise, 0 of 2 points" in history
    assert "graded after repair" not in history, "who came before it has no cell of it"
    autograder(kit, "export", status=1)  # answers wait for a person
    with (kit / "grades.csv").open(encoding="utf-8") as table:
        assert {row["student"]: row[NAME] for row in csv.DictReader(table)} == {"all_blank": "0", "all_right": "0"}

    plain = scored(kit, {"np.where(x > 0, x, slope * x)": "np.maximum(0, x)"})
    assert plain["score"] == 0
    assert {test["misconception"] for test in plain["tests"]} == {
        "You set negative numbers to zero, as a plain ReLU does. Scale them by the slope."
    }


@pytest.mark.slow
def test_the_unchanged_template_can_be_released_scored_and_proven(kit):
    printed = new_leaky_relu(kit)
    assert "released exercises and questions add up to 172" in autograder(kit, "release --no-run", status=2)
    adopt_total(kit, printed)
    assert "no hidden test is mentioned" in autograder(kit, "release --no-run")
    assert "the hidden tests are proven" in autograder(kit, f"mutants --exercise {NAME}")
    subprocess.run([sys.executable, "-m", "ruff", "check", kit / TOPIC], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--check", kit / TOPIC], check=True)
    exercise = scored(kit, {"return scale * x": "return x / scale"})
    assert (exercise["score"], exercise["points"]) == (0, 2)
    assert exercise["tests"][0]["misconception"] == "The data are divided by the scale, not multiplied."


@pytest.mark.slow
def test_the_unchanged_template_of_a_class_can_be_released_scored_and_proven(kit):
    adopt_total(kit, autograder(kit, "new-exercise DataCenter --class --notebook ConvolutionalNetworks --points 2"))
    topic = kit / "autograder" / "assignments" / "assignment2" / "data_center"
    assert "no hidden test is mentioned" in autograder(kit, "release --no-run")
    released = (kit / "release" / "assignment2" / NOTEBOOK.name).read_text()
    assert "DataCenter.transform is not written yet" in released
    assert "np.mean(x, axis=0)" not in released
    printed = autograder(kit, "mutants --exercise DataCenter")
    assert "2 of 2 mutants killed, 2 variants" in printed
    assert "the hidden tests are proven" in printed
    subprocess.run([sys.executable, "-m", "ruff", "check", topic], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--check", topic], check=True)
    exercise = scored(kit, {"return x - self.mean": "return x - np.mean(x, axis=0)"}, exercise="DataCenter")
    assert (exercise["score"], exercise["points"]) == (1, 2)
    assert [test["misconception"] for test in exercise["tests"]] == [
        *(None, "You subtract the means of the transformed data. Subtract the means of fit."),
    ]


@pytest.mark.slow
def test_a_new_assignment_works_next_to_the_first(kit):
    before = {path: path.read_bytes() for path in kit.rglob("*") if path.is_file()}
    autograder(kit, "new-assignment homework3")
    assert {path: path.read_bytes() for path in before} == before
    assert "points add up to 5: 5 by hidden tests" in autograder(kit, "release homework3")
    assert "points add up to 170: 150 by hidden tests" in autograder(kit, "release assignment2 --no-run")
    assert "2 of 2 mutants killed, 2 variants" in autograder(kit, "mutants homework3")
    assert "the hidden tests are proven" in autograder(kit, "mutants assignment2 --exercise relu_forward")
    shutil.copytree(kit / "source" / "homework3", kit / "submitted" / "ann" / "homework3")
    assert "1 submissions graded" in autograder(kit, "grade homework3")
    assert json.loads((kit / "results/homework3/ann.json").read_text())["result"]["score"] == 5
    project = (kit / "source" / "homework3" / "pyproject.toml").read_text()
    same = (kit / "source" / "assignment2" / "pyproject.toml").read_text()
    assert 'name = "cs231n-homework3"' in project
    assert project.partition("requires-python")[2] == same.partition("requires-python")[2], "it builds the same package"


def test_new_cells_come_after_the_last_exercise_or_the_one_that_is_named(kit):
    def order():
        text = (kit / NOTEBOOK).read_text()
        assert canonical_text(text) == text
        return [cell["id"] for cell in json.loads(text)["cells"]]

    before = order()
    new_leaky_relu(kit)
    cells = ["leaky-relu-forward-intro", "leaky-relu-forward-instructor", NAME, f"check_{NAME}"]
    last = before.index("check_spatial_groupnorm_backward") + 1
    assert order() == before[:last] + cells + before[last:]
    autograder(kit, "new-exercise clipped --notebook ConvolutionalNetworks.ipynb --after max_pool_forward_naive")
    place = order().index("check_max_pool_forward_naive") + 1
    assert order()[place : place + 4] == ["clipped-intro", "clipped-instructor", "clipped", "check_clipped"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["2fast"], "expected the name of a Python function, such as weighted_sum"),
        (["lambda"], "expected the name of a Python function, such as weighted_sum"),
        (["LeakyReLU"], "expected the name of a Python function, such as weighted_sum"),
        (["../escape"], "expected the name of a Python function, such as weighted_sum"),
        (["conv_forward_naive"], "ConvolutionalNetworks.ipynb already has an exercise conv_forward_naive"),
        (["softmax_loss"], "cs231n/layers.py, which students get, already defines softmax_loss"),
        (["imshow_noax"], "the code of ConvolutionalNetworks.ipynb already uses the name imshow_noax"),
        (["pooling"], "pooling already exists: take another name"),
        (["gradients"], "used by Python or by the grader"),
        (["nearest", "--class"], "expected the name of a Python class, such as NearestNeighbor, got 'nearest'"),
        (
            ["leaky", "--after", "batchnorm_forward"],
            "expected --after with an exercise of ConvolutionalNetworks.ipynb (conv_",
        ),
        (["leaky", "--notebook", "Nothing"], ", got 'Nothing'"),
    ],
)
def test_bad_arguments_give_one_line_and_write_nothing(course, monkeypatch, capsys, words, reason):
    monkeypatch.chdir(course.root)
    before = contents(course.root)
    assert main(["new-exercise", "--notebook", "ConvolutionalNetworks", *words]) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1
    assert contents(course.root) == before


def test_names_in_unreleased_notebooks_are_taken_too(tmp_path, monkeypatch, capsys):
    root = copy_course(tmp_path, notebooks=["ConvolutionalNetworks"])
    monkeypatch.chdir(root)
    before = contents(root)
    assert main(["new-exercise", "--notebook", "ConvolutionalNetworks", "relu_forward"]) == 2
    assert "the code of FullyConnectedNets.ipynb already uses the name relu_forward" in capsys.readouterr().err
    assert contents(root) == before


def test_an_unreleased_notebook_must_be_added_first(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(copy_course(tmp_path, notebooks=["ConvolutionalNetworks"]))
    assert main(["new-exercise", "--notebook", "Dropout", "leaky"]) == 2
    told = capsys.readouterr().err
    assert "Dropout.ipynb is not released: add 'Dropout' to c.Assignment.notebooks in" in told


@pytest.mark.parametrize("words", [["--points", "many"], ["--points", "0"], ["--points", "nan"]])
def test_points_must_be_a_number(monkeypatch, capsys, words):
    with pytest.raises(SystemExit) as ended:
        main(["new-exercise", "--notebook", "Dropout", "leaky", *words])
    assert ended.value.code == 2
    assert f"{words[1]} is not a positive number" in capsys.readouterr().err


def test_a_course_outside_of_the_clone_gets_the_exercise_in_its_own_folder(course, monkeypatch):
    monkeypatch.chdir(course.root)
    assert main(["new-exercise", NAME, "--notebook", "ConvolutionalNetworks"]) == 0
    content = load_assignment(course).content
    assert [test.exercise for test in content.tests if test.node.startswith(f"{NAME}/")] == [NAME]
    assert content.folder == course.assignments / "assignment2"


def test_if_one_file_can_t_be_written_no_file_is_written(kit):
    """The limit of 40 KiB is enough for the new files, but not for the notebook."""
    before = contents(kit)
    command = f"ulimit -f 40; PYTHONDONTWRITEBYTECODE=1 exec .venv/bin/python -m autograder new-exercise {NAME}"
    told = run(kit, f"bash -c '{command} --notebook ConvolutionalNetworks'", status=2)
    assert "ConvolutionalNetworks.ipynb (File too large): nothing was written" in told
    assert contents(kit) == before


def contents(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder): path.read_bytes() for path in files}
