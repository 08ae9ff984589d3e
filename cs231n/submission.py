"""Is a folder ready to be handed in? What would cost points is a fault; what may be meant is a remark."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from cs231n.handed_out import cell_name, cell_source, digest
from cs231n.notebook import defined_names, parse

__all__ = ["Inspection", "inspect_folder"]


@dataclass
class Inspection:
    """What was found: files (name → bytes), faults and remarks, one line each."""

    files: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    remarks: list = field(default_factory=list)


def inspect_folder(folder, handed_out):
    """Look at the notebooks in a folder, without running or changing them.

    Inputs:
    - folder: where the notebooks are. - handed_out: what handed_out.describe() made.

    Returns: an Inspection. It has no fault exactly when every notebook is there, can be read, is not too large, has
    all cells that were handed out, and its exercises are valid Python.
    """
    found = Inspection()
    for name, wanted in handed_out["notebooks"].items():
        path = Path(folder) / name
        try:
            raw = path.read_bytes()
        except OSError as error:
            found.faults.append(f"{name}: {_why_missing(path, error)}")
            continue
        found.files[name] = raw
        if len(raw) > handed_out["max_bytes"]:
            found.faults.append(
                f"{name}: has {len(raw) / 2**20:.1f} MiB, and {handed_out['max_bytes'] / 2**20:.0f} are accepted: clear"
                " large outputs (in Jupyter: Edit, Clear Outputs of All Cells), save, and try again"
            )
            continue
        cells = _code_cells(raw)
        if cells is None:
            found.faults.append(
                f"{name}: is damaged, it is not a whole notebook any more: open it in Jupyter and save it again, or put"
                " your functions into a new copy of the one that was handed out"
            )
            continue
        faults, remarks = _inspect_cells(cells, wanted)
        found.faults += [f"{name}: {fault}" for fault in faults]
        found.remarks += [f"{name}: {remark}" for remark in remarks]
    return found


def _why_missing(path, error):
    if path.exists():
        return f"can't be read ({error.strerror or error})"
    folder = path.parent
    where = "this folder" if folder == Path() else str(folder)
    below = [other.parent.name for other in folder.glob(f"*/{path.name}")]
    if len(below) == 1:
        return f"is missing in {where}; the folder {below[0]} has it: go there first, or name it"
    others = sorted(other.name for other in folder.glob("*.ipynb"))
    beside = f"; there is {', '.join(others)}" if others else f"; there is no notebook at all in {folder.resolve()}"
    return f"is missing in {where}{beside}: give the notebook its name back, or name the folder that has it"


def _code_cells(raw):
    """(grade_id or None, source, was it run) of each code cell, or None when this is no notebook."""
    try:
        cells = json.loads(raw.decode("utf-8-sig"))["cells"]
        return [
            (cell_name(cell), cell_source(cell), cell.get("execution_count") is not None)
            for cell in cells
            if cell["cell_type"] == "code"
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _inspect_cells(cells, wanted):
    faults, remarks = [], []
    counts = Counter(name for name, _, _ in cells)
    exercises = [name for name, cell in wanted.items() if cell["exercise"]]
    for name, count in ((name, counts[name]) for name in wanted):
        if not count:
            faults.append(f"the cell {name} is not there any more: copy it from the notebook that was handed out")
        elif count > 1:
            faults.append(f"the cell {name} is there {count} times: keep one of them")
    defined = defaultdict(list)
    for number, (name, source, _) in enumerate(cells, start=1):
        label = f"cell {name}" if name else f"code cell {number}"
        names = defined_names(source)
        for exercise in set(exercises) & set(names):
            defined[exercise] += [label] * names.count(exercise)
        _, problems = parse([(label, source)])
        for problem in problems:
            if name in exercises:
                faults.append(f"{problem}: mend it, or turn the line into a comment, or the cell gets no points")
            elif name not in wanted:
                remarks.append(f"{problem}: what this cell defines does not count")
        if name in wanted and name not in exercises and digest(source) != wanted[name]["digest"]:
            remarks.append(f"the cell {name} is not as it was handed out: your change does not count")
    as_handed_out = {
        name for name, source, _ in cells if name in exercises and digest(source) == wanted[name]["digest"]
    }
    for name in exercises:
        if len(defined[name]) > 1:
            places = ", ".join(dict.fromkeys(defined[name]))
            remarks.append(f"{name} is defined {len(defined[name])} times ({places}): keep the one that should count")
        elif not defined[name] and counts[name]:
            others = [other for cell, source, _ in cells if cell == name for other in defined_names(source)]
            instead = f" (its cell defines {', '.join(others)})" if others else ""
            remarks.append(f"{name} is not defined at the left margin of any cell{instead}: it will count as missing")
        elif name in as_handed_out:
            remarks.append(f"{name} is still as it was handed out")
    if cells and not any(was_run for _, _, was_run in cells):
        remarks.append("was never run: run all cells, look at the checks, and save")
    return faults, remarks
