"""Finds each notebook of an assignment in a submission: by its name, or else by its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.course.cells import AssignmentCells, RawCell, ReadCell, SourceNotebook, bare, text_digest
from autograder.intake.adjacent_files import Listed, Place, place_of
from autograder.intake.archives import TooLarge, Unreadable, Where
from autograder.intake.budgets import OutOfTime
from autograder.intake.handed_in import HandedIn
from autograder.intake.others import NO_TIME, TOO_MUCH, Others
from autograder.intake.parse_notebook import NotANotebook, TooMuch, notebook_cells
from autograder.intake.pictures import Pictures
from autograder.intake.untouched import defined_names, is_untouched
from autograder.language import tr_later
from autograder.printable import clean, in_words
from autograder.reasons import Reason
from autograder.repairs import Problem, ProblemKind, Repair, RepairKind

__all__ = ["TOO_LONG", "Located", "Search", "locate", "waiting_for_a_person"]

TOO_LONG = tr_later("takes too long to read: clear the outputs of its cells")
MANY = 3  # cells in one reason
NAMED = 5  # files in one repair


@dataclass(frozen=True)
class Located:
    """A notebook that was found.

    - cells: its cells
    - repairs: changes to it
    - label: path of its file, if the name is another one
    - left_out: the repairs that left out cells
    - over_limit: those of left_out that were caused by a limit
    - files: see Pictures.look_up
    - language: see parse_notebook.Content
    """

    cells: list[RawCell]
    repairs: tuple[Repair, ...] = ()
    label: str = ""
    left_out: tuple[Repair, ...] = ()
    over_limit: tuple[Repair, ...] = ()
    files: dict[str, str | Repair] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True)
class Search:
    """The result of the search for an assignment's notebooks.

    - located: notebook name → Located
    - unusable: notebook name → Problem
    - limited: notebook name → a limit, because of which more work may exist
    - others: other notebooks: (label, grade_id or defined name → cells)
    - modules: label of a Python file → function that reads it
    - ignored: label → why the file does not count
    """

    located: dict[str, Located]
    unusable: dict[str, Problem]
    limited: dict[str, str]
    others: list[tuple[str, dict[str, list[ReadCell]]]]
    modules: dict[str, Callable[[], bytes]]
    ignored: dict[str, str]


class Candidate:
    """A file that may be one of the notebooks.

    - label: its path
    - cells: its readable cells
    - about: grade_id or defined name → cells
    """

    def __init__(self, label: str, raw: bytes, place: Place, pictures: Pictures, given: frozenset[str]) -> None:
        content = notebook_cells(raw, pictures, given)
        self.label, self.repairs, self.left_out = clean(label), tuple(content.repairs), tuple(content.left_out)
        self.over_limit, self.language = tuple(content.over_limit), content.language
        self.cells: list[RawCell] = [
            (kind, grade_id, text) for kind, grade_id, text in content.cells if kind is not None and text is not None
        ]
        self.files: dict[str, str | Repair] = {}
        for kind, _, text in self.cells:
            if kind != "code":
                self.files |= pictures.look_up(text, place)
        self.about: dict[str, list[ReadCell]] = {}  # grade_id or defined name → cells
        for cell in content.cells:
            for name in {cell[1], *defined_names(cell[2])}:
                if name is not None:
                    self.about.setdefault(name, []).append(cell)

    def located(self, repairs: tuple[Repair, ...], label: str = "") -> Located:
        """Return this file as a Located notebook.

        Inputs:
        - repairs: to report
        - label: path of the file, if its name is another one
        """
        return Located(self.cells, repairs, label, self.left_out, self.over_limit, self.files, self.language)

    def known_cells(self, source: SourceNotebook) -> int:
        """Return how many exercises of a notebook have a cell here, by grade_id or definition."""
        return sum(cell.grade_id in self.about for cell in source.solution_cells)

    def is_edited(self, source: SourceNotebook) -> bool:
        """Return whether a cell to fill in differs from all releases."""
        return any(
            text is not None and not is_untouched(text, cell)
            for cell in source.cells_to_fill_in
            for _, _, text in self.about.get(cell.name, ())
        )

    def why_unused(self, assignment: AssignmentCells) -> str:
        """Return why this file does not count."""
        held = [source for source in assignment.notebooks.values() if self.known_cells(source)]
        if not held:
            return tr_later("has none of this assignment's cells")
        edited = [source.name for source in held if self.is_edited(source)]
        return Reason.COPY.format(notebooks=in_words(edited)) if edited else tr_later("is unchanged")

    def work(self, source: SourceNotebook) -> dict[str, list[str]]:
        """Return the work: name of a cell to fill in → texts, without trailing blanks."""
        return {
            cell.name: [bare(text) for _, _, text in self.about.get(cell.name, ())] for cell in source.cells_to_fill_in
        }


def locate(files: HandedIn, assignment: AssignmentCells, pictures: Pictures) -> Search:
    """Find the notebooks of an assignment in a submission.

    Inputs:
    - files: the submission
    - assignment: its cells
    - pictures: of the submission; gets the pictures of the notebooks

    Raises: GraderError if the disk or this machine fails.
    """
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
                    tr_later(
                        "has none of this assignment's cells: hand in the released notebook with your code in its cells"
                    ),
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
            problems[name] = replace(problem, words=files.instead(problem.words, used))
    if search.ended:
        for name in wanting:
            note = Repair(RepairKind.SEARCH_ENDED, {"limit": search.ended}, name)
            if name in located:
                located[name] = replace(located[name], repairs=(*located[name].repairs, note))
                limited[name] = note.sentence
            else:
                words = Reason.MORE_COPIES.format(problem=problems[name].words, what=search.ended)
                problems[name] = replace(problems[name], words=words)
                limited[name] = problems[name].sentence
    elif search.beyond:
        for name, problem in problems.items():
            words = Reason.STOPPED.format(problem=problem.words, place=search.beyond)
            problems[name] = replace(problem, words=words)
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


def _handed_out(assignment: AssignmentCells) -> frozenset[str]:
    """Hashes of the texts in all releases and languages, without cells to fill in."""
    texts = [cell.source for source in assignment.notebooks.values() for cell in source.cells if not cell.is_solution]
    texts += [text for source in assignment.notebooks.values() for text in source.translated]
    earlier = (source.earlier.texts for source in assignment.notebooks.values())
    return frozenset(map(text_digest, texts)).union(*earlier)


def _found_as(found: Sequence[Candidate], source: SourceNotebook, assignment: AssignmentCells) -> Located:
    """The last candidate for a notebook as a Located, with a Repair about it."""
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

    Canvas names a later attempt X-1.ipynb, Moodle and browsers name it X (1).ipynb. Jupyter's
    X-Copy1.ipynb can be older or newer.
    """
    pattern = re.compile(rf"{re.escape(named.label.removesuffix('.ipynb'))}(?:-| ?\()([0-9]{{1,3}})\)?\.ipynb")
    numbers = {copy: match[1] for copy in copies if (match := pattern.fullmatch(copy.label.rpartition("/")[2]))}
    later = [copy for copy in numbers if copy.is_edited(source) and copy.work(source) != named.work(source)]
    return max(later, key=lambda copy: int(numbers[copy]), default=named)


