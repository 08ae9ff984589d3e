"""Which submissions share code that hardly anyone else has: pairs for a person to look at, never a verdict.

Short right answers to the same exercise look alike. So what was handed out is taken away first, then what many have; a
pair is ranked by what is left that the two have in common.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.course.assignment import Assignment
from autograder.course.cells import bare
from autograder.errors import UsageError
from autograder.intake.submission import Submission, SubmittedCell
from autograder.similarity.fingerprints import Fingerprint, Hashes, fingerprints, handed_out, squeezed

__all__ = [
    "COMMON",
    "COMMON_BOUNDS",
    "LETTER",
    "MAX_PAIRS",
    "MIN_SHARED",
    "USUAL",
    "ClassFigures",
    "Pair",
    "Report",
    "SharedUnit",
    "compare_class",
]

# Set by made-up classes of 10 to 200 students, who drew from the programs of autograder/mutants; docs/similarity.md
# says what comes of them.
COMMON = 0.05  # what a larger part of the class has is no sign of anything …
COMMON_BOUNDS = 4, 20  # … and so many students are the least and the most that this can mean
MIN_SHARED = 150  # phrases that a pair must have in common to be shown: seven or eight lines in a row …
USUAL = 3, 0.9  # … and three times what nine of ten submissions have in common with one outside of any small group
LETTER = 0.4  # a line of code has so many phrases for each one that it has to the letter
MIN_UNITS = 5  # exercises that must be the same but for names, where nothing in them is rare
MIN_LISTED = 10  # phrases in common for which an exercise of a pair is listed
MAX_PAIRS = 50
AT_ONCE = 10_000  # phrases that are counted in one go, to bound memory


@dataclass(frozen=True)
class SharedUnit:
    """One exercise of a pair.

    - shared: phrases in common, weighted. - same: how many students have exactly this text, both of these being the
      same; 0 when they differ. - texts: the two texts. - alike: for each, the lines (indices) that are marked.
    - own: for each, the lines (indices) that were not handed out.
    """

    name: str
    shared: float
    same: int
    texts: tuple[str, str]
    alike: tuple[frozenset[int], frozenset[int]]
    own: tuple[frozenset[int], frozenset[int]]


@dataclass(frozen=True)
class Pair:
    """Two submissions to look at.

    - shared: phrases that they have in common in all exercises, weighted.
    - whole: "letter" when all of it is the same to the letter, "code" when it is but for names, comments and strings,
      else "".
    """

    students: tuple[str, str]
    shared: float
    whole: str
    units: list[SharedUnit]


@dataclass(frozen=True)
class ClassFigures:
    """One exercise in the class: how many wrote something, the part (0 to 1) of their code that is common, and the size
    of the largest group with the same text to the letter."""

    name: str
    written: int
    common: float
    largest_group: int


@dataclass(frozen=True)
class Report:
    """What the page shows.

    - students: how many wrote something. - limit: what more of them have is common. - least: phrases, weighted, from
      which on a pair is shown. - pairs: the first to look at first. - not_shown: how many more there are.
    - not_compared: (student, exercise).
    """

    students: int
    limit: int
    least: float
    pairs: list[Pair]
    not_shown: int
    figures: list[ClassFigures]
    not_compared: list[tuple[str, str]]


class _Phrases:
    """Who has which phrase of one exercise, read in one way.

    - sizes: phrases of each student. - common: part of all these that many have.
    - rare: a number of students → (phrases that so many have, array (phrases, students) of who they are).
    """

    def __init__(self, own: Sequence[Hashes], limit: int) -> None:
        """`own`: for each student an array of hashes, each once, without those that were handed out."""
        self.sizes = [len(phrases) for phrases in own]
        phrases, who = np.concatenate([np.zeros(0, np.int64), *own]), np.repeat(np.arange(len(own)), self.sizes)
        order = np.argsort(phrases, kind="stable")
        who = who[order]
        phrases, first, counts = np.unique(phrases[order], return_index=True, return_counts=True)
        self.common = float(counts[counts > limit].sum() / max(1, counts.sum()))
        self.rare: dict[int, tuple[Hashes, NDArray[np.intp]]] = {}
        for number in range(2, limit + 1):
            chosen = counts == number
            self.rare[number] = phrases[chosen], who[first[chosen][:, None] + np.arange(number)]

    def shared(self) -> NDArray[np.float64]:
        """(students, students), of which the upper triangle counts the rare phrases that two have in common; one that m
        have counts 2 / m."""
        total = np.zeros((len(self.sizes), len(self.sizes)))
        for number, (_, who) in self.rare.items():
            a, b = np.triu_indices(number, 1)
            for rows in (who[i : i + AT_ONCE] for i in range(0, len(who), AT_ONCE)):
                np.add.at(total, (rows[:, a].ravel(), rows[:, b].ravel()), 2 / number)
        return total

    def rare_in_both(self, a: int, b: int) -> Hashes:
        """The rare phrases of which two students are among the holders."""
        found = [phrases[(who == a).any(1) & (who == b).any(1)] for phrases, who in self.rare.values()]
        return np.concatenate(found)


class _Unit:
    """One exercise, or the cells that students added to a notebook, as the whole class wrote it."""

    def __init__(self, name: str, stub: str, texts: list[str | None], given: tuple[Hashes, Hashes], limit: int) -> None:
        """`texts`: the students' texts, None for those who wrote nothing; `given`: see handed_out."""
        self.name, self.texts = name, texts
        self.stub_lines = frozenset(squeezed(line) for line in stub.splitlines())
        self.holders = Counter(text for text in texts if text is not None)
        known = {text: self._read(text) for text in self.holders}
        read = [known.get(text) if text is not None else None for text in texts]
        self.not_compared = [i for i, text in enumerate(texts) if text is not None and read[i] is None]
        self.codes = [found[0].read if found else text for found, text in zip(read, texts, strict=True)]
        nothing = np.zeros(0, np.int64)
        self.code, self.letter = (
            _Phrases([_without(given[way], found[way].phrases) if found else nothing for found in read], limit)
            for way in (0, 1)
        )

    def _read(self, text: str) -> tuple[Fingerprint, Fingerprint] | None:
        """The Fingerprints of a text; None when it is too long, or more than the lexer can take."""
        try:
            return fingerprints(text, given=self.stub_lines)
        except UsageError:
            raise
        except Exception:
            return None

    def shared(self) -> NDArray[np.float64]:
        """(students, students): phrases in common, by the way of reading that finds more."""
        return np.maximum(self.code.shared(), LETTER * self.letter.shared())

    def compare(self, a: int, b: int, shared: float) -> SharedUnit | None:
        """SharedUnit of two students, or None when there is nothing to see."""
        first, second = self.texts[a], self.texts[b]
        if first is None or second is None:
            return None
        texts = first, second
        same = texts[0] == texts[1] and self.code.sizes[a] > 0
        if not (same or shared >= MIN_LISTED):
            return None
        both = self.code.rare_in_both(a, b), self.letter.rare_in_both(a, b)
        alike: list[frozenset[int]] = []
        own: list[frozenset[int]] = []
        for text in texts:
            read = fingerprints(text, given=self.stub_lines)
            if read is None:
                return None
            code, letter = read
            mine = set(letter.lines.tolist())
            own.append(frozenset(mine))
            alike.append(frozenset(mine if same else mine & (code.lines_of(both[0]) | letter.lines_of(both[1]))))
        holders = self.holders[first] if same else 0
        return SharedUnit(self.name, shared, holders, texts, (alike[0], alike[1]), (own[0], own[1]))

    def figures(self) -> ClassFigures:
        largest = max(self.holders.values(), default=0)
        return ClassFigures(self.name, self.holders.total(), self.code.common, largest)


