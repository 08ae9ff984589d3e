"""Misplaced work: several notebooks in one, other suffixes, other cell types, unfinished merges."""

import json
import shutil
import zipfile

import pytest
from courses import ROOT, released_files
from sentences import repair_lines

from autograder.gradebook.merge_notebook import stage_submission
from autograder.intake.submission import read_submission
from autograder.repairs import RepairKind
from autograder.sample_class.command import solved_submission

NAMES = ("FullyConnectedNets.ipynb", "BatchNormalization.ipynb", "Dropout.ipynb", "ConvolutionalNetworks.ipynb")
CONVOLUTION, CONNECTED = NAMES[3], NAMES[0]
RELEASE = ROOT / "release" / "assignment2"
HELPER = {
    "cell_type": "code",
    "metadata": {},
    "outputs": [],
    "execution_count": None,
    "source": "def helper(): return 1",
}


@pytest.fixture(scope="module")
def solved(assignment, tmp_path_factory):
    """The solved notebooks: dict of name → content."""
    folder = tmp_path_factory.mktemp("solved")
    stage_submission(solved_submission(assignment, "ann"), assignment, folder)
    return {name: json.loads((folder / name).read_text()) for name in NAMES}


def copied(content):
    return json.loads(json.dumps(content))


def write(folder, name, content):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content))


def combined(solved, *, metadata=True):
    """All notebooks in one, as nbmerge makes it, with a helper of the student's own."""
    content = copied(solved[CONNECTED])
    content["cells"] = [cell for name in NAMES for cell in copied(solved[name])["cells"]]
    content["cells"].insert(9, dict(HELPER))
    if not metadata:
        for cell in content["cells"]:
            cell["metadata"] = {}
            cell.pop("id", None)
    return content


def read(folder, assignment):
    return read_submission(folder, assignment, student="ann")


