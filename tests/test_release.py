"""The student version: its source, its reproducibility, and the check for leaks."""

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from courses import CONTENT, assign, copy_course
from in_process import nbgrader_here

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.release.bundle import zip_bytes
from autograder.release.checks_record import bundle_path, read_proof
from autograder.release.command import STUDENT_FILES, make_release, release_assignment
from autograder.release.leaks import find_leaks
from autograder.release.normalize import canonical_text, tidy_notebook
from autograder.release.side_by_side import execute_notebook
from autograder.release.validate import hidden_test_names, validate_source

ROOT = Path(__file__).parent.parent
NOTEBOOK = "ConvolutionalNetworks.ipynb"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """(assignment, release folder, files of the bundle), made by nbgrader from the source as it stands."""
    folder = tmp_path_factory.mktemp("released")
    copy_course(folder)
    course = load_course(folder)
    assignment = load_assignment(course)
    return assignment, folder / "out" / "assignment2", make_release(course, assignment, folder / "out")


def edit(course, change, name=NOTEBOOK):
    path = course.source / "assignment2" / name
    content = json.loads(path.read_text())
    change(content["cells"])
    path.write_text(canonical_text(json.dumps(content)))


def find(cells, grade_id):
    return next(cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def test_release_folder_is_up_to_date(released):
    """The tracked files equal the output of `make release`."""
    fresh = {path.name: path.read_bytes() for path in released[1].iterdir()}
    tracked = {path.name: path.read_bytes() for path in (ROOT / "release" / "assignment2").iterdir()}
    assert fresh == tracked, "run `make release` and commit release/"


def test_two_releases_have_the_same_bytes(released, course):
    files = make_release(course, load_assignment(course), course.root / "again")
    assert files == released[2]
    assert zip_bytes(files) == zip_bytes(dict(reversed(files.items())))


def test_stubs_equal_those_of_nbgrader(released):
    assignment, folder, _ = released
    for name, notebook in assignment.notebooks.items():
        cells = json.loads((folder / name).read_text())["cells"]
        for cell in notebook.cells_to_fill_in:
            assert "".join(find(cells, cell.grade_id)["source"]) == cell.stub


def test_each_stub_names_its_exercise(released):
    said = {}
    for name, notebook in released[0].notebooks.items():
        cells = json.loads((released[1] / name).read_text())["cells"]
        for cell in notebook.solution_cells:
            source = "".join(find(cells, cell.grade_id)["source"])
            said[cell.grade_id] = re.findall(r'raise NotImplementedError\("([\w.]+) is not written yet: .+"\)', source)
    nets = ("FullyConnectedNet", "ThreeLayerConvNet")
    assert said == {name: [name] for name in said} | {n: [f"{n}.__init__", f"{n}.loss"] for n in nets}


def test_plain_nbgrader_makes_the_same_notebooks(released, course):
    assert nbgrader_here(course.root, "generate_assignment", "assignment2", "--create").returncode == 0
    for name in released[0].notebooks:
        assert (course.release / "assignment2" / name).read_bytes() == (released[1] / name).read_bytes()


def test_the_bundle_has_exactly_the_files_that_students_need(released):
    names = {Path(name).relative_to("assignment2").as_posix() for name in released[2]}
    package = {
        path.relative_to(ROOT).as_posix()
        for folder in ("cs231n", "student_tools")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".py", ".pyx", ".typed", ".h") or (path.suffix == ".c" and path.parent.name == "kernels")
    }
    assert names == {*released[0].notebooks, *STUDENT_FILES, "cs231n/handed_out.json", "cs231n/hints.json"} | package


def test_nothing_leaks(released):
    leaks, checked = find_leaks(released[2], released[0], hidden_test_names(CONTENT), extra_files=STUDENT_FILES)
    assert leaks == []
    assert len(checked) == 7


