"""Texts that the release derives for students: points in headings, expected output, rules of the course."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from courses import ASSIGNMENT, assign, copy_course

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.course.expected_output import (
    NOT_SHOWN,
    changed_output,
    expected_output_file,
    printed_texts,
    read_expected_output,
)
from autograder.errors import UsageError
from autograder.release import execute
from autograder.release.command import make_release

ROOT = Path(__file__).parent.parent
FOLDED = "<details>\n<summary>What the correct solution prints</summary>\n\n```text\n{}\n```\n\n</details>"


def release(folder, **settings):
    """Return file name → content of a student version, by cell id for notebooks."""
    course = load_course(copy_course(folder, notebooks=("Dropout", "ConvolutionalNetworks")))
    (course.root / "course_config.py").open("a").writelines(
        f"c.AssignmentKit.{name} = {value!r}\n" for name, value in settings.items()
    )
    course = load_course(course.root)
    make_release(course, load_assignment(course), folder / "out")
    out = folder / "out" / "assignment2"
    return {path.name: read(path) for path in out.iterdir()}


def read(path):
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}


def headings(cells):
    return [line for text in cells.values() for line in text.split("\n") if line.startswith("#") and "points)" in line]


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    rules = {"ai_policy": "No assistants.", "where_to_ask": "Ask [here](https://example.org/\\1)."}
    return release(tmp_path_factory.mktemp("released"), **rules)


def test_headings_have_the_points_of_their_exercises_and_questions(released):
    assert headings(released["Dropout.ipynb"]) == [
        "## Dropout: forward pass (6 points)",
        "## Dropout: backward pass (4 points)",
        "## Inline question 1 (5 points)",
    ]
    convolution = headings(released["ConvolutionalNetworks.ipynb"])
    assert "### Spatial batch normalization: forward pass (5 points)" in convolution  # not the heading above it
    assert "## Three-layer ConvNet (13 points)" in convolution
    assert len(convolution) == 10


def test_one_heading_for_several_exercises_names_each(tmp_path):
    course = load_course(copy_course(tmp_path, notebooks=("Dropout",)))
    path = course.source / "assignment2" / "Dropout.ipynb"
    text = path.read_text(encoding="utf-8")
    text = text.replace("## Dropout: backward pass\\n", "Now the backward pass.\\n").replace(
        '"points": 4', '"points": 1'
    )
    path.write_text(text, encoding="utf-8")
    make_release(course, load_assignment(course), tmp_path / "out")
    cells = read(tmp_path / "out" / "assignment2" / "Dropout.ipynb")
    assert (
        "## Dropout: forward pass (dropout_forward: 6 points, dropout_backward: 1 point)\n"
        in cells["dropout-forward-intro"]
    )


def test_exercises_that_do_not_count_have_no_points_in_their_heading(tmp_path):
    folder = copy_course(tmp_path, notebooks=("Dropout",))
    assign(folder, void=["dropout_backward"])
    course = load_course(folder)
    make_release(course, load_assignment(course), tmp_path / "out")
    cells = read(tmp_path / "out" / "assignment2" / "Dropout.ipynb")
    assert "## Dropout: backward pass\n" in cells["dropout-backward-intro"]


def test_the_readme_has_the_rules_of_the_course(released):
    readme = released["README.md"]
    assert "**AI assistants.** No assistants.\n" in readme
    assert "**Questions.** Ask [here](https://example.org/\\1).\n" in readme
    assert "<!--" not in readme
    assert "may ask an AI assistant" not in readme


def test_without_settings_the_readme_has_its_own_rules():
    readme = (ROOT / "release" / "assignment2" / "README.md").read_text(encoding="utf-8")
    assert "**AI assistants.** You may ask an AI assistant to explain" in readme
    assert "<!--" not in readme


def test_the_table_of_notebooks_in_the_readme_has_their_points():
    readme = (ROOT / "source" / "assignment2" / "README.md").read_text(encoding="utf-8")
    told = {name: float(points) for name, points in re.findall(r"^\| `(\w+\.ipynb)` \|[^|]*\| (\d+) \|", readme, re.M)}
    every = [*ASSIGNMENT.exercises.values(), *ASSIGNMENT.questions.values()]
    assert told == {name: sum(one.points for one in every if one.notebook == name) for name in ASSIGNMENT.notebooks}


def test_the_symbols_are_the_same_in_all_notebooks():
    tables = {read(ROOT / "source" / "assignment2" / name)["symbols"] for name in ASSIGNMENT.notebooks}
    assert len(tables) == 1


def test_expected_output_is_folded_below_its_cell(tmp_path):
    folder = copy_course(tmp_path, notebooks=("Dropout",))
    course = load_course(folder)
    assignment = load_assignment(course)
    texts = {"Dropout.ipynb": {"check_dropout_forward": "p = 0.25: 0.25 of the *numbers* <kept>\n\nmean: 1e-04  ✔"}}
    expected_output_file(assignment, None).write_text(json.dumps(texts), encoding="utf-8")
    make_release(course, load_assignment(course), tmp_path / "out")
    cells = read(tmp_path / "out" / "assignment2" / "Dropout.ipynb")
    names = list(cells)
    assert names[names.index("check_dropout_forward") + 1] == "expected-check_dropout_forward"
    shown = cells["expected-check_dropout_forward"]
    assert shown == FOLDED.format("p = 0.25: 0.25 of the *numbers* <kept>\n\nmean: 1e-04  ✔")
    assert [name for name in names if name.startswith("expected-")] == ["expected-check_dropout_forward"]


def executed(*cells):
    """Make an executed notebook of (id, text that it printed, metadata)."""
    notebook = nbformat.v4.new_notebook()
    for name, text, metadata in cells:
        outputs = [
            nbformat.v4.new_output("stream", name="stdout", text=text),
            nbformat.v4.new_output("stream", name="stderr", text="a progress bar"),
        ]
        notebook.cells.append(nbformat.v4.new_code_cell("pass", outputs=outputs, metadata=metadata, id=name))
    return notebook


def test_what_checks_print_is_recorded():
    lines = "\n".join(f"iteration {i}" for i in range(100))
    notebook = executed(
        ("check", "error: 1e-9 \n", {}),
        ("silent", "", {}),
        ("own", "secret", {"nbgrader": {"solution": True}}),
        ("torch", "2.13", {"tags": [NOT_SHOWN]}),
        ("log", lines, {}),
    )
    found = printed_texts(notebook)
    assert found.keys() == {"check", "log"}
    assert found["check"] == "error: 1e-9"
    shortened = found["log"].split("\n")
    assert len(shortened) == 40
    assert shortened[:2] == ["iteration 0", "iteration 1"]
    assert shortened[12] == "…"
    assert shortened[-1] == "iteration 99"


@pytest.mark.parametrize(
    ("recorded", "printed", "is_same"),
    [
        ("error:  9.7e-10  ✔", "error:  0.0  ✔", True),
        ("means: [ 1.  -2.5]", "means:  [1.25 0.1e-3]", True),
        ("loss: nan", "loss: 2.3", True),
        ("error:  9.7e-10  ✔", "dx error:  9.7e-10  ✔", False),
        ("error: 1", "", False),
        ("", "error: 1", False),
        # With less data, a training prints fewer lines.
        ("step 1\nepoch 1\nstep 3\nstep 5\nepoch 2", "step 1\nepoch 1\nepoch 2\nstep 9", True),
        ("step 1\nstep 2\n…\nstep 9", "step 1\nstep 2", True),
        ("step 1\nstep 2", "step 1", False),
        ("step 1", "step 1\nstep 2", False),
        ("step 1\nstep 2\nend", "step 1\nstep 2", False),
        ("step 1\nstep 2", "step 1\nstep 2\nsteps 3", False),
        ("[1 2\n 3]", "[1 2 3]", True),
    ],
)
def test_only_other_words_make_recorded_output_old(recorded, printed, is_same):
    faults = list(changed_output({"A.ipynb": {"check": recorded}}, {"A.ipynb": {"check": printed}}))
    assert (faults == []) is is_same
    assert is_same or faults[0].startswith("A.ipynb: the cell check prints other words than recorded (")


def test_a_damaged_record_is_named(tmp_path):
    course = load_course(copy_course(tmp_path, notebooks=("Dropout",)))
    assignment = load_assignment(course)
    expected_output_file(assignment, "zh").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=r"cannot read .*zh/expected_output\.json .*record the output again"):
        read_expected_output(assignment, "zh")


def test_every_check_of_the_assignment_has_expected_output():
    recorded = read_expected_output(ASSIGNMENT)
    for name in ASSIGNMENT.notebooks:
        checks = [cell.grade_id for cell in ASSIGNMENT.notebooks[name].cells if cell.is_graded and cell.kind == "code"]
        assert set(checks) <= recorded[name].keys()


def test_the_chinese_expected_output_is_that_of_the_same_cells():
    english, chinese = read_expected_output(ASSIGNMENT), read_expected_output(ASSIGNMENT, "zh")
    assert {name: texts.keys() for name, texts in english.items()} == {name: t.keys() for name, t in chinese.items()}
    assert "训练准确率" in chinese["ConvolutionalNetworks.ipynb"]["train_network"]


def test_recording_a_translation_does_not_prove_the_english_notebooks(tmp_path, monkeypatch):
    course = load_course(copy_course(tmp_path, notebooks=("Dropout",)))
    assignment = load_assignment(course)
    monkeypatch.setattr(
        execute, "execute_notebooks", lambda paths, **_: [nbformat.read(p, as_version=4) for p in paths]
    )
    stamp = course.root / ".cache" / "ran-assignment2"
    execute.run_solved_notebooks(course, assignment, record=True, language="zh")
    assert not stamp.exists()
    execute.run_solved_notebooks(course, assignment, record=True)
    assert stamp.exists()


def test_cells_that_load_data_have_no_expected_output():
    """With the synthetic data they print a line more, and a release would stop."""
    for name, notebook in ASSIGNMENT.notebooks.items():
        loading = [
            cell.grade_id for cell in notebook.cells if cell.kind == "code" and "get_CIFAR10_data(" in cell.source
        ]
        assert loading
        assert (
            not {cell for cell in loading if cell.startswith("load_")} & read_expected_output(ASSIGNMENT)[name].keys()
        )