def find(content, name):
    return next(cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def assert_everything_is_there(submission, assignment):
    """Every exercise and answer, in its own notebook, once; and nothing of the other notebooks."""
    assert submission.unusable == {}
    assert submission.attempted == {*assignment.exercises, *assignment.questions}
    for name, source in assignment.notebooks.items():
        cells = submission.notebooks[name]
        assert sorted(cell.grade_id for cell in cells if cell.grade_id) == sorted(
            cell.grade_id for cell in source.cells_to_fill_in
        )
        assert {cell.source for cell in cells if not cell.grade_id} <= {HELPER["source"]}


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("name", ["all.ipynb", CONVOLUTION, "My Homework"])
@pytest.mark.parametrize("untouched", [False, True])
def test_one_notebook_holds_all(tmp_path, assignment, solved, metadata, name, untouched):
    if untouched:
        shutil.copytree(RELEASE, tmp_path, dirs_exist_ok=True)
    write(tmp_path, name, combined(solved, metadata=metadata))
    submission = read(tmp_path, assignment)
    assert_everything_is_there(submission, assignment)
    assert all(HELPER["source"] in dict(submission.code(other)).values() for other in NAMES)
    others = [
        line
        for line in repair_lines(submission)
        if line.startswith(f"{NAMES[1]}: was found as {name}, which also has cells")
    ]
    assert len(others) == 1


def test_one_file_alone_holds_all(tmp_path, assignment, solved):
    write(tmp_path, "everything.ipynb.txt", combined(solved))
    assert_everything_is_there(read(tmp_path / "everything.ipynb.txt", assignment), assignment)


def test_two_notebooks_in_one_and_the_others_beside_it(tmp_path, assignment, solved):
    for name in NAMES:
        write(tmp_path, name, solved[name])
    content = copied(solved[CONVOLUTION])
    content["cells"] += solved[NAMES[1]]["cells"]
    write(tmp_path, CONVOLUTION, content)
    shutil.copy(RELEASE / NAMES[1], tmp_path)
    assert_everything_is_there(read(tmp_path, assignment), assignment)


def test_a_written_cell_counts_before_one_as_it_was_handed_out_in_another_file(tmp_path, assignment, solved):
    for name in NAMES:
        write(tmp_path, name, solved[name])
    source = assignment.notebooks[CONNECTED]
    stub = next(cell.stub for cell in source.solution_cells if cell.grade_id == "affine_forward")
    blank = copied(solved[CONNECTED])
    written = dict(find(blank, "affine_forward"))
    find(blank, "affine_forward")["source"] = stub
    write(tmp_path, CONNECTED, blank)
    moved = copied(solved[NAMES[2]])
    moved["cells"].append(written)
    write(tmp_path, NAMES[2], moved)
    submission = read(tmp_path, assignment)
    assert submission.attempted == {*assignment.exercises, *assignment.questions}
    assert repair_lines(submission) == (f"{CONNECTED}: the cell affine_forward was taken from {NAMES[2]}",)


def test_an_exercise_calls_one_of_another_notebook_that_stands_in_the_same_file(tmp_path, assignment, solved):
    content = combined(solved)
    cell = find(content, "dropout_forward")
    cell["source"] = "".join(cell["source"]) + "\n# as affine_forward has it"
    write(tmp_path, "all.ipynb", content)
    first = read(tmp_path, assignment).code("Dropout.ipynb")[0]
    assert first == (
        "your own first cell",
        'affine_forward = definitions("FullyConnectedNets.ipynb", "affine_forward")',
    )


@pytest.mark.parametrize("ending", [".ipynb.txt", ".ipynb.json", ".ipynb.download", ".json", "", ".ipynb (1)", ".nb"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_content_says_what_is_a_notebook(tmp_path, assignment, solved, ending, packed):
    folder = tmp_path / "ann"
    folder.mkdir()
    for name in NAMES:
        write(folder, name.removesuffix(".ipynb") + ending, solved[name])
    if packed:
        with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
            for path in folder.iterdir():
                archive.write(path, path.name)
        shutil.rmtree(folder)
        folder = tmp_path
    submission = read(folder, assignment)
    assert_everything_is_there(submission, assignment)
    assert submission.ignored == ()


def test_every_file_that_does_not_count_is_named_with_the_reason(tmp_path, assignment, solved):
    for name in NAMES:
        write(tmp_path, name, solved[name])
    (tmp_path / "notes.ipynb.txt").write_text("none")
    write(tmp_path, "other.ipynb", {"cells": [], "nbformat": 4})
    write(tmp_path, "more", {"cells": [dict(HELPER)], "nbformat": 4})
    shutil.copy(RELEASE / CONVOLUTION, tmp_path / "blank.ipynb")
    write(tmp_path, "same.ipynb", solved[CONVOLUTION])
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    (tmp_path / "unused.py").write_text("x = 1")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    (tmp_path / "settings.json").write_text('{"python": 3}')
    submission = read(tmp_path, assignment)
    assert repair_lines(submission) == ()
    assert sorted(submission.ignored) == [
        "blank.ipynb is unchanged",
        "broken.zip is in an archive that can't be opened (File is not a zip file): pack it again",
        "more has none of this assignment's cells",
        "notes.ipynb.txt is not a notebook (Expecting value in line 1): download it again from Jupyter and hand that"
        " in",
        "other.ipynb has none of this assignment's cells",
        "report.pdf is not a notebook: hand in the file that ends in .ipynb",
        "same.ipynb is a copy of ConvolutionalNetworks.ipynb that does not count",
        "unused.py is not imported by any notebook",
    ]


def test_what_a_student_gets_is_not_named_when_it_is_handed_in(tmp_path, assignment):
    for name, content in released_files().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    submission = read(tmp_path / "assignment2", assignment)
    assert (repair_lines(submission), submission.ignored) == ((), ())


@pytest.mark.parametrize("kind", ["markdown", "raw"])
@pytest.mark.parametrize("text", ["{}", "My solution:\n\n```python\n{}\n```\n\nIt works.", "~~~\n{}"])
@pytest.mark.parametrize("metadata", [True, False])
def test_a_solution_cell_of_another_kind_is_read_as_code(tmp_path, assignment, solved, kind, text, metadata):
    content = copied(solved[CONVOLUTION])
    cell = find(content, "conv_forward_naive")
    source = "".join(cell["source"])
    cell |= {"cell_type": kind, "source": text.format(source)}
    if not metadata:
        cell["metadata"] = {}
    write(tmp_path, CONVOLUTION, content)
    submission = read(tmp_path, assignment)
    what = {"markdown": "a Markdown", "raw": "a raw"}[kind]
    repair = f"{CONVOLUTION}: the cell conv_forward_naive is {what} cell; it was read as code"
    assert repair_lines(submission) == (repair,)
    assert dict(submission.code(CONVOLUTION))["cell conv_forward_naive"].strip() == source.strip()


def test_notes_about_an_exercise_are_no_code(tmp_path, assignment, solved):
    content = copied(solved[CONVOLUTION])
    content["cells"].append(
        {"cell_type": "markdown", "metadata": {}, "source": "```\ndef conv_forward_naive(x): ...\n```"}
    )
    write(tmp_path, CONVOLUTION, content)
    assert repair_lines(read(tmp_path, assignment)) == ()


MARKED = "<<<<<<< local\n{}\n{}=======\n{}\n>>>>>>> remote"
OPEN = "has unresolved merge conflicts; the {} side of each counts"


@pytest.mark.parametrize("base", ["", "||||||| base\npass\n"])
def test_in_a_cell_the_first_side_of_a_conflict_counts(tmp_path, assignment, solved, base):
    content = copied(solved[CONVOLUTION])
    find(content, "conv_forward_naive")["source"] = MARKED.format("def conv_forward_naive(): return 1", base, "b = 2")
    write(tmp_path, CONVOLUTION, content)
    submission = read(tmp_path, assignment)
    assert repair_lines(submission) == (f"{CONVOLUTION}: the cell conv_forward_naive {OPEN.format('first')}",)
    assert dict(submission.code(CONVOLUTION))["cell conv_forward_naive"] == "def conv_forward_naive(): return 1"


def test_in_a_cell_the_second_side_counts_where_the_first_is_as_it_was_handed_out(tmp_path, assignment, solved):
    content = copied(solved[CONVOLUTION])
    stub = next(c.stub for c in assignment.notebooks[CONVOLUTION].solution_cells if c.grade_id == "conv_forward_naive")
    *head, last = stub.split("\n")
    text = "\n".join(head) + "\n" + MARKED.format(last, "", "    return 5")
    find(content, "conv_forward_naive")["source"] = text
    write(tmp_path, CONVOLUTION, content)
    submission = read(tmp_path, assignment)
    assert repair_lines(submission) == (f"{CONVOLUTION}: the cell conv_forward_naive {OPEN.format('second')}",)
    assert dict(submission.code(CONVOLUTION))["cell conv_forward_naive"] == "\n".join([*head, "    return 5"])


@pytest.mark.parametrize("mark", ['<span style="color:red">**{}**</span>', "{}", "`{}`"])
@pytest.mark.parametrize("is_blank", [False, True])
def test_cells_that_are_marks_of_a_merge(tmp_path, assignment, solved, mark, is_blank):
    content = copied(solved[CONVOLUTION])
    cell = find(content, "conv_forward_naive")
    position = content["cells"].index(cell)
    stub = next(c.stub for c in assignment.notebooks[CONVOLUTION].solution_cells if c.grade_id == "conv_forward_naive")
    sides = [stub if is_blank else "def conv_forward_naive(): return 1", "def conv_forward_naive(): return 2"]
    marks = [
        {"cell_type": "markdown", "metadata": {}, "source": mark.format(text)}
        for text in ("<<<<<<< local", "=======", ">>>>>>> remote")
    ]
    first, second = ({**cell, "source": side} for side in sides)
    content["cells"][position : position + 1] = [marks[0], first, marks[1], second, marks[2]]
    write(tmp_path, CONVOLUTION, content)
    submission = read(tmp_path, assignment)
    assert dict(submission.code(CONVOLUTION))["cell conv_forward_naive"] == sides[1 if is_blank else 0]
    repair = f"{CONVOLUTION}: has cells between the merge marks <<<<<<< and >>>>>>>; those above ======= count"
    assert repair_lines(submission)[0] == repair
    assert not any("<<<<" in cell.source or "====" in cell.source for cell in submission.notebooks[CONVOLUTION])


def test_an_underlined_heading_is_no_mark(tmp_path, assignment, solved):
    content = copied(solved[CONVOLUTION])
    content["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "My notes\n=======\n\n>>>>>>> so"})
    write(tmp_path, CONVOLUTION, content)
    submission = read(tmp_path, assignment)
    assert repair_lines(submission) == ()
    assert submission.notebooks[CONVOLUTION][-1].source.startswith("My notes\n=======")


def test_files_that_the_notebooks_import_come_along(tmp_path, assignment, solved):
    content = copied(solved[CONVOLUTION])
    content["cells"].append(
        {
            **HELPER,
            "source": "import json, helpers, student_tools.own\nfrom tools.norms import unit\nimport cs231n.mine",
        }
    )
    write(tmp_path / "work", CONVOLUTION, content)
    files = {
        "helpers.py": "import numpy\nimport more_helpers",
        "more_helpers.py": "x = 1",
        "tools/__init__.py": "",
        "tools/norms.py": "def unit(x): return x",
        **dict.fromkeys(("other.py", "cs231n/mine.py", "student_tools/own.py", "json.py"), ""),
    }
    for name, text in files.items():
        (tmp_path / "work" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "work" / name).write_text(text)
    submission = read(tmp_path, assignment)
    used = ["helpers.py", "more_helpers.py", "tools/__init__.py", "tools/norms.py"]
    assert submission.modules == {name: files[name] for name in used}
    lines = [f"your notebooks import work/{name}, so it counts like a cell" for name in used]
    assert sorted(repair_lines(submission)[-4:]) == sorted(lines)
    assert sorted(submission.ignored) == [
        f"work/{name} is not imported by any notebook" for name in ("json.py", "other.py")
    ]
    assert type(submission).from_json(submission.to_json()) == submission


def test_every_repair_has_a_kind(tmp_path, assignment, solved):
    content = combined(solved)
    find(content, "conv_forward_naive")["source"] = MARKED.format("def conv_forward_naive(): return helpers", "", "")
    cell = find(content, "affine_forward")
    cell["cell_type"] = "raw"
    content["cells"].append({**HELPER, "source": "import helpers"})
    marks = [
        {"cell_type": "markdown", "metadata": {}, "source": text} for text in ("<<<<<<< a", "=======", ">>>>>>> b")
    ]
    content["cells"] += marks
    write(tmp_path, "all.ipynb", content)
    (tmp_path / "helpers.py").write_text("")
    kinds = {repair.kind for repair in read(tmp_path, assignment).repairs}
    assert kinds == {
        RepairKind.FOUND_BY_CELLS,
        RepairKind.MERGE_IN_CELL,
        RepairKind.MERGE_OF_CELLS,
        RepairKind.CELL_READ_AS_CODE,
        RepairKind.OWN_MODULE,
    }
