"""The canonical form of a source notebook, without the irrelevant differences between two saves."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.atomic_io import write_text

__all__ = ["canonical_text", "tidy_notebook"]

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# nbgrader's keys in this order, then any others. Jupyter sorts them when it saves.
NBGRADER = ("grade", "solution", "locked", "task", "schema_version", "points", "grade_id")


def canonical_text(text: str) -> str:
    """Return the canonical form of a notebook.

    It has no outputs, execution counts or trailing blanks, only nbgrader's metadata, tags and pictures
    of texts, in a fixed order, and unique cell ids (the grade_id if there is one).

    Inputs:
    - text: text of an .ipynb file.
    """
    content = json.loads(text)
    used: set[str] = set()
    cells = [_canonical_cell(cell, used) for cell in content["cells"]]
    notebook = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _canonical_cell(cell: Mapping[str, Any], used: set[str]) -> dict[str, Any]:
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    source = "\n".join(line.rstrip() for line in source.split("\n")).strip("\n")
    metadata = {key: cell["metadata"][key] for key in ("nbgrader", "tags") if key in cell.get("metadata", {})}
    if isinstance(metadata.get("nbgrader"), dict):
        metadata["nbgrader"] = _in_order(metadata["nbgrader"])
    result = {"cell_type": cell["cell_type"], "id": _cell_id(cell, metadata, used), "metadata": metadata}
    if cell["cell_type"] == "code":
        result |= {"execution_count": None, "outputs": []}
    elif cell.get("attachments"):
        result["attachments"] = cell["attachments"]
    return result | {"source": source.splitlines(keepends=True)}


def _in_order(nbgrader: Mapping[str, Any]) -> dict[str, Any]:
    return {key: nbgrader[key] for key in (*NBGRADER, *sorted(set(nbgrader) - set(NBGRADER))) if key in nbgrader}


def _cell_id(cell: Mapping[str, Any], metadata: Mapping[str, Any], used: set[str]) -> str:
    wanted = metadata.get("nbgrader", {}).get("grade_id") or cell.get("id") or "cell"
    wanted = re.sub(r"[^A-Za-z0-9_-]", "-", wanted)[:60]
    name, number = wanted, 1
    while name in used:
        number += 1
        name = f"{wanted}-{number}"
    used.add(name)
    return name


def tidy_notebook(path: Path) -> bool:
    """Rewrite a notebook file in canonical form. Returns: True if the file changed."""
    old = path.read_text(encoding="utf-8")
    new = canonical_text(old)
    if new != old:
        write_text(path, new)
    return new != old