def compare_class(submissions: Sequence[Submission], assignment: Assignment) -> Report:
    """Compare the submissions of a class, exercise by exercise.

    Inputs:
    - submissions: of different students.

    Raises: UsageError when copydetect is not there.
    """
    texts = list(_units(submissions, assignment))
    wrote = [i for i in range(len(submissions)) if any(written[i] is not None for _, _, written in texts)]
    students, number = [submissions[i].student for i in wrote], len(wrote)
    fewest, most = COMMON_BOUNDS
    limit = min(max(fewest, math.ceil(COMMON * number)), most)
    given = handed_out(assignment)
    units = [_Unit(name, stub, [written[i] for i in wrote], given, limit) for name, stub, written in texts]
    by_unit = [unit.shared() for unit in units]
    total = sum(by_unit, start=np.zeros((number, number)))
    least = _least(total, limit)
    whole = _same_throughout(units, number, limit)
    found = {*zip(*(axis.tolist() for axis in np.nonzero(total >= least)), strict=True), *whole}
    places = {"letter": 0, "code": 1, "": 2}
    order = sorted(found, key=lambda pair: (places[whole.get(pair, "")], -round(float(total[pair]), 6), pair))
    pairs = []
    for a, b in order[:MAX_PAIRS]:
        compared = [unit.compare(a, b, float(shared[a, b])) for unit, shared in zip(units, by_unit, strict=True)]
        seen = [unit for unit in compared if unit]
        pairs.append(Pair((students[a], students[b]), float(total[a, b]), whole.get((a, b), ""), seen))
    not_compared = [(students[i], unit.name) for unit in units for i in unit.not_compared]
    figures = [unit.figures() for unit in units]
    return Report(number, limit, least, pairs, len(order) - len(pairs), figures, not_compared)


