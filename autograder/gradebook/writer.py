"""Write the scores of a class into nbgrader's gradebook, several students per commit.

nbgrader's own `autograde` opens the database nine times per submission. The entered scores are the
same. Manual scores and comments are not changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.course.assignment import Assignment
from autograder.errors import GraderError
from autograder.feedback.changes import Change, PageFacts
from autograder.feedback.texts import (
    EXERCISE_TYPE,
    NO_RESPONSE,
    SUBMISSION_KEY,
    exercise_facts,
    exercise_text,
    submission_facts,
)
from autograder.gradebook.entered import Entered, answers_in, needs_a_person, read_entered, write_entered
from autograder.gradebook.merge_notebook import rebuild_notebook
from autograder.gradebook.nbgrader_api import cells_and_notebooks, is_open, no_response, score_in, seconds_late
from autograder.intake.extensions import Extension
from autograder.intake.submission import Submission
from autograder.model import Exercise, Result
from autograder.scoring.results import Stored

if TYPE_CHECKING:
    from nbgrader.api import Gradebook, SubmittedNotebook

    from autograder.gradebook.nbgrader_api import LatePenalty
__all__ = [
    "Entry",
    "NotebookGrades",
    "autograded_notebook",
    "automatic_score",
    "enter_scores",
    "grade_outputs",
    "is_waiting",
    "penalty_of",
]


@dataclass(frozen=True)
class Entry:
    """The data of one submission for the gradebook and its pages.

    - stored: the stored result.
    - notebooks: file name → autograded notebook.
    - timestamp: submission time as text for nbgrader, or None.
    - known_by: see `files_of_exchange`.
    - extension: extension in the record.
    - summary: feedback in Markdown.
    - facts, told: content of its pages, see `note_page` in feedback.released.
    """

    student: str
    stored: Stored
    notebooks: dict[str, dict[str, Any]]
    timestamp: str | None = None
    known_by: dict[str, str] = field(default_factory=dict)
    extension: Extension | None = None
    summary: str = ""
    facts: PageFacts = field(default_factory=lambda: PageFacts({}, {}, None))
    told: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class NotebookGrades:
    """The grades of a notebook in the gradebook, for its feedback page.

    - score: score after the late penalty.
    - scores: grade_id → (score, maximum); the score is None until a person has graded the cell.
    - comments: grade_id → comment.
    - due: due date of the assignment (UTC), or "".
    """

    score: float
    max_score: float
    late_penalty: float
    scores: dict[str, tuple[float | None, float]]
    comments: dict[str, str | None]
    due: str = ""


def autograded_notebook(
    submission: Submission,
    name: str,
    assignment: Assignment,
    result: Result,
    released: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Make the notebook of nbgrader's autograde, with scores and feedback.

    Inputs:
    - submission: the submission.
    - name: file name of the notebook.
    - result: result of the submission.
    - released: grade_id → metadata of that cell in the student version, with its checksum.
    """
    notebook = rebuild_notebook(submission, name, assignment)
    exercises = {e.grade_cell: e for e in assignment.exercises.values() if e.notebook == name}
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in released:
            cell["metadata"] = json.loads(json.dumps(released[grade_id]))
        cell["source"] = "".join(cell["source"])  # the format also allows a list of lines
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = None, []
            if grade_id in exercises:
                cell["outputs"] = grade_outputs(exercises[grade_id], result)
    notebook["metadata"] = {**notebook["metadata"], SUBMISSION_KEY: submission_facts(result)}
    return notebook


def enter_scores(
    gradebook: Gradebook, assignment: Assignment, entries: Collection[Entry], late_penalty: LatePenalty
) -> dict[str, dict[str, NotebookGrades]]:
    """Enter the scores of several submissions, and commit them in one transaction.

    Inputs:
    - gradebook: open gradebook.
    - entries: the submissions.
    - late_penalty: function of the late policy, see LatePenalty.

    Returns: student → file name of a notebook → grades.
    """
    notebook_grades: dict[str, dict[str, NotebookGrades]] = {}
    _held = cells_and_notebooks(gradebook)
    entered = read_entered(gradebook.db, assignment.name, [entry.student for entry in entries])
    for entry in entries:
        gradebook.update_or_create_student(entry.student)
        when = entry.timestamp  # None removes an old time
        submitted = gradebook.update_or_create_submission(assignment.name, entry.student, timestamp=when)
        before = entered.setdefault(entry.student, Entered())
        before.enter_extension(submitted, entry.extension)
        for part in submitted.notebooks:
            notebook = entry.notebooks[f"{part.name}.ipynb"]
            answers = answers_in(part.name, notebook, assignment)
            _enter_notebook(part, notebook, before.unchanged(answers), assignment.fixed_scores)
            before.answers.update(answers)
        gradebook.db.flush()  # the database computes the sums of scores
        for part in submitted.notebooks:
            gradebook.db.refresh(part)
            part.late_submission_penalty = penalty_of(late_penalty, entry.student, part.score, seconds_late(submitted))
        notebook_grades[entry.student] = {f"{part.name}.ipynb": _grades_of(part) for part in submitted.notebooks}
    write_entered(gradebook.db, assignment.name, entered)
    gradebook.db.commit()
    return notebook_grades


