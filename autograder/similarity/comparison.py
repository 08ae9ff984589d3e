"""Find pairs of submissions that share rare code. They are for manual review, and not a verdict.

Short correct solutions of the same exercise are similar. So released code is left out first, then
code that many students share. Pairs are ranked by the rest of their common code.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
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

# Tuned on sample classes of 10 to 200 students with known mutants and variants; docs/similarity.md has the outcomes.
COMMON = 0.05  # a phrase of a larger part of the class is common …
COMMON_BOUNDS = 4, 20  # … but the limit is between these numbers of students
MIN_SHARED = 150  # minimum number of common phrases of a shown pair: seven or eight consecutive lines …
USUAL = 3, 0.9  # … and three times the baseline that nine of ten submissions do not exceed
LETTER = 0.4  # weight of a phrase of exact text: ratio of code phrases to exact phrases in a line
MIN_UNITS = 5  # minimum number of exercises that are equal except for names, if none of their code is rare
MIN_LISTED = 10  # minimum number of common phrases of a listed exercise of a pair
MAX_PAIRS = 50
AT_ONCE = 10_000  # phrases counted at a time, to bound the memory


@dataclass(frozen=True)
class SharedUnit:
    """One exercise of a pair.

    - name: name of the exercise.
    - shared: weighted number of common phrases.
    - same: number of students with this exact text; 0 if the two texts differ.
    - texts: the two texts.
    - alike: for each text, the indices of the marked lines.
    - own: for each text, the indices of the student's own lines.
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

    - students: their ids.
    - shared: weighted number of common phrases in all exercises.
    - whole: "letter" if all texts are identical, "code" if they are identical except for names,
      comments and strings, else "".
    - units: the listed exercises.
    """

    students: tuple[str, str]
    shared: float
    whole: str
    units: list[SharedUnit]


@dataclass(frozen=True)
class ClassFigures:
    """Figures of one exercise for the class.

    - written: number of students with code of their own.
    - common: fraction (0 to 1) of their code that is common.
    - largest_group: size of the largest group with identical texts.
    """

    name: str
    written: int
    common: float
    largest_group: int


@dataclass(frozen=True)
class Report:
    """The content of the page.

    - students: number of students with code of their own.
    - limit: a phrase of more students is common.
    - least: minimum weighted number of common phrases of a shown pair.
    - pairs: the shown pairs, most similar first.
    - not_shown: number of further pairs.
    - figures: one entry per exercise.
    - not_compared: (student, exercise) pairs.
    """

    students: int
    limit: int
    least: float
    pairs: list[Pair]
    not_shown: int
    figures: list[ClassFigures]
    not_compared: list[tuple[str, str]]


class _Phrases:
    """The phrases of one exercise, as code or as exact text, with their students.

    Inputs:
    - own: for each student the array of unique hashes, without those of released code.
    - limit: a phrase of more students is common.

    Attributes:
    - sizes: number of phrases of each student.
    - common: fraction of all phrases that is common.
    - rare: number of students m → (phrases (n,) of m students, indices (n, m) of these students).
    """

    def __init__(self, own: Sequence[Hashes], limit: int) -> None:
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
        """Return the weighted common rare phrases (students, students), upper triangle.

        A phrase of m students has the weight 2 / m.
        """
        total = np.zeros((len(self.sizes), len(self.sizes)))
        for number, (_, who) in self.rare.items():
            a, b = np.triu_indices(number, 1)
            for rows in (who[i : i + AT_ONCE] for i in range(0, len(who), AT_ONCE)):
                np.add.at(total, (rows[:, a].ravel(), rows[:, b].ravel()), 2 / number)
        return total

    def rare_in_both(self, a: int, b: int) -> Hashes:
        """Return the rare phrases that two students have in common."""
        found = [phrases[(who == a).any(1) & (who == b).any(1)] for phrases, who in self.rare.values()]
        return np.concatenate(found)


class _Unit:
    """One exercise of the whole class, or the cells that students added to a notebook.

    Inputs:
    - texts: the students' texts; None for students without code of their own.
    - given: phrases of released code, see `handed_out`.
    """

    def __init__(self, name: str, stub: str, texts: list[str | None], given: tuple[Hashes, Hashes], limit: int) -> None:
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
        """Return the Fingerprints of a text; None if it is too long, or the lexer fails."""
        try:
            return fingerprints(text, given=self.stub_lines)
        except UsageError:
            raise
        except Exception:
            return None

    def shared(self) -> NDArray[np.float64]:
        """Return common phrases (students, students): the larger of both versions."""
        return np.maximum(self.code.shared(), LETTER * self.letter.shared())

    def compare(self, a: int, b: int, shared: float) -> SharedUnit | None:
        """Return the SharedUnit of two students, or None if there is little in common."""
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


def compare_class(
    submissions: Sequence[Submission], assignment: Assignment, released: Mapping[str, Sequence[str]] | None = None
) -> Report:
    """Compare the submissions of a class, exercise by exercise.

    Inputs:
    - submissions: submissions of different students.
    - released: grade_id → texts of this cell in releases, such as translations; their lines are not
      compared.

    Raises: UsageError if copydetect is not installed.
    """
    texts = list(_units(submissions, assignment))
    wrote = [i for i in range(len(submissions)) if any(written[i] is not None for _, _, written in texts)]
    students, number = [submissions[i].student for i in wrote], len(wrote)
    fewest, most = COMMON_BOUNDS
    limit = min(max(fewest, math.ceil(COMMON * number)), most)
    given = handed_out(assignment)
    units = [
        _Unit(name, "\n".join([stub, *(released or {}).get(name, ())]), [written[i] for i in wrote], given, limit)
        for name, stub, written in texts
    ]
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
    """Return the minimum number of common phrases of a shown pair.

    For each submission, the `limit`-th most similar submission sets the baseline. A small group
    that worked together does not reach that rank.
    """
    if len(total) <= limit:
        return MIN_SHARED
    times, part = USUAL
    strangers = np.sort(total + total.T, axis=1)[:, -limit]
    return max(MIN_SHARED, times * float(np.quantile(strangers, part)))


def _without(given: Hashes, phrases: Hashes) -> Hashes:
    """Return the unique phrases that are not given. numpy.setdiff1d would sort `given` again."""
    phrases = np.unique(phrases)
    nearest = np.searchsorted(given, phrases).clip(max=len(given) - 1)
    return phrases[given[nearest] != phrases]


def _units(submissions: Sequence[Submission], assignment: Assignment) -> Iterator[tuple[str, str, list[str | None]]]:
    """Yield (name, stub, texts) of each exercise, and of added cells."""
    for notebook, source in assignment.notebooks.items():
        cells = [submission.notebooks[notebook] for submission in submissions]
        for cell in source.solution_cells:
            yield cell.name, cell.stub, [_text(theirs, cell.name, cell.stub) for theirs in cells]
        yield f"own cells in {notebook}", "", [_text(theirs, None, "") for theirs in cells]


def _text(cells: Sequence[SubmittedCell], grade_id: str | None, stub: str) -> str | None:
    """Return a student's text without blanks that editors add; None without code of their own."""
    text = bare("\n".join(cell.source for cell in cells if cell.kind == "code" and cell.grade_id == grade_id))
    return text if text not in ("", bare(stub)) else None


def _same_throughout(units: Sequence[_Unit], number: int, limit: int) -> dict[tuple[int, int], str]:
    """Return pair of student indices → "letter" or "code", if identical.

    Short texts, and few exercises that are identical except for names, are ignored.
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
