"""Finds each notebook of an assignment among the files that a student handed in: by its name, else by its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.course.cells import AssignmentCells, RawCell, ReadCell, SourceNotebook, bare, text_digest
from autograder.intake.archives import TooLarge, Unreadable, Where
from autograder.intake.beside import Listed, Place, place_of
from autograder.intake.budgets import OutOfTime
from autograder.intake.handed_in import HandedIn
from autograder.intake.others import NO_TIME, TOO_MUCH, Others
from autograder.intake.parse_notebook import NotANotebook, TooMuch, notebook_cells
from autograder.intake.pictures import Pictures
from autograder.intake.untouched import defined_names, is_untouched
from autograder.printable import clean, in_words
from autograder.repairs import Problem, ProblemKind, Repair, RepairKind

__all__ = ["TOO_LONG", "Located", "Search", "locate", "waiting_for_a_person"]

TOO_LONG = "takes too long to be read: clear the outputs of its cells"
MANY = 3  # cells in one reason
NAMED = 5  # files in one repair


@dataclass(frozen=True)
class Located:
    """A notebook's cells, what had to be put right, and the file's name where it is another one.

    - left_out: those of the repairs by which cells were left out.
    - over_limit: those of left_out that a limit is the reason of. - files: see Pictures.look_up.
    """

    cells: list[RawCell]
    repairs: tuple[Repair, ...] = ()
    label: str = ""
    left_out: tuple[Repair, ...] = ()
    over_limit: tuple[Repair, ...] = ()
    files: dict[str, str | Repair] = field(default_factory=dict)


@dataclass(frozen=True)
class Search:
    """What came of the search for the notebooks of an assignment.

    - located, unusable: by notebook name.
    - limited: notebook name → a limit, because of which there may be more work than was found.
    - others: the other notebooks: (label, grade_id or name that is defined → cells).
    - modules: label of a Python file → function that reads it. - ignored: label → why the file does not count.
    """

    located: dict[str, Located]
    unusable: dict[str, Problem]
    limited: dict[str, str]
    others: list[tuple[str, dict[str, list[ReadCell]]]]
    modules: dict[str, Callable[[], bytes]]
    ignored: dict[str, str]


class Candidate:
    """A file that may be one of the notebooks: its cells, and for each cell that says so, what it is for."""

    def __init__(self, label: str, raw: bytes, place: Place, pictures: Pictures, given: frozenset[str]) -> None:
        content = notebook_cells(raw, pictures, given)
        self.label, self.repairs, self.left_out = clean(label), tuple(content.repairs), tuple(content.left_out)
        self.over_limit = tuple(content.over_limit)
        self.cells: list[RawCell] = [
            (kind, grade_id, text) for kind, grade_id, text in content.cells if kind is not None and text is not None
        ]
        self.files: dict[str, str | Repair] = {}
        for kind, _, text in self.cells:
            if kind != "code":
                self.files |= pictures.look_up(text, place)
        self.about: dict[str, list[ReadCell]] = {}  # name of an exercise, or of anything else that is defined → cells
        for cell in content.cells:
            for name in {cell[1], *defined_names(cell[2])}:
                if name is not None:
                    self.about.setdefault(name, []).append(cell)

    def located(self, repairs: tuple[Repair, ...], label: str = "") -> Located:
        """This file as the notebook that it is."""
        return Located(self.cells, repairs, label, self.left_out, self.over_limit, self.files)

    def known_cells(self, source: SourceNotebook) -> int:
        """How many of a notebook's exercises have a cell here, by name or by what it defines."""
        return sum(cell.grade_id in self.about for cell in source.solution_cells)

    def is_edited(self, source: SourceNotebook) -> bool:
        """Whether one of these cells differs from what was handed out."""
        return any(
            text is not None and not is_untouched(text, cell)
            for cell in source.cells_to_fill_in
            for _, _, text in self.about.get(cell.name, ())
        )

    def why_unused(self, assignment: AssignmentCells) -> str:
        """Why nothing of this file counts as a whole."""
        held = [source for source in assignment.notebooks.values() if self.known_cells(source)]
        if not held:
            return "holds none of this assignment's cells"
        edited = [source.name for source in held if self.is_edited(source)]
        return f"is a copy of {in_words(edited)} that does not count" if edited else "is as it was handed out"

    def work(self, source: SourceNotebook) -> dict[str, list[str]]:
        """What is in a notebook's cells to fill in: name → texts, but for blanks at the ends of lines."""
        return {
            cell.name: [bare(text) for _, _, text in self.about.get(cell.name, ())] for cell in source.cells_to_fill_in
        }