def penalty_of(late_penalty: LatePenalty, student: str, score: float, seconds: float) -> float | None:
    """Return the late penalty of a notebook, from 0 to its score, or None.

    Inputs:
    - late_penalty: function of the late policy.
    - score: score of the notebook.
    - seconds: seconds after the due date.
    """
    penalty = late_penalty(student, score, seconds) if seconds > 0 else None
    return None if penalty is None else min(max(penalty, 0), score)


def _enter_notebook(
    part: SubmittedNotebook,
    notebook: Mapping[str, Any],
    same: Collection[str],
    fixed_scores: Mapping[str, float],
) -> None:
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    for grade in part.grades:
        score = automatic_score(cells[grade.name], notebook["metadata"], fixed_scores)
        grade.needs_manual_grade = needs_a_person(grade, score, f"{part.name}/{grade.name}" in same)
        grade.auto_score = score
    for comment in part.comments:
        cell = cells[comment.name]
        unanswered = no_response(cell) and not is_waiting(cell, notebook["metadata"])
        comment.auto_comment = NO_RESPONSE if unanswered else None


def _grades_of(part: SubmittedNotebook) -> NotebookGrades:
    penalty = part.late_submission_penalty or 0
    return NotebookGrades(
        part.score - penalty,
        part.max_score,
        penalty,
        {g.name: (None if is_open(g) else g.score, g.cell.max_score) for g in part.grades},
        {comment.name: comment.comment for comment in part.comments},
        str(part.assignment.duedate or ""),
    )


def is_waiting(cell: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """Return True if a limit kept the grader from reading the work for a cell.

    Inputs:
    - cell: a cell of an autograded notebook.
    - metadata: metadata of the notebook.
    """
    found = (output.get("data", {}).get(EXERCISE_TYPE, {}) for output in cell.get("outputs", ()))
    names = {facts.get("name") for facts in found} - {None}
    names.add(cell["metadata"].get("nbgrader", {}).get("grade_id"))
    return not names.isdisjoint(metadata.get(SUBMISSION_KEY, {}).get("waiting", {}))


def automatic_score(
    cell: Mapping[str, Any], metadata: Mapping[str, Any], fixed_scores: Mapping[str, float]
) -> float | None:
    """Return the automatic score of a graded cell; None if it must be graded by hand.

    Inputs:
    - cell: a cell of an autograded notebook.
    - metadata: metadata of the notebook.
    - fixed_scores: grade_id → points, see `Assignment.fixed_scores`.
    """
    score = None if is_waiting(cell, metadata) else score_in(cell)
    return fixed_scores.get(cell["metadata"]["nbgrader"]["grade_id"], score)


def grade_outputs(exercise: Exercise, result: Result) -> list[nbformat.NotebookNode]:
    """Return the outputs of a grade cell: the feedback, and the score that nbgrader reads.

    Raises: GraderError if the score exceeds the points.
    """
    score = float(result.exercises[exercise.name].score)
    if not 0 <= score <= exercise.points:
        raise GraderError(f"expected a score of {exercise.name} from 0 to {exercise.points}, got {score}")
    text = exercise_text(exercise.name, result) + "\n"
    facts = exercise_facts(exercise.name, result)
    # nbformat.v4.new_output would validate them, which takes half of the time of a notebook.
    return [
        # Formgrader shows the text; the feedback page is made from the facts.
        nbformat.from_dict(
            {"output_type": "display_data", "metadata": {}, "data": {"text/plain": text, EXERCISE_TYPE: facts}}
        ),
        # repr of a plain float: nbgrader gives full points for a text that is not a number.
        nbformat.from_dict(
            {
                "output_type": "execute_result",
                "metadata": {},
                "execution_count": None,
                "data": {"text/plain": repr(score)},
            }
        ),
    ]
