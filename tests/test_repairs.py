"""Repairs: each kind of damage is repaired, and the result reports it."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from sentences import problem_lines, repair_lines

from autograder.intake.submission import read_submission

ROOT = Path(__file__).parent.parent
NAME, OTHER = "ConvolutionalNetworks.ipynb", "BatchNormalization.ipynb"
WORK = "def conv_forward_naive(x, w, b, conv_param):\n    return 'my work, für mich'"


@pytest.fixture
def folder(tmp_path):
    """Both released notebooks, with one exercise solved in each."""
    shutil.copytree(ROOT / "release" / "assignment2", tmp_path / "assignment2")
    write(tmp_path / "assignment2", solved(content_of(tmp_path / "assignment2")))
    other = content_of(tmp_path / "assignment2", OTHER)
    find(other, "layernorm_forward")["source"] = "def layernorm_forward(*args):\n    pass"
    write(tmp_path / "assignment2", other, OTHER)
    return tmp_path / "assignment2"


def content_of(folder, name=NAME):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def write(folder, content, name=NAME):
    (folder / name).write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def find(content, name):
    return next(cell for cell in content["cells"] if grade_id(cell) == name)


def solved(content, text=WORK):
    find(content, "conv_forward_naive")["source"] = text
    return content


def read(folder, assignment):
    return read_submission(folder, assignment, student="ann")


def answer(submission, name="conv_forward_naive"):
    """The text that counts for an exercise."""
    (text,) = [cell.source for cells in submission.notebooks.values() for cell in cells if cell.grade_id == name]
    return text


def assert_repaired(submission, *repairs, work=WORK):
    assert submission.unusable == {}
    assert repair_lines(submission) == repairs
    assert answer(submission) == work
    assert answer(submission, "layernorm_forward").startswith("def layernorm_forward(*args)")
    assert submission.attempted == {"conv_forward_naive", "layernorm_forward"}


def test_nothing_to_repair(folder, assignment):
    assert_repaired(read(folder, assignment))


@pytest.mark.parametrize(
    "name", ["hw (1).ipynb", "conv.IPYNB", "a/b/c/My Notebook.ipynb", "ConvolutionalNetworks (1).ipynb"]
)
def test_a_renamed_notebook_is_known_by_its_cells(folder, assignment, name):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / NAME).rename(folder / name)
    assert_repaired(read(folder, assignment), f"{NAME}: was found as {name}")


def test_the_edited_copy_counts_before_an_untouched_one_of_the_right_name(folder, assignment):
    (folder / NAME).rename(folder / "ConvolutionalNetworks-Copy1.ipynb")
    shutil.copy(ROOT / "release" / "assignment2" / NAME, folder)
    assert_repaired(read(folder, assignment), f"{NAME}: was found as ConvolutionalNetworks-Copy1.ipynb")


def test_an_edited_notebook_of_the_right_name_counts_before_all_copies(folder, assignment):
    shutil.copy(folder / NAME, folder / "the same.ipynb")
    assert_repaired(read(folder, assignment))
    write(folder, solved(content_of(folder), "other"), "copy.ipynb")
    repair = f"{NAME}: counts, but not copy.ipynb, an edited copy with different work"
    assert_repaired(read(folder, assignment), repair)


@pytest.mark.parametrize("name", ["ConvolutionalNetworks-{}.ipynb", "ConvolutionalNetworks ({}).ipynb"])
def test_the_newest_attempt_counts_by_the_number_of_canvas_moodle_and_browsers(folder, assignment, name):
    for number in (2, 10):
        write(folder, solved(content_of(folder), f"{WORK}  # {number}"), name.format(number))
    repairs = [
        f"{NAME}: was found as {name.format(10)}, the attempt with the highest number in its name",
        *(
            f"{NAME}: {name.format(10)} counts, but not {other}, an edited copy with different work"
            for other in (NAME, name.format(2))
        ),
    ]
    assert_repaired(read(folder, assignment), *repairs, work=f"{WORK}  # 10")
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for file in list(folder.glob("*.ipynb")):
            archive.write(file, f"hw/{file.name}")
            file.unlink()
    repairs = [line.replace(name.format(10), f"all.zip/hw/{name.format(10)}") for line in repairs]
    repairs[2] = repairs[2].replace(name.format(2), f"all.zip/hw/{name.format(2)}")
    assert_repaired(read(folder, assignment), *repairs, work=f"{WORK}  # 10")


def test_an_attempt_without_other_work_changes_nothing(folder, assignment):
    shutil.copy(folder / NAME, folder / "ConvolutionalNetworks-1.ipynb")
    shutil.copy(ROOT / "release" / "assignment2" / NAME, folder / "ConvolutionalNetworks-2.ipynb")
    assert_repaired(read(folder, assignment))


def test_of_two_edited_copies_the_last_counts_and_both_are_named(folder, assignment):
    for number in (9, 10):
        write(folder, solved(content_of(folder), f"{WORK}  # {number}"), f"hw ({number}).ipynb")
    (folder / NAME).unlink()
    repair = f"{NAME}: was found as hw (10).ipynb, the last of 2 edited ones (hw (9).ipynb, hw (10).ipynb)"
    assert_repaired(read(folder, assignment), repair, work=f"{WORK}  # 10")


def test_two_notebooks_under_each_others_names(folder, assignment):
    (folder / NAME).rename(folder / "x")
    (folder / OTHER).rename(folder / NAME)
    (folder / "x").rename(folder / OTHER)
    assert_repaired(read(folder, assignment), f"{OTHER}: was found as {NAME}", f"{NAME}: was found as {OTHER}")


@pytest.mark.parametrize("inside", ["{}", "assignment2/{}", "work/final/{}", "Ann - {}"])
def test_an_archive_is_looked_through(folder, assignment, inside):
    with zipfile.ZipFile(folder / "ann.zip", "w") as archive:
        for name in (NAME, OTHER):
            archive.write(folder / name, inside.format(name))
            archive.writestr(f"__MACOSX/{inside.format('._' + name)}", b"\0\5\26\7")
            (folder / name).unlink()
    submission = read(folder, assignment)
    assert (submission.unusable, answer(submission)) == ({}, WORK)


def test_stripped_metadata(folder, assignment):
    content = content_of(folder)
    for cell in content["cells"]:
        cell["metadata"] = {}
    write(folder, content)
    assert_repaired(
        read(folder, assignment), f"{NAME}: 9 cells have lost their names; they were found by their definitions"
    )


def test_one_cell_written_anew(folder, assignment):
    content = content_of(folder)
    find(content, "conv_forward_naive")["metadata"] = {}
    write(folder, content)
    assert_repaired(
        read(folder, assignment),
        f"{NAME}: the cell conv_forward_naive has lost its name; it was found by its definitions",
    )


def test_work_above_the_cell_that_was_left_as_it_was(folder, assignment):
    content = content_of(folder)
    cell = find(content, "conv_forward_naive")
    position = content["cells"].index(cell)
    content["cells"].insert(position, {"cell_type": "code", "metadata": {}, "source": WORK, "outputs": []})
    cell["source"] = find(content_of(ROOT / "release" / "assignment2"), "conv_forward_naive")["source"]
    write(folder, content)
    assert_repaired(
        read(folder, assignment),
        f"{NAME}: the cell conv_forward_naive is unchanged; a cell above defines conv_forward_naive and counts",
    )


def test_two_exercises_in_one_cell(folder, assignment):
    content = content_of(folder)
    both = WORK + "\n\n\ndef conv_backward_naive(dout, cache):\n    pass"
    find(content, "conv_forward_naive")["source"] = both
    content["cells"].remove(find(content, "conv_backward_naive"))
    write(folder, content)
    submission = read(folder, assignment)
    assert answer(submission) == both
    assert answer(submission, "conv_backward_naive").startswith("#")  # nothing that would define it away
    assert "conv_backward_naive" in submission.attempted
    assert repair_lines(submission) == (
        f"{NAME}: conv_backward_naive was taken from the cell conv_forward_naive, which defines it",
    )


def test_deleted_cells(folder, assignment):
    content = content_of(folder)
    for name in ("check_conv_forward_naive", "max_pool_forward_naive"):
        content["cells"].remove(find(content, name))
    write(folder, content)
    assert_repaired(
        read(folder, assignment),
        f"{NAME}: the cell max_pool_forward_naive is missing; an empty cell was added",
        f"{NAME}: the cell check_conv_forward_naive is missing; it was restored",
    )


def test_a_duplicated_cell(folder, assignment):
    content = content_of(folder)
    blank = find(content_of(ROOT / "release" / "assignment2"), "conv_forward_naive")
    content["cells"].append(blank)
    write(folder, content)
    repair = f"{NAME}: the cell conv_forward_naive appears 2 times; the edited one counts"
    assert_repaired(read(folder, assignment), repair)


def test_other_programs_metadata_and_another_kernel(folder, assignment):
    content = content_of(folder)
    content["metadata"] = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
    }
    for cell in content["cells"]:
        cell["metadata"] |= {"id": "aB3", "vscode": {"languageId": "r"}, "colab": {"base_uri": "https://x.invalid"}}
        cell.pop("id", None)
    write(folder, content | {"nbformat_minor": 0})
    assert_repaired(read(folder, assignment))


def test_format_3(folder, assignment):
    content = content_of(folder)
    cells = []
    for cell in content["cells"]:
        cell = {**cell, "source": "".join(cell["source"])}
        if cell["cell_type"] == "code":
            cell = {**cell, "input": cell.pop("source"), "language": "python", "prompt_number": 1, "collapsed": False}
        cells.append(cell)
    old = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    write(folder, old)
    assert_repaired(read(folder, assignment), f"{NAME}: is in an old format; it was converted")


def test_a_format_to_come(folder, assignment):
    write(folder, content_of(folder) | {"nbformat": 5})
    assert_repaired(read(folder, assignment), f"{NAME}: has the unknown format 5; it was read as format 4")


@pytest.mark.parametrize(
    ("encoding", "repair"),
    [
        ("utf-8-sig", None),
        ("utf-16", "is encoded in UTF-16 instead of UTF-8; it was converted"),
        ("utf-32", "is encoded in UTF-32 instead of UTF-8; it was converted"),
        ("cp1252", "is not encoded in UTF-8; it was read as Windows-1252, and some letters may be wrong"),
    ],
)
def test_encodings(folder, assignment, encoding, repair):
    content = content_of(folder)
    keep = {"conv_forward_naive"} | {cell.grade_id for cell in assignment.notebooks[NAME].cells if cell.is_graded}
    for cell in content["cells"]:  # what has no such letters at all
        if grade_id(cell) not in keep and encoding == "cp1252":
            cell["source"] = "".join(cell["source"]).encode("ascii", "ignore").decode()
    text = json.dumps(content, ensure_ascii=False)
    (folder / NAME).write_bytes(text.encode(encoding, "ignore"))
    assert_repaired(read(folder, assignment), *([f"{NAME}: {repair}"] if repair else []))


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_other_systems(folder, assignment, ending):
    content = content_of(folder)
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", ending)
    (folder / NAME).write_bytes(json.dumps(content, indent=1).replace("\n", "\r\n").encode())
    assert_repaired(read(folder, assignment))


@pytest.mark.parametrize("rubbish", ["\n<html>Session expired</html>", "}", "\0\0\0\0", '{"nbformat": 4}'])
def test_rubbish_behind_the_end(folder, assignment, rubbish):
    with open(folder / NAME, "a") as file:
        file.write(rubbish)
    repair = f"{NAME}: has {len(rubbish)} characters after its end; they were left out"
    assert_repaired(read(folder, assignment), repair)


@pytest.mark.parametrize("base", [False, True])
def test_a_merge_that_was_not_finished(folder, assignment, base):
    lines = (folder / NAME).read_text().split("\n")
    number = next(i for i, line in enumerate(lines) if "my work" in line)
    theirs = lines[number].replace("my work, für mich", "theirs")
    old = ["||||||| merged common ancestors", lines[number].replace("my", "no")] if base else []
    lines[number : number + 1] = ["<<<<<<< HEAD", lines[number], *old, "=======", theirs, ">>>>>>> 1a2b3c4 (theirs)"]
    (folder / NAME).write_text("\n".join(lines))
    repair = f"{NAME}: has unresolved merge conflicts; the first side of each counts"
    assert_repaired(read(folder, assignment), repair)


def test_a_file_that_breaks_off(folder, assignment):
    text = (folder / NAME).read_text()
    cut = text.index("def max_pool_forward_naive")
    (folder / NAME).write_text(text[:cut])
    submission = read(folder, assignment)
    assert submission.unusable == {}
    assert answer(submission) == WORK
    first, *others = repair_lines(submission)
    assert first.startswith(f"{NAME}: ends too early (")
    assert first.endswith("cells could be read: hand in the whole file if it had more")
    assert any("max_pool_forward_naive is missing" in repair for repair in others)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b"%PDF-1.7\n",
            "is not a notebook (Expecting value in line 1): download it again from Jupyter and hand that in",
        ),
        (b"<!DOCTYPE html><title>Log in</title>", "is not a notebook"),
        (b"", "is not a notebook"),
        (
            json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "metadata": {}, "source": "svm = 1"}]}).encode(),
            "has none of this assignment's cells: hand in the released notebook with your code in its",
        ),
    ],
)
def test_what_can_not_be_repaired_says_what_to_do(folder, assignment, content, reason):
    (folder / NAME).write_bytes(content)
    submission = read(folder, assignment)
    assert list(submission.unusable) == [NAME]
    assert reason in problem_lines(submission)[NAME]
    assert repair_lines(submission) == ()
    assert answer(submission, "layernorm_forward")


def test_a_missing_notebook(folder, assignment):
    (folder / NAME).unlink()
    submission = read(folder, assignment)
    assert problem_lines(submission) == {NAME: f"{NAME} was not handed in"}, "the others are in use, and no hint"


def test_what_lies_there_in_place_of_a_notebook_is_named(folder, assignment):
    (folder / NAME).rename(folder / "ConvolutionalNetworks.py")
    (folder / ".DS_Store").write_bytes(b"")
    (folder / "timestamp.txt").write_text("2026-11-19 10:00:00 UTC")
    there = "ConvolutionalNetworks.py: hand in the notebook itself, the file that ends in .ipynb"
    assert problem_lines(read(folder, assignment)) == {NAME: f"{NAME} was not handed in (got {there})"}


def test_a_notebook_found_under_another_name_is_no_hint_for_those_that_are_missing(folder, assignment):
    (folder / NAME).rename(folder / "mine.ipynb")
    (folder / OTHER).unlink()
    assert problem_lines(read(folder, assignment)) == {OTHER: f"{OTHER} was not handed in"}


def test_a_cell_that_was_moved_into_another_notebook(folder, assignment):
    content = content_of(folder)
    cell = find(content, "conv_forward_naive")
    content["cells"].remove(cell)
    write(folder, content)
    other = content_of(folder, OTHER)
    other["cells"].append(cell)
    write(folder, other, OTHER)
    submission = read(folder, assignment)
    assert_repaired(submission, f"{NAME}: the cell conv_forward_naive was taken from {OTHER}")
    names = [cell.grade_id for cell in submission.notebooks[NAME] if cell.grade_id]
    assert names.index("conv_forward_naive") < names.index("conv_backward_naive")
