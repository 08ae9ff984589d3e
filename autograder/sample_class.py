"""A made-up class: submissions made from the source notebooks, each with one known fault."""

import copy
import json
import shutil
from dataclasses import dataclass

from autograder.assignment import load_assignment
from autograder.errors import UsageError
from autograder.intake import Submission, SubmittedCell
from autograder.rebuild import rebuild_notebook
from autograder.results import write_text

__all__ = ["SAMPLES", "Sample", "write_sample_class"]


@dataclass(frozen=True)
class Sample:
    """One kind of submission.

    - student: id. - fault: what is wrong with it, in words.
    - loses: the exercises that cost points; None when nothing can be scored at all.
    - change: exercise → function from the solution's source to the faulty source.
    - damage: function from (folder, notebook contents by name) to None, applied to the written files.
    """

    student: str
    fault: str
    loses: tuple | None = ()
    change: tuple = ()
    damage: object = None


def _replaced(old, new):
    def change(source):
        if old not in source:
            raise UsageError(f"the sample class can't be made: the source solution no longer holds {old!r}")
        return source.replace(old, new)

    return change


def _body(statement):
    """Replace the solution block by one statement."""

    def change(cell):
        return cell.stub.replace("raise NotImplementedError()", statement)

    return change


def _delete_cell(folder, name, grade_id):
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    content["cells"] = [c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != grade_id]
    _write(folder / name, content)


def _duplicate_cell(folder, name, grade_id, stub):
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    cells = []
    for cell in content["cells"]:
        cells.append(cell)
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            cells.append({**copy.deepcopy(cell), "id": "pasted", "source": stub})
    _write(folder / name, {**content, "cells": cells})


def _truncate(folder, name):
    text = (folder / name).read_text(encoding="utf-8")
    write_text(folder / name, text[: len(text) // 2])


def _write(path, content):
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