LEAKS = {
    "solution line": (f"assignment2/{NOTEBOOK}", lambda text, lines: put_into_first_cell(text, lines[0])),
    "solution in the package": ("assignment2/cs231n/layers.py", lambda text, lines: text + "\n".join(lines)),
    "exercise in the package": (
        "assignment2/cs231n/layers.py",
        lambda text, lines: text + "\ndef conv_forward_naive(x): pass\n",
    ),
    "hidden test": ("assignment2/README.md", lambda text, lines: text + "\nsee test_wide_padding\n"),
    "instructor cell": ("assignment2/README.md", lambda text, lines: text + "\ninstructor-only\n"),
    "output": (f"assignment2/{NOTEBOOK}", lambda text, lines: text.replace('"outputs": []', '"outputs": [{}]', 1)),
    "solution in a text or a check": (
        f"assignment2/{NOTEBOOK}",
        lambda text, lines: put_into_first_cell(text, "\n".join(lines)),
    ),
    "missing file": ("assignment2/README.md", None),
    "extra file": ("assignment2/solutions.py", lambda text, lines: "x = 1\n"),
}


def put_into_first_cell(text, line):
    content = json.loads(text)
    content["cells"][0]["source"] = [line]
    return json.dumps(content)


@pytest.mark.parametrize("kind", LEAKS)
def test_each_kind_of_leak_is_found(released, kind):
    assignment, _, files = released
    name, change = LEAKS[kind]
    cell = next(c for c in assignment.notebooks[NOTEBOOK].solution_cells if c.grade_id == "conv_backward_naive")
    lines = sorted(cell.solution_lines, key=len)[-1:] if kind == "solution line" else cell.solution_lines
    changed = dict(files)
    if change is None:
        del changed[name]
    else:
        changed[name] = change(files.get(name, b"").decode(), lines).encode()
    leaks, _ = find_leaks(changed, assignment, hidden_test_names(CONTENT), extra_files=STUDENT_FILES)
    assert leaks


@pytest.mark.parametrize("exercise", ["conv_forward_naive", "relu_forward"])
@pytest.mark.parametrize("place", ["check", "text"])
def test_a_solution_in_a_check_or_a_text_is_a_leak(released, course, exercise, place):
    """A solution in a visible cell is a leak, whether it has many lines or one."""
    name = NOTEBOOK if exercise == "conv_forward_naive" else "FullyConnectedNets.ipynb"
    solution = next(c for c in released[0].notebooks[name].cells if c.grade_id == exercise).solution_lines

    def copy_solution(cells):
        cell = find(cells, f"check_{exercise}") if place == "check" else cells[0]
        cell["source"] = ["".join(cell["source"]) + "\n    " + "\n    ".join(solution[:3])]

    edit(course, copy_solution, name)
    notebook = json.loads(released[2][f"assignment2/{name}"])
    copy_solution(notebook["cells"])
    files = released[2] | {f"assignment2/{name}": json.dumps(notebook).encode()}
    leaks, _ = find_leaks(files, load_assignment(course), hidden_test_names(CONTENT), extra_files=STUDENT_FILES)
    assert len(leaks) == 1
    assert f"contains lines of a solution: {solution[0]}" in leaks[0]


def test_a_text_of_an_instructor_cell_is_a_leak(released):
    assignment, _, files = released
    secret = next(cell.source for cell in assignment.notebooks[NOTEBOOK].cells if cell.is_for_instructors)
    name = f"assignment2/{NOTEBOOK}"
    changed = files | {name: put_into_first_cell(files[name].decode(), max(secret.splitlines(), key=len)).encode()}
    leaks, _ = find_leaks(changed, assignment, hidden_test_names(CONTENT), extra_files=STUDENT_FILES)
    assert leaks


def rename_everything(cells):
    cell = find(cells, "conv_forward_naive")
    cell["source"] = [line.replace("def conv_forward_naive", "def conv_forward") for line in cell["source"]]


