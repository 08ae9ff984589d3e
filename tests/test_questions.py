"""Questions that are graded by hand: from the student's file to the gradebook."""

import json
import shutil
from pathlib import Path

import pytest
from courses import copy_course
from sentences import repair_lines

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.gradebook.merge_notebook import rebuild_notebook
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.grading.command import grade_class
from autograder.intake.submission import read_submission
from autograder.release.leaks import find_leaks
from autograder.release.normalize import canonical_text
from autograder.release.validate import validate_source

ROOT = Path(__file__).parent.parent
NAME, QUESTION = "BatchNormalization.ipynb", "question_small_batches"
ANSWER = "With two samples\neach feature becomes +1 or -1."
STUB = "YOUR ANSWER HERE"


def edit(folder, change, name=NAME):
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    change(content["cells"])
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def find(cells, grade_id=QUESTION):
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def answered(cells, text=ANSWER):
    find(cells)["source"] = text


def with_code(cells):
    find(cells, "layernorm_forward")["source"] = "def layernorm_forward(*args):\n    return 1"


def own(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def read(folder, assignment):
    """(the answer as it is rebuilt, repairs, names of what was attempted)."""
    submission = read_submission(folder, assignment, student="ann")
    rebuilt = rebuild_notebook(submission, NAME, assignment)
    return "".join(find(rebuilt["cells"])["source"]), repair_lines(submission), submission.attempted


def test_an_answer_is_kept_and_counts_as_an_attempt(folder, assignment):
    edit(folder, answered)
    assert read(folder, assignment) == (ANSWER, (), {QUESTION})
    cells = read_submission(folder, assignment, student="ann").code(NAME)
    assert ANSWER not in str(cells), "an answer is not code"


@pytest.mark.parametrize("text", [STUB, f"\n{STUB}  \n", "", " \n"])
def test_an_answer_that_is_none_is_the_stub_to_the_letter(folder, assignment, text):
    edit(folder, lambda cells: answered(cells, text))
    assert read(folder, assignment) == (STUB, (), set())


@pytest.mark.parametrize("kind", ["code", "raw"])
def test_the_type_of_the_cell_does_not_matter(folder, assignment, kind):
    edit(folder, lambda cells: find(cells).update(source=ANSWER, cell_type=kind))
    assert read(folder, assignment) == (ANSWER, (), {QUESTION})


def test_a_missing_cell_is_put_back(folder, assignment):
    edit(folder, lambda cells: cells.remove(find(cells)))
    line = f"{NAME}: the cell {QUESTION} is missing; an empty cell was added"
    assert read(folder, assignment) == (STUB, (line,), set())


@pytest.mark.parametrize("first", [True, False])
def test_of_two_copies_the_edited_one_counts(folder, assignment, first):
    def paste(cells):
        blank = json.loads(json.dumps(find(cells)))
        answered(cells)
        cells.insert(cells.index(find(cells)) + first, blank)

    edit(folder, paste)
    line = f"{NAME}: the cell {QUESTION} appears 2 times; the edited one counts"
    assert read(folder, assignment) == (ANSWER, (line,), {QUESTION})


@pytest.mark.parametrize("offset", [0, 1], ids=["above", "below"])
def test_an_answer_beside_the_untouched_cell_is_the_answer(folder, assignment, offset):
    edit(folder, lambda cells: cells.insert(cells.index(find(cells)) + offset, own(ANSWER)))
    line = f"{NAME}: the cell {QUESTION} is unchanged; the text next to it is the answer"
    assert read(folder, assignment) == (ANSWER, (line,), {QUESTION})


def test_an_answer_that_was_written_into_the_question_is_found(folder, assignment):
    def write(cells):
        question = cells[cells.index(find(cells)) - 1]
        question["source"] = "".join(question["source"]) + ANSWER

    edit(folder, write)
    text, _, attempted = read(folder, assignment)
    assert text.endswith(ANSWER)
    assert attempted == {QUESTION}


def test_notes_beside_an_answer_stay_what_they_are(folder, assignment):
    def write(cells):
        answered(cells)
        cells.insert(cells.index(find(cells)) + 1, own("a note"))

    edit(folder, write)
    assert read(folder, assignment) == (ANSWER, (), {QUESTION})
    assert [c.source for c in read_submission(folder, assignment, student="ann").notebooks[NAME]][-1] == "a note"


def test_an_answer_without_metadata_is_found_by_its_question(folder, assignment):
    def strip(cells):
        answered(cells)
        for cell in cells:
            cell["metadata"] = {}

    edit(folder, strip)
    text, repairs, attempted = read(folder, assignment)
    assert (text, attempted) == (ANSWER, {QUESTION})
    assert f"{NAME}: the cell {QUESTION} has lost its name; it was found by its question" in repairs


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Of three students one answers, one leaves the cell alone, and one hands in an answer and no code."""
    folder = tmp_path_factory.mktemp("course")
    copy_course(folder)
    for student in ("answers", "silent", "words only"):
        shutil.copytree(ROOT / "release" / "assignment2", folder / "submitted" / student / "assignment2")
        if student != "silent":
            edit(folder / "submitted" / student / "assignment2", answered)
        if student != "words only":
            edit(folder / "submitted" / student / "assignment2", with_code)
    course = load_course(folder)
    outcome = grade_class(course)
    assert outcome.not_entered == {}
    assert {row.student: row.state for row in outcome.rows} == {
        "answers": "graded",
        "silent": "graded",
        "words only": "graded",
    }
    return course


def entered(course, student):
    """(auto score, manual score, whether a person is asked for, comment) of the answer."""
    with NbGrader(course).open() as gradebook:
        where = (QUESTION, NAME.removesuffix(".ipynb"), "assignment2", student)
        grade, comment = gradebook.find_grade(*where), gradebook.find_comment(*where)
        return grade.auto_score, grade.manual_score, bool(grade.needs_manual_grade), comment.comment


def waiting(course):
    return [grades.student for grades in NbGrader(course).class_grades("assignment2")[1] if grades.pending]


def test_an_answer_waits_for_a_person_and_none_gets_no_points(course):
    assert entered(course, "answers") == (None, None, True, None)
    assert entered(course, "words only") == (None, None, True, None)
    assert entered(course, "silent") == (0, None, False, "No response.")
    assert waiting(course) == ["answers", "words only"]


def test_points_and_comment_of_a_person_survive_a_regrade(course):
    with NbGrader(course).open() as gradebook:
        where = (QUESTION, NAME.removesuffix(".ipynb"), "assignment2", "answers")
        gradebook.find_grade(*where).manual_score = 3.5
        gradebook.find_grade(*where).needs_manual_grade = False
        gradebook.find_comment(*where).manual_comment = "and the gradient?"
        gradebook.db.commit()
    assert waiting(course) == ["words only"]
    assert grade_class(course, only="answers", force=True).not_entered == {}
    assert entered(course, "answers") == (None, 3.5, False, "and the gradient?")
    assert NbGrader(course).totals("assignment2")["answers"] == 3.5
    page = (course.feedback / "answers" / "assignment2" / NAME.replace("ipynb", "html")).read_text(encoding="utf-8")
    assert "and the gradient?" in page
    assert "3.5 of 5 points" in page


def source_with(tmp_path, change):
    copy_course(tmp_path)
    path = tmp_path / "source" / "assignment2" / NAME
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content["cells"])
    path.write_text(canonical_text(json.dumps(content)), encoding="utf-8")
    course = load_course(tmp_path)
    return course, load_assignment(course)


def without_question(cells):
    position = cells.index(find(cells))
    del cells[1:position]
    cells[0]["source"] = ""


FAULTS = {
    "no ### BEGIN SOLUTION … ### END SOLUTION block with a model answer": lambda cells: answered(cells),
    "must be unlocked and graded, and have points": lambda cells: find(cells)["metadata"]["nbgrader"].update(
        grade=False
    ),
    "add up to 172": lambda cells: find(cells)["metadata"]["nbgrader"].update(points=7),
    "must follow a cell with the question": without_question,
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_fault_in_a_question_is_named(tmp_path, words):
    course, assignment = source_with(tmp_path, FAULTS[words])
    with pytest.raises(UsageError) as error:
        validate_source(course, assignment)
    assert words in str(error.value)


def test_the_points_of_hidden_tests_and_of_persons_are_kept_apart(assignment):
    assert (assignment.max_score, assignment.points_by_hand) == (150, 20)
    assert {question.points for question in assignment.questions.values()} == {5}
    assert len(assignment.questions) == len(assignment.notebooks)


def test_each_line_of_a_model_answer_would_be_found_if_it_leaked(assignment):
    for name, notebook in assignment.notebooks.items():
        (cell,) = notebook.question_cells
        assert len(cell.solution_lines) > 5
        for line in cell.solution_lines:
            leaking = {"cells": [{"cell_type": "markdown", "id": "x", "source": [line]}]}
            leaks, _ = find_leaks({f"assignment2/{name}": json.dumps(leaking).encode()}, assignment, [])
            assert any(line in leak for leak in leaks)
