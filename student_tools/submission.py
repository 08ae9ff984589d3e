"""Inspect a folder before submission: faults would cost points, remarks may be intended."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from student_tools.as_graded import graded_remarks, imported_packages, unwritten_parts
from student_tools.code_cells import cell_label, defined_names, parse
from student_tools.language import tr
from student_tools.manifest import cell_name, cell_source, digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from student_tools.manifest import CodeCell, Manifest

__all__ = ["Inspection", "inspect_folder"]


Cell = tuple[str, str | None, str, bool]  # kind, grade_id, source, whether it was run


@dataclass
class Inspection:
    """The result of inspect_folder.

    - files: name → content of the files to hand in
    - faults: lines about what must be fixed before submission
    - remarks: lines about what may be intended
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def inspect_folder(folder: str | Path, manifest: Manifest) -> Inspection:
    """Read the notebooks in a folder as the grader will, without running or changing them.

    The files to hand in include the student's own modules that the notebooks import.

    Inputs:
    - folder: with the notebooks
    - manifest: see manifest.describe

    Returns: an Inspection. It has no faults if every notebook exists, is readable and not too
    large, has all released cells, and its exercises are valid Python.
    """
    found, packages = Inspection(), set(manifest["packages"])
    imported: dict[str, str] = {}
    for name, wanted in manifest["notebooks"].items():
        path = Path(folder) / name
        try:
            raw = path.read_bytes()
        except OSError as error:
            found.faults.append(f"{name}: {_why_missing(path, error)}")
            continue
        found.files[name] = raw
        if len(raw) > manifest["max_bytes"]:
            found.faults.append(
                tr(
                    "{notebook}: expected at most {most} MiB, got {size} MiB: clear large outputs (in Jupyter: Edit,"
                    " Clear Outputs of All Cells), save, and try again",
                    notebook=name,
                    most=f"{manifest['max_bytes'] / 2**20:.0f}",
                    size=f"{len(raw) / 2**20:.1f}",
                )
            )
            continue
        cells = _cells(raw)
        if cells is None and b"<<<<<<<" in raw and b">>>>>>>" in raw:
            found.faults.append(
                tr(
                    "{notebook}: contains an unfinished merge: finish it (git mergetool, or nbdime), check the"
                    " notebook, and save it",
                    notebook=name,
                )
            )
            continue
        if cells is None:
            found.faults.append(
                tr(
                    "{notebook}: is not a readable notebook: open it in Jupyter and save it again, or copy your"
                    " functions into the released notebook",
                    notebook=name,
                )
            )
            continue
        code = [(grade_id, source, was_run) for kind, grade_id, source, was_run in cells if kind == "code"]
        labelled = [(cell_label(grade_id, number), source) for number, (grade_id, source, _) in enumerate(code, 1)]
        own = {package: _own_files(Path(folder), package) for package in imported_packages(labelled, packages)}
        imported |= {path: name for paths in own.values() for path in paths}
        faults, remarks = _inspect_cells(code, wanted)
        exercises = [
            grade_id
            for grade_id, source, _ in code
            if grade_id in wanted and wanted[grade_id]["exercise"] and digest(source) != wanted[grade_id]["digest"]
        ]
        own_packages = {package for package, paths in own.items() if paths}
        major, minor = manifest["python"]
        remarks += graded_remarks(labelled, exercises, own_packages, packages=packages, python=(major, minor))
        remarks += _unanswered(cells, name, manifest)
        found.faults += [f"{name}: {fault}" for fault in faults]
        found.remarks += [f"{name}: {remark}" for remark in remarks]
    for file, name in sorted(imported.items()):
        found.files[file] = (Path(folder) / file).read_bytes()
        words = {"file": file, "notebook": name}
        found.remarks.append(
            tr("{file}: goes into the zip because {notebook} imports it; it counts like a cell", **words)
        )
    return found


def _own_files(folder: Path, package: str) -> list[str]:
    """Paths in the folder of the student's own files of a module or package."""
    file = folder / f"{package}.py"
    files = [file] if file.is_file() else sorted((folder / package).rglob("*.py"))
    return [path.relative_to(folder).as_posix() for path in files]