FAULTS = {
    "does not define conv_forward_naive": rename_everything,
    "add up to 169": lambda cells: find(cells, "check_conv_forward_naive")["metadata"]["nbgrader"].update(points=10),
    "expected a number of points in the cell check_conv_forward_naive, got 'ten'": lambda cells: find(
        cells, "check_conv_forward_naive"
    )["metadata"]["nbgrader"].update(points="ten"),
    "a solution or grade cell: add one": lambda cells: find(cells, "conv_forward_naive")["metadata"]["nbgrader"].pop(
        "grade_id"
    ),
    "the cell setup_convolution, line 2: not valid Python": lambda cells: find(cells, "setup_convolution").update(
        source="import numpy as np\nx = = 3"
    ),
    "loads functions from Renamed.ipynb, which does not exist": lambda cells: find(cells, "setup_convolution").update(
        source='f = definitions(\n    "Renamed.ipynb", "f"\n)'
    ),
    "the grade_id conv_backward_naive is in": lambda cells: cells.append(dict(find(cells, "conv_backward_naive"))),
    "is not followed by its grade cell": lambda cells: cells.remove(find(cells, "check_conv_forward_naive")),
    "has no ### BEGIN SOLUTION": lambda cells: find(cells, "conv_forward_naive").update(
        source='def conv_forward_naive():\n    """Doc."""'
    ),
    "is not valid Python": lambda cells: find(cells, "conv_forward_naive").update(source="def conv_forward_naive(:"),
    "must be locked": lambda cells: find(cells, "check_conv_forward_naive")["metadata"]["nbgrader"].update(
        locked=False
    ),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_problem_in_the_source_stops_the_release_and_is_reported(course, words):
    edit(course, FAULTS[words])
    with pytest.raises(UsageError) as error:
        release_assignment(course, run=False)
    assert words in str(error.value)
    assert not course.release.exists()
    assert not course.dist.exists()


def test_a_source_that_is_not_canonical_is_reported(course):
    path = course.source / "assignment2" / NOTEBOOK
    path.write_text(path.read_text().replace('"execution_count": null', '"execution_count": 3', 1))
    with pytest.raises(UsageError, match="is not in canonical form: run `python -m autograder tidy assignment2`"):
        validate_source(course, load_assignment(course))


def test_a_copy_of_a_notebook_is_one_problem(course):
    folder = course.source / "assignment2"
    (folder / "Dropout-Copy1.ipynb").write_text((folder / "Dropout.ipynb").read_text())
    with pytest.raises(UsageError) as error:
        validate_source(course, load_assignment(course))
    assert len(error.value.faults) == 1
    assert error.value.faults[0].startswith("Dropout-Copy1.ipynb has 13 grade_ids of Dropout.ipynb")


def test_each_problem_has_its_own_line(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    edit(course, FAULTS["add up to 169"])
    edit(course, lambda cells: find(cells, "dropout_forward").update(source="def f(:"), "Dropout.ipynb")
    assert main(["release", "--no-run"]) == 2
    told = capsys.readouterr().err.splitlines()
    first = told.index("autograder: the source of assignment2 is invalid:")
    assert len(told) > first + 2
    assert all(line.startswith("  - ") for line in told[first + 1 :])


def test_a_missing_total_of_points_is_reported(course):
    settings = replace(load_assignment(course).settings, total_points=0)
    assignment = load_assignment(course, settings=settings)
    with pytest.raises(UsageError) as error:
        validate_source(course, assignment)
    assert "assignment2/assignment.py sets no total" in str(error.value)
    assert "set c.Assignment.total_points = 170" in str(error.value)


def test_a_save_by_jupyter_changes_only_the_order_of_keys(course):
    """The canonical form restores the order, so diffs show only real changes."""
    path = course.source / "assignment2" / NOTEBOOK
    before = path.read_text()
    nbformat.write(nbformat.read(path, as_version=4), path)
    assert path.read_text() != before
    assert tidy_notebook(path)
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def test_x():\n    x = = 3\n", "in new/hidden_tests.py are not valid Python (line 2: invalid syntax)"),
        ("def test_x(): pass\n\n\ndef test_x(): pass\n", "new/hidden_tests.py defines test_x 2 times"),
    ],
)
def test_an_invalid_file_of_hidden_tests_is_reported(course, text, words):
    topic = course.assignments / "assignment2" / "new"
    topic.mkdir()
    (topic / "hidden_tests.py").write_text(text)
    with pytest.raises(UsageError) as error:
        validate_source(course, load_assignment(course))
    assert len(error.value.faults) == 1
    assert words in error.value.faults[0]