def _least(total: NDArray[np.float64], limit: int) -> float:
    """The phrases that a pair must have in common to stand out in this class.

    What is usual is told by the submission that, for each one, comes at the place `limit` of those that are most like
    it: a small group that worked together doesn't reach as far.
    """
    if len(total) <= limit:
        return MIN_SHARED
    times, part = USUAL
    strangers = np.sort(total + total.T, axis=1)[:, -limit]
    return max(MIN_SHARED, times * float(np.quantile(strangers, part)))


def _without(given: Hashes, phrases: Hashes) -> Hashes:
    """The phrases that are not among the given ones, each once. numpy.setdiff1d would sort the given ones again."""
    phrases = np.unique(phrases)
    nearest = np.searchsorted(given, phrases).clip(max=len(given) - 1)
    return phrases[given[nearest] != phrases]


def _units(submissions: Sequence[Submission], assignment: Assignment) -> Iterator[tuple[str, str, list[str | None]]]:
    """(name, stub, texts) of each exercise, and of the cells of their own that students added to each notebook."""
    for notebook, source in assignment.notebooks.items():
        cells = [submission.notebooks[notebook] for submission in submissions]
        for cell in source.solution_cells:
            yield cell.name, cell.stub, [_text(theirs, cell.name, cell.stub) for theirs in cells]
        yield f"own cells in {notebook}", "", [_text(theirs, None, "") for theirs in cells]


def _text(cells: Sequence[SubmittedCell], grade_id: str | None, stub: str) -> str | None:
    """What a student wrote there, without blanks that editors add; None when that is nothing."""
    text = bare("\n".join(cell.source for cell in cells if cell.kind == "code" and cell.grade_id == grade_id))
    return text if text not in ("", bare(stub)) else None


def _same_throughout(units: Sequence[_Unit], number: int, limit: int) -> dict[tuple[int, int], str]:
    """Two students (numbers) → "letter" or "code", for those who have all in common, if few have the same.

    Too little text, or a few exercises that are the same but for names, mean nothing.
    """
    groups: defaultdict[tuple[str, tuple[str | None, ...]], list[int]] = defaultdict(list)
    for student in range(number):
        written = [unit for unit in units if unit.texts[student] is not None]
        if sum(unit.code.sizes[student] for unit in written) >= MIN_SHARED:
            groups["letter", tuple(unit.texts[student] for unit in units)].append(student)
            if len(written) >= MIN_UNITS:
                groups["code", tuple(unit.codes[student] for unit in units)].append(student)
    found: dict[tuple[int, int], str] = {}
    for (way, _), group in groups.items():
        if len(group) <= limit:
            for pair in ((a, b) for i, a in enumerate(group) for b in group[i + 1 :]):
                found[pair] = "letter" if way == "letter" else found.get(pair, way)
    return found