def _other_versions(candidates: Sequence[Candidate], counts: Candidate, source: SourceNotebook) -> list[Repair]:
    """Repairs about edited copies of a notebook whose work differs from the one that counts.

    - candidates: the notebook of the right name, then the copies
    """
    label = counts.label if counts in candidates[1:] else ""
    return [
        Repair(RepairKind.OTHER_COPY, {"file": other.label, "counts": label})
        for other in candidates
        if other.is_edited(source) and other.work(source) != counts.work(source)
    ]


def waiting_for_a_person(limited: Mapping[str, str], assignment: AssignmentCells) -> dict[str, str]:
    """Return exercise or question → why it needs a person: a limit removed work.

    Inputs:
    - limited: notebook name → message about the limit
    - assignment: its cells
    """
    return {
        cell.name: reason for name, reason in limited.items() for cell in assignment.notebooks[name].cells_to_fill_in
    }


def _among(candidates: Sequence[Candidate], source: SourceNotebook, assignment: AssignmentCells) -> list[Candidate]:
    """The candidates with at least half of the notebook's solution cells, the best one last.

    Edited ones come last, and among these the ones that have more cells of this notebook than of
    others.
    """
    enough = max(1, len(source.solution_cells) // 2)
    found = []
    for candidate in candidates:
        known = {name: candidate.known_cells(other) for name, other in assignment.notebooks.items()}
        is_this = known[source.name] == max(known.values())
        # A file that is mainly another notebook counts only if it has work for this one.
        if known[source.name] >= enough and (is_this or candidate.is_edited(source)):
            found.append((candidate.is_edited(source), is_this, candidate))
    return [candidate for *_, candidate in sorted(found, key=lambda entry: entry[:2])]