def _unanswered(cells: Sequence[Cell], name: str, manifest: Manifest) -> list[str]:
    """Lines about the questions without an answer in their cell or in a cell next to it."""
    texts = set(manifest["texts"][name])
    lines: list[str] = []
    for question, about in manifest["questions"][name].items():
        places = [i for i, (_, grade_id, _, _) in enumerate(cells) if grade_id == question]
        adjacent = [cells[i] for place in places for i in (place - 1, place + 1) if 0 <= i < len(cells)]
        own = [source for kind, grade_id, source, _ in adjacent if kind == "markdown" and not grade_id]
        answers = [cells[i][2] for i in places if digest(cells[i][2]) != about["digest"]]
        answers += [source for source in own if digest(source) not in texts]
        words = {"cell": question, "points": f"{about['points']:g}", "total": f"{manifest['points']:g}"}
        if not places:
            lines.append(
                tr(
                    "the cell {cell} for your answer is missing: it gives {points} of {total} points and is graded by"
                    " hand",
                    **words,
                )
            )
        elif not any(answer.strip() for answer in answers):
            lines.append(
                tr(
                    "the question in the cell {cell} is not answered yet: it gives {points} of {total} points and is"
                    " graded by hand",
                    **words,
                )
            )
    return lines


def _why_missing(path: Path, error: OSError) -> str:
    if path.exists():
        return tr("can't be read ({error})", error=error.strerror or error)
    folder = path.parent
    words = {"folder": tr("this folder") if folder == Path() else folder}
    below = [other.parent.name for other in folder.glob(f"*/{path.name}")]
    if len(below) == 1:
        return tr(
            "is missing in {folder}; the folder {other} has it: go to that folder, or name it", **words, other=below[0]
        )
    others = sorted(other.name for other in folder.glob("*.ipynb"))
    if others:
        return tr(
            "is missing in {folder}; it has {others}: rename your notebook, or name the folder that has it",
            **words,
            others=", ".join(others),
        )
    return tr(
        "is missing in {folder}; there are no notebooks in {path}: rename your notebook, or name the folder that has"
        " it",
        **words,
        path=folder.resolve(),
    )


def _cells(raw: bytes) -> list[Cell] | None:
    """The cells, or None if this is not a notebook."""
    try:
        return [
            (cell["cell_type"], cell_name(cell), cell_source(cell), cell.get("execution_count") is not None)
            for cell in json.loads(raw.decode("utf-8-sig"))["cells"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _inspect_cells(
    cells: Sequence[tuple[str | None, str, bool]], wanted: Mapping[str, CodeCell]
) -> tuple[list[str], list[str]]:
    faults: list[str] = []
    remarks: list[str] = []
    counts = Counter(name for name, _, _ in cells)
    exercises = [name for name, cell in wanted.items() if cell["exercise"]]
    for asked in wanted:
        if not counts[asked]:
            faults.append(tr("the cell {cell} is missing: copy it from the released notebook", cell=asked))
        elif counts[asked] > 1:
            words = {"cell": asked, "count": counts[asked]}
            faults.append(tr("the cell {cell} appears {count} times: keep one of them", **words))
    defined: defaultdict[str, list[str]] = defaultdict(list)
    for number, (name, source, _) in enumerate(cells, start=1):
        label = cell_label(name, number)
        names = defined_names(source)
        for exercise in set(exercises) & set(names):
            defined[exercise] += [label] * names.count(exercise)
        _, problems = parse([(label, source)])
        for problem in problems:
            if name in exercises:
                if problem.is_plain:
                    fault = tr(
                        "{problem}: fix it, or turn the line into a comment, or the cell gets no points",
                        problem=problem,
                    )
                else:
                    fault = tr("{problem}, or the cell gets no points", problem=problem)
                faults.append(fault)
            elif name not in wanted:
                remarks.append(tr("{problem}: the definitions in this cell do not count", problem=problem))
        if name is not None and name in wanted and name not in exercises and digest(source) != wanted[name]["digest"]:
            remarks.append(tr("you changed the cell {cell}: the change does not count", cell=name))
    unchanged = {
        name for name, source, _ in cells if name and name in exercises and digest(source) == wanted[name]["digest"]
    }
    for name in exercises:
        if len(defined[name]) > 1:
            places = ", ".join(dict.fromkeys(defined[name]))
            remarks.append(
                tr(
                    "{name} is defined {count} times ({places}): keep the one that should count",
                    name=name,
                    count=len(defined[name]),
                    places=places,
                )
            )
        elif not defined[name] and counts[name]:
            others = [other for cell, source, _ in cells if cell == name for other in defined_names(source)]
            if others:
                remark = tr(
                    "{name} is not defined at the top level of any cell (its cell defines {others}): it will count as"
                    " missing",
                    name=name,
                    others=", ".join(others),
                )
            else:
                remark = tr("{name} is not defined at the top level of any cell: it will count as missing", name=name)
            remarks.append(remark)
        elif name in unchanged:
            remarks.append(tr("{name} is not started yet: its cell is unchanged", name=name))
        else:
            remarks += [line for cell, source, _ in cells if cell == name for line in unwritten_parts(source)]
    if cells and not any(was_run for _, _, was_run in cells):
        remarks.append(tr("was never run: run all cells, read the checks, and save"))
    return faults, remarks