@pytest.mark.parametrize("folder", ["release", "dist"])
def test_if_a_folder_can_t_be_written_nothing_is_released(tmp_path, monkeypatch, capsys, folder):
    root = copy_course(tmp_path, notebooks=["Dropout"])
    assign(root, total_points=15)
    monkeypatch.chdir(root)
    (root / folder).write_text("in the way")
    assert main(["release", "--no-run"]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == f"autograder: cannot read or write {root / folder} (File exists): check what is at that path"
    assert (root / folder).read_text() == "in the way"
    assert not list(root.glob("release/*"))
    assert not list(root.glob("dist/*"))


def test_a_solved_notebook_must_not_fail_where_students_may(tmp_path):
    cell = {"cell_type": "code", "id": "a", "metadata": {"tags": ["raises-exception"]}, "source": "1 / 0"}
    cell |= {"execution_count": None, "outputs": []}
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(content))
    with pytest.raises(UsageError, match="the cell a failed: ZeroDivisionError"):
        execute_notebook(tmp_path / "a.ipynb")


def test_a_release_replaces_the_old_one_as_a_whole(course):
    old = course.release / "assignment2"
    old.mkdir(parents=True)
    (old / "stray.txt").write_text("old")
    release_assignment(course, run=False)
    assert sorted(path.name for path in old.iterdir()) == sorted([*load_assignment(course).notebooks, *STUDENT_FILES])
    with zipfile.ZipFile(course.dist / "assignment2-student.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("assignment2/README.md") == (old / "README.md").read_bytes()


def test_the_checks_are_printed_and_stored_for_this_bundle(course, capsys):
    release_assignment(course, run=False)
    printed = [line[2:] for line in capsys.readouterr().out.splitlines() if line.startswith("✔ ")]
    bundle = bundle_path(course, "assignment2")
    assert read_proof(bundle) == printed
    assert any("no hidden test is mentioned" in line for line in printed)
    bundle.write_bytes(bundle.read_bytes() + b"\0")
    assert read_proof(bundle) is None


@pytest.mark.parametrize("ties", ["subgradient", "every"])
def test_the_notebook_has_the_courses_rule_for_ties(course, ties):
    assign(course.root, options={"max_pool_ties": ties})
    make_release(course, load_assignment(course), course.root / "out")
    text = (course.root / "out" / "assignment2" / NOTEBOOK).read_text()
    assert ("This course also accepts" in text) == (ties == "every")
    assert ("pixel is not accepted" in text) == ("ties_max_pool_backward_naive" in text) == (ties == "subgradient")
    assert text.count("**Ties.**") == 1


def test_student_and_kit_ask_for_the_same_packages():
    import tomllib

    kit = tomllib.loads((ROOT / "pyproject.toml").read_text())
    student = tomllib.loads((ROOT / "source" / "assignment2" / "pyproject.toml").read_text())
    for key in ("dependencies", "requires-python"):
        assert kit["project"][key] == student["project"][key]
    assert kit["build-system"] == student["build-system"]
    assert kit["tool"]["setuptools"]["ext-modules"] == student["tool"]["setuptools"]["ext-modules"]


def test_lines_fit_into_a_window_of_jupyterlab():
    """At most 100 characters, but for formulas, tables, pictures and the line that students replace."""
    long = [
        (name, cell["id"], line)
        for name in ("FullyConnectedNets", "BatchNormalization", "Dropout", "ConvolutionalNetworks")
        for cell in json.loads((ROOT / "release" / "assignment2" / f"{name}.ipynb").read_text(encoding="utf-8"))[
            "cells"
        ]
        for line in "".join(cell["source"]).split("\n")
        if len(line) > 100
        and not cell["id"].startswith("expected-")
        and not line.startswith(("|", "![", "$$", "\\"))
        and "raise NotImplementedError(" not in line
    ]
    assert [where for where in long if "$$" not in where[2] and "\\frac" not in where[2]] == []
