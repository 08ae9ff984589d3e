"""What was handed out: the notebooks' names, and a hash of each cell that has a grade_id or is text.

The release writes it into the student bundle, as `handed_out.json` in the course's package; `submit` reads it there and
so knows which cells a submission needs, and which of them are still as they were.
"""

import hashlib
import json
from pathlib import Path

__all__ = ["FILE_NAME", "cell_name", "cell_source", "describe", "digest", "find_manifest", "read_manifest"]

FILE_NAME = "handed_out.json"
KEYS = {"assignment", "max_bytes", "notebooks", "packages", "points", "python", "questions", "texts"}


def cell_source(cell):
    """The text of a notebook cell, given as JSON has it."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def cell_name(cell):
    """The grade_id of a notebook cell, or None."""
    metadata = cell.get("metadata", {}).get("nbgrader", {})
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


def digest(source):
    """A hash of a cell's text. Line ends and blanks around it, which editors change by themselves, don't count."""
    return hashlib.sha256("\n".join(source.strip().splitlines()).encode()).hexdigest()


def describe(assignment, notebooks, *, max_bytes, python, packages):
    """Describe what is handed out.

    Inputs:
    - assignment: its name. - notebooks: dict of file name → content as JSON has it.
    - max_bytes: largest notebook that is graded. - python: version of Python with which it is graded, a tuple.
    - packages: names of those that every exercise may import beside the standard library.

    Returns: a dict for JSON: 'assignment', 'max_bytes', 'python': [3, 11], 'packages', 'points': of all notebooks, and
    for each notebook in 'notebooks': grade_id → {'exercise': whether students write it, 'digest'}, in 'questions':
    grade_id → {'points', 'digest'}, and in 'texts': hashes of its Markdown cells.
    """
    named = {
        name: [(cell_name(cell), cell.get("metadata", {}).get("nbgrader", {}), cell) for cell in content["cells"]]
        for name, content in notebooks.items()
    }
    return {
        "assignment": assignment,
        "max_bytes": max_bytes,
        "python": list(python[:2]),
        "packages": sorted(packages),
        "points": sum(float(about.get("points") or 0) for cells in named.values() for _, about, _ in cells),
        "notebooks": {
            name: {
                grade_id: {"exercise": bool(about.get("solution")), "digest": digest(cell_source(cell))}
                for grade_id, about, cell in cells
                if cell["cell_type"] == "code" and grade_id
            }
            for name, cells in named.items()
        },
        "questions": {
            name: {
                grade_id: {"points": float(about.get("points") or 0), "digest": digest(cell_source(cell))}
                for grade_id, about, cell in cells
                if cell["cell_type"] != "code" and grade_id and about.get("solution")
            }
            for name, cells in named.items()
        },
        "texts": {
            name: [digest(cell_source(cell)) for _, _, cell in cells if cell["cell_type"] == "markdown"]
            for name, cells in named.items()
        },
    }


def read_manifest(package):
    """Read what describe() made.

    Inputs:
    - package: folder of the course's package.

    Raises: ValueError when it is not there or can't be read.
    """
    try:
        content = json.loads((Path(package) / FILE_NAME).read_text(encoding="utf-8"))
        if not KEYS <= set(content):
            raise ValueError("something is missing in it")
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"{FILE_NAME}, which tells what was handed out, can't be read ({error}): install the package "
            "that came with the notebooks"
        ) from None
    return content


def find_manifest(folder):
    """Read the manifest of the one package that lies in a folder of notebooks and has one, see read_manifest.

    Raises: ValueError when there is none or several, or it can't be read.
    """
    found = sorted(path.parent for path in Path(folder).glob(f"*/{FILE_NAME}"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise ValueError(
            f"expected one package with {FILE_NAME} in {Path(folder).resolve()}, got {names}: run the command of your"
            " course's package, `python -m PACKAGE.submit`"
        )
    return read_manifest(found[0])