def locate(files: HandedIn, assignment: AssignmentCells, pictures: Pictures) -> Search:
    """Find the notebooks. `pictures`, those of the submission, gets the pictures of the notebooks."""
    by_name: dict[str, Candidate] = {}
    problems: dict[str, Problem] = {}
    limited: dict[str, str] = {}
    listed: dict[Path, Listed] = {}
    time_left, given = True, _handed_out(assignment)

    def opened(label: str, raw: bytes, where: Where) -> Candidate:
        return Candidate(label, raw, place_of(*where, listed), pictures, given)

    for name in assignment.notebooks:
        try:
            if not time_left:
                raise TooLarge(ProblemKind.TOO_LARGE, TOO_LONG)
            by_name[name] = opened(name, *files.read(name))
        except (Unreadable, NotANotebook) as reason:
            problems[name] = Problem(reason.kind, str(reason), name)
            if isinstance(reason, (TooLarge, TooMuch)):
                limited[name] = problems[name].sentence
        except MemoryError:
            problems[name] = Problem(ProblemKind.TOO_LARGE, TOO_MUCH, name)
            limited[name] = problems[name].sentence
        except OutOfTime:
            problems[name] = Problem(ProblemKind.TOO_LARGE, TOO_LONG, name)
            limited[name] = problems[name].sentence
            time_left = False
    wanting = [
        name
        for name, source in assignment.notebooks.items()
        if name not in by_name or not by_name[name].is_edited(source)
    ]
    search = Others(files, assignment)
    if time_left:
        search.run(opened)
    else:
        search.ended = NO_TIME
    everything = [*by_name.values(), *search.candidates]
    located = {}
    for name, source in assignment.notebooks.items():
        named = by_name.get(name)
        pool = [candidate for candidate in everything if candidate is not named]
        found = _among(pool, source, assignment) if name in wanting else []
        if found and (named is None or found[-1].is_edited(source)):
            located[name] = _found_as(found, source, assignment)
            problems.pop(name, None)
            limited.pop(name, None)
        elif named is not None:
            if named.cells and not named.known_cells(source):
                problems[name] = Problem(
                    ProblemKind.OTHER_CELLS,
                    "holds none of this assignment's cells: hand in the notebook that you were given, with your code in"
                    " its cells",
                    name,
                )
            else:
                copies = _among(search.candidates, source, assignment)
                newest = _newest(named, copies, source)
                notes = _other_versions([named, *copies], newest, source)
                label = newest.label if newest is not named else ""
                if label:
                    notes.insert(0, Repair(RepairKind.NEWEST_ATTEMPT, {"file": label}))
                located[name] = newest.located((*notes, *newest.repairs), label)
    used = {found.label or name for name, found in located.items()}
    for name, problem in problems.items():
        if problem.kind is ProblemKind.NOT_HANDED_IN:
            problems[name] = _with_more(problem, files.instead(used))
    if search.ended:
        for name in wanting:
            note = Repair(RepairKind.SEARCH_ENDED, {"limit": search.ended}, name)
            if name in located:
                located[name] = replace(located[name], repairs=(*located[name].repairs, note))
                limited[name] = note.sentence
            else:
                problems[name] = _with_more(problems[name], f" ({note.words})")
                limited[name] = problems[name].sentence
    elif search.beyond:
        for name, problem in problems.items():
            words = f" (the search for it ended at {search.beyond}: hand in the notebooks themselves)"
            problems[name] = _with_more(problem, words)
            limited[name] = problems[name].sentence
    over_limit = {
        name: f"{name}: {'; '.join(repair.words for repair in found.over_limit[:MANY])}"
        for name, found in located.items()
        if found.over_limit
    }
    ignored = dict(search.ignored)
    for candidate in search.candidates:
        if candidate.label not in used:
            ignored[candidate.label] = candidate.why_unused(assignment)
    others = [(candidate.label, candidate.about) for candidate in everything if candidate.label not in used]
    return Search(located, problems, over_limit | limited, others, search.modules, ignored)


