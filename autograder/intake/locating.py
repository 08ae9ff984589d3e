"""Finds each notebook of an assignment among the files that a student handed in: by its name, else by its cells."""

import re
from dataclasses import dataclass

from autograder.intake.decoding import NotANotebook, notebook_cells
from autograder.intake.files import MISSING, Unreadable
from autograder.plain_text import clean

__all__ = ["Located", "bare", "defined_names", "grade_id_of", "is_untouched", "locate", "source_of"]

MAX_OTHERS = 30
MAX_OTHER_BYTES = 60 << 20
MAX_TEXT = 50_000  # characters of a cell that is looked into
DEFINITION = re.compile(r"^(?:def|class)[ \t]+([^\W\d]\w{0,99})", re.MULTILINE)


@dataclass(frozen=True)
class Located:
    """A notebook's cells as JSON has them, what had to be put right, and the file's name where it is another one."""

    cells: list
    repairs: tuple = ()
    label: str = ""


class _Candidate:
    """A file that may be one of the notebooks: its cells, and for each cell that says so, what it is for."""

    def __init__(self, label, raw):
        self.cells, repairs = notebook_cells(raw)
        self.label, self.repairs = clean(label), tuple(repairs)
        self.texts = {}  # name of an exercise, or of anything else that is defined → texts of cells
        for cell in self.cells:
            text = source_of(cell)
            for name in {grade_id_of(cell), *defined_names(text)} - {None}:
                self.texts.setdefault(name, []).append(text)

    def known_cells(self, source):
        """How many of a notebook's exercises have a cell here, by name or by what it defines."""
        return sum(cell.grade_id in self.texts for cell in source.solution_cells)

    def is_edited(self, source):
        """Whether one of these cells differs from what was handed out."""
        return any(
            not is_untouched(text, cell)
            for cell in source.cells_to_fill_in
            for text in self.texts.get(cell.grade_id, ())
        )

    def work(self, source):
        """What is in a notebook's cells to fill in: dict of name → texts, but for blanks at the ends of lines."""
        return {
            cell.grade_id: [bare(text) for text in self.texts.get(cell.grade_id, ())]
            for cell in source.cells_to_fill_in
        }


def locate(files, assignment):
    """Find the notebooks.

    Inputs:
    - files: HandedIn.

    Returns: (dict of notebook name → Located, dict of notebook name → why it can't be had).
    """
    by_name, reasons = {}, {}
    for name in assignment.notebooks:
        try:
            by_name[name] = _Candidate(name, files.read(name))
        except (Unreadable, NotANotebook) as reason:
            reasons[name] = f"{name} {reason}"
    wanting = [
        name
        for name, source in assignment.notebooks.items()
        if name not in by_name or not by_name[name].is_edited(source)
    ]
    others = _others(files, assignment)
    located = {}
    for name, source in assignment.notebooks.items():
        found = _among(others, source, assignment) if name in wanting else []
        named = by_name.get(name)
        if found and (named is None or found[-1].is_edited(source)):
            chosen = found[-1]
            note = f"was found as {chosen.label}"
            edited = [other.label for other in found if other.is_edited(source)]
            if len(edited) > 1:
                note += f", the last of {len(edited)} edited ones ({', '.join(edited[:5])})"
            located[name] = Located(chosen.cells, (note, *chosen.repairs), chosen.label)
            reasons.pop(name, None)
        elif named is not None:
            if named.cells and not named.known_cells(source):
                reasons[name] = (
                    f"{name} holds none of this assignment's cells: hand in the notebook that you were given, with your"
                    " code in its cells"
                )
            else:
                ignored = _other_versions(_among(others, source, assignment), named, source)
                located[name] = Located(named.cells, (*ignored, *named.repairs))
    used = {found.label or name for name, found in located.items()}
    for name, reason in reasons.items():
        if reason == f"{name} {MISSING}":
            reasons[name] += files.instead(used)
    return located, reasons


def _other_versions(candidates, named, source):
    """Lines that name edited copies of a notebook with other work in them than the one that counts."""
    return [
        f"counts, and not {other.label}, an edited copy with other work in it"
        for other in candidates
        if other.is_edited(source) and other.work(source) != named.work(source)
    ]


def _others(files, assignment):
    """The other notebooks that were handed in, those that can be read, in the order of their names."""
    candidates, size = [], 0
    for label, read in files.others(assignment.notebooks):
        if len(candidates) == MAX_OTHERS or size > MAX_OTHER_BYTES:
            break
        try:
            raw = read()
            size += len(raw)
            candidates.append(_Candidate(label, raw))
        except (Unreadable, NotANotebook):
            continue
    return sorted(candidates, key=lambda candidate: _natural(candidate.label))


def _natural(label):
    """So that copy (10) comes after copy (9)."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]{1,9})", label)]


def _among(candidates, source, assignment):
    """The candidates that are this notebook: with at least half of its solution cells, and of no other one as many.

    Those with work in them come last.
    """
    enough = max(1, len(source.solution_cells) // 2)
    found = []
    for candidate in candidates:
        known = {name: candidate.known_cells(other) for name, other in assignment.notebooks.items()}
        if known[source.name] >= enough and known[source.name] == max(known.values()):
            found.append(candidate)
    return sorted(found, key=lambda candidate: candidate.is_edited(source))


def grade_id_of(cell):
    """The grade_id of a cell of JSON, or None."""
    metadata = cell.get("metadata") if type(cell) is dict else None
    nbgrader = metadata.get("nbgrader") if type(metadata) is dict else None
    grade_id = nbgrader.get("grade_id") if type(nbgrader) is dict else None
    return grade_id if type(grade_id) is str else None


def source_of(cell):
    """The text of a cell of JSON, one with "\\n" alone between its lines; None when the cell is damaged."""
    source = cell.get("source") if type(cell) is dict else None
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    if type(source) is not str:
        return None
    # Lone surrogates are legal in JSON and in no file: they would only fail later.
    return source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def defined_names(text):
    """Names of the functions and classes that a text defines at the left margin. Nothing is parsed."""
    return set(DEFINITION.findall(text)) if text and len(text) <= MAX_TEXT else set()


def is_untouched(text, cell):
    """Whether a text is that of a cell to fill in as it was handed out, by an older release too."""
    return bare(text) in (bare(cell.stub), bare(cell.plain_stub))


def bare(text):
    """A text without what editors change on their own: blanks at the ends of lines and of the text."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n")) if text else ""
