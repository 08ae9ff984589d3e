"""Insert a submission's cells into the source notebook, for nbgrader."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment
from autograder.course.student_notes import add_student_notes
from autograder.course.translations import passages_of
from autograder.feedback.texts import SUBMISSION_KEY
from autograder.intake.pictures import Picture, attachments_of
from autograder.intake.submission import Submission, SubmittedCell

__all__ = ["rebuild_notebook", "stage_submission"]


def rebuild_notebook(submission: Submission, name: str, assignment: Assignment) -> dict[str, Any]:
    """Insert a submission's cells into the source notebook.

    Inputs:
    - name: file name of the notebook.

    Returns: a notebook as nbformat's JSON. Locked cells, points and grade_ids are from the source.
    Texts are in the language of the submission. A missing solution or answer cell becomes the empty
    stub. Cells that the student added keep their place.
    """
    content = json.loads(assignment.notebooks[name].text)
    stubs = {cell.grade_id: cell.stub for cell in assignment.notebooks[name].cells_to_fill_in}
    solutions = {cell.grade_id: cell.source for cell in submission.notebooks[name] if cell.grade_id}
    extras: dict[str | None, list[SubmittedCell]] = {}
    place: str | None = None
    known = {cell.grade_id for cell in assignment.notebooks[name].cells}
    for cell in submission.notebooks[name]:
        # An added cell after a cell that is no longer in the assignment follows the last known cell.
        place = next((grade_id for grade_id in (cell.grade_id, cell.follows) if grade_id in known - {None}), place)
        if not cell.grade_id:
            extras.setdefault(place, []).append(cell)
    texts = passages_of(assignment.folder, submission.language, name)
    cells = []
    number = 0
    for cell in content["cells"]:
        if assignment.settings.tags_left_out & set(cell["metadata"].get("tags", [])):
            continue
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in stubs:
            _fill_in(cell, solutions.get(grade_id, stubs[grade_id]), submission.pictures)
        elif cell.get("id") in texts:
            cell["source"] = texts[cell["id"]]
        cells.append(cell)
        # Added cells before the first known cell are placed after the notebook's first cell.
        before = extras.pop(None, []) if len(cells) == 1 else []
        for extra in before + (extras.get(grade_id, []) if grade_id else []):
            number += 1
            cells.append(_own_cell(extra, number, submission.pictures))
    return {**content, "cells": cells}


def _own_cell(cell: SubmittedCell, number: int, pictures: Mapping[str, Picture]) -> dict[str, Any]:
    base: dict[str, Any] = {"cell_type": cell.kind, "id": f"own-{number}", "metadata": {SUBMISSION_KEY: cell.label}}
    if cell.kind == "code":
        base |= {"execution_count": None, "outputs": []}
    _fill_in(base, cell.source, pictures)
    return base


def _fill_in(cell: dict[str, Any], text: str, pictures: Mapping[str, Picture]) -> None:
    """Set the text of a cell, in place.

    In Markdown, attachments are replaced by the pictures of the text.
    """
    cell["source"] = text
    cell.pop("attachments", None)
    if cell["cell_type"] != "code" and (found := attachments_of(text, pictures)):
        cell["attachments"] = found


def stage_submission(submission: Submission, assignment: Assignment, folder: Path) -> None:
    """Write all notebooks of the assignment with a submission's cells into a folder."""
    for name in assignment.notebooks:
        notebook = rebuild_notebook(submission, name, assignment)
        add_student_notes(notebook["cells"], assignment, name)  # as students have them
        write_text(folder / name, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