def _with_more(problem: Problem, words: str) -> Problem:
    return replace(problem, words=problem.words + words)


def _handed_out(assignment: AssignmentCells) -> frozenset[str]:
    """Hashes of the texts of all notebooks, in all releases and languages, but for the cells to fill in."""
    texts = [cell.source for source in assignment.notebooks.values() for cell in source.cells if not cell.is_solution]
    texts += [text for source in assignment.notebooks.values() for text in source.translated]
    earlier = (source.earlier.texts for source in assignment.notebooks.values())
    return frozenset(map(text_digest, texts)).union(*earlier)


def _found_as(found: Sequence[Candidate], source: SourceNotebook, assignment: AssignmentCells) -> Located:
    """The Located of the last of some candidates for a notebook, with a Repair that says so."""
    chosen = found[-1]
    edited = [other.label for other in found if other.is_edited(source)]
    others = [name for name, other in assignment.notebooks.items() if other is not source and chosen.known_cells(other)]
    facts: dict[str, str | int | list[str]] = {
        "file": chosen.label,
        "edited": edited[:NAMED],
        "count": len(edited),
        "others": others,
    }
    return chosen.located((Repair(RepairKind.FOUND_BY_CELLS, facts), *chosen.repairs), chosen.label)


def _newest(named: Candidate, copies: Sequence[Candidate], source: SourceNotebook) -> Candidate:
    """The notebook of the right name, or an edited copy that is a later attempt.

    Canvas names that X-1.ipynb, Moodle and browsers X (1).ipynb. Jupyter's X-Copy1.ipynb can be older or newer.
    """
    pattern = re.compile(rf"{re.escape(named.label.removesuffix('.ipynb'))}(?:-| ?\()([0-9]{{1,3}})\)?\.ipynb")
    numbers = {copy: match[1] for copy in copies if (match := pattern.fullmatch(copy.label.rpartition("/")[2]))}
    later = [copy for copy in numbers if copy.is_edited(source) and copy.work(source) != named.work(source)]
    return max(later, key=lambda copy: int(numbers[copy]), default=named)


def _other_versions(candidates: Sequence[Candidate], counts: Candidate, source: SourceNotebook) -> list[Repair]:
    """Repairs that name edited copies of a notebook with other work in them than the one that counts.

    - candidates: the notebook of the right name, then the copies.
    """
    label = counts.label if counts in candidates[1:] else ""
    return [
        Repair(RepairKind.OTHER_COPY, {"file": other.label, "counts": label})
        for other in candidates
        if other.is_edited(source) and other.work(source) != counts.work(source)
    ]


def waiting_for_a_person(limited: Mapping[str, str], assignment: AssignmentCells) -> dict[str, str]:
    """Exercise or question → why a person must look at it: a limit, and not the student, took work away.

    Inputs:
    - limited: notebook name → which limit.
    """
    return {
        cell.name: reason for name, reason in limited.items() for cell in assignment.notebooks[name].cells_to_fill_in
    }


def _among(candidates: Sequence[Candidate], source: SourceNotebook, assignment: AssignmentCells) -> list[Candidate]:
    """The candidates that are this notebook, or hold it among others: with at least half of its solution cells.

    Those with work in them come last, and of these the ones that are this notebook more than another one.
    """
    enough = max(1, len(source.solution_cells) // 2)
    found = []
    for candidate in candidates:
        known = {name: candidate.known_cells(other) for name, other in assignment.notebooks.items()}
        is_this = known[source.name] == max(known.values())
        # One that is another notebook above all holds this one only if there is work in it.
        if known[source.name] >= enough and (is_this or candidate.is_edited(source)):
            found.append((candidate.is_edited(source), is_this, candidate))
    return [candidate for *_, candidate in sorted(found, key=lambda entry: entry[:2])]
