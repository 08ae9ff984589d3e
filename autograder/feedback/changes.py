"""Compare points with those in the feedback that a student already has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypedDict

from autograder.course.assignment import Assignment
from autograder.feedback.language import counted
from autograder.feedback.whole_tests import whole_tests
from autograder.language import tr, tr_later, tr_plural
from autograder.model import Result
from autograder.printable import rounded

__all__ = [
    "Change",
    "ChangedNotebook",
    "ChangedPart",
    "ChangedTest",
    "Decision",
    "NotebookFacts",
    "PageFacts",
    "PartFacts",
    "Released",
    "changes_since",
    "changes_text",
    "page_facts",
]

NOTHING = "–"
WHY = {
    "work": tr_later("You submitted again."),
    "tests": tr_later("The hidden tests were changed."),
    "tolerances": tr_later("A tolerance of the hidden tests was changed."),
    "solutions": tr_later("A reference solution of the hidden tests was changed."),
    "settings": tr_later("A limit or another setting of the grader was changed."),
    "grader": tr_later("The grader was changed."),
}
UNKNOWN = tr_later("The hidden tests or the grader were changed.")


class Decision(TypedDict):
    """The decision about a regrade request, for the student.

    - opened: time of the request.
    - decided: time of the decision.
    - decision: "accepted" or "declined".
    - note: explanation for the student.
    """

    opened: str
    decided: str
    decision: str
    note: str


class NotebookGrades(Protocol):
    """The grades of a notebook, see gradebook.writer.NotebookGrades."""

    @property
    def score(self) -> float:
        """Points of the notebook."""

    @property
    def max_score(self) -> float:
        """Maximum number of points."""

    @property
    def late_penalty(self) -> float:
        """Points deducted for lateness."""

    @property
    def due(self) -> str:
        """Due date (UTC), or ""."""

    @property
    def scores(self) -> Mapping[str, tuple[float | None, float]]:
        """grade_id → (score or None, maximum number of points)."""


Share = tuple[float, float]  # (earned, maximum): weights of a test, or points of a part


@dataclass(frozen=True)
class PartFacts:
    """The points of an exercise or a question.

    - notebook: file name.
    - auto: score by the hidden tests; None for a question.
    - tests: title of a hidden test → (earned weight, weight).
    - score: score in the gradebook; None until a person has graded the question.
    - points: maximum score.
    """

    notebook: str
    auto: float | None
    tests: dict[str, Share]
    score: float | None
    points: float

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> PartFacts:
        """Convert from the JSON of `asdict`. Raises: KeyError, TypeError, ValueError."""
        tests = {title: (earned, weight) for title, (earned, weight) in content["tests"].items()}
        return cls(content["notebook"], content["auto"], tests, content["score"], content["points"])


@dataclass(frozen=True)
class NotebookFacts:
    """The points of a notebook. `due`: the due date (UTC), or ""."""

    score: float | None
    points: float
    late_penalty: float
    due: str


@dataclass(frozen=True)
class PageFacts:
    """The points on a student's pages, for later comparison.

    - parts: exercise or question → PartFacts.
    - notebooks: name → NotebookFacts.
    - handed_in: submission time, or None if unknown.
    """

    parts: dict[str, PartFacts]
    notebooks: dict[str, NotebookFacts]
    handed_in: str | None

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> PageFacts:
        """Convert from the JSON of `to_json`. Raises: KeyError, TypeError, ValueError."""
        parts = {name: PartFacts.from_json(part) for name, part in content["parts"].items()}
        notebooks = {name: NotebookFacts(**notebook) for name, notebook in content["notebooks"].items()}
        return cls(parts, notebooks, content["handed_in"])


@dataclass(frozen=True)
class ChangedTest:
    """A hidden test with another outcome. `before`, `now`: its points as text."""

    title: str
    before: str
    now: str


@dataclass(frozen=True)
class ChangedPart:
    """An exercise, a question or a late penalty whose points changed.

    - part: its name.
    - before, now: points as text.
    - why: sentences.
    """

    part: str
    before: str
    now: str
    why: tuple[str, ...]
    tests: tuple[ChangedTest, ...] = ()


@dataclass(frozen=True)
class ChangedNotebook:
    """The points of a notebook before and now, as text, and the changed parts."""

    before: str
    now: str
    rows: tuple[ChangedPart, ...]


@dataclass(frozen=True)
class Change:
    """All changes since released feedback.

    - since: time of that feedback.
    - notebooks: name → ChangedNotebook, without unchanged notebooks.
    """

    since: str
    notebooks: dict[str, ChangedNotebook]

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Change:
        """Convert from the JSON of `to_json`. Raises: KeyError, TypeError, ValueError."""
        notebooks = {
            name: ChangedNotebook(notebook["before"], notebook["now"], tuple(map(_part_from_json, notebook["rows"])))
            for name, notebook in content["notebooks"].items()
        }
        return cls(content["since"], notebooks)

    def in_notebook(self, name: str) -> dict[str, Any]:
        """Return the changes of one notebook as JSON types, for its page."""
        return {"since": self.since, **asdict(self.notebooks[name])}


def _part_from_json(content: Mapping[str, Any]) -> ChangedPart:
    tests = tuple(ChangedTest(**test) for test in content["tests"])
    return ChangedPart(content["part"], content["before"], content["now"], tuple(content["why"]), tests)


@dataclass(frozen=True)
class Released:
    """The feedback that a student has.

    - time: time of its release.
    - facts: points on its pages.
    - causes: see cache_keys.Keys.causes; empty for results of earlier versions.
    - told: changes that its pages list, newest first.
    """

    time: str
    facts: PageFacts
    causes: dict[str, Any]
    told: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Released:
        """Convert from the JSON of `to_json`. Raises: KeyError, TypeError, ValueError."""
        told = tuple(map(Change.from_json, content["told"]))
        return cls(content["time"], PageFacts.from_json(content["facts"]), dict(content["causes"]), told)


def page_facts(
    assignment: Assignment, result: Result, notebook_grades: Mapping[str, NotebookGrades], handed_in: str | None
) -> PageFacts:
    """Return the points on a student's pages.

    Inputs:
    - notebook_grades: file name of a notebook → its grades.
    - handed_in: submission time, or None if unknown.
    """
    parts = {}
    for exercise in assignment.exercises.values():
        scored = result.exercises[exercise.name]
        tests = {test.title: (test.earned, test.weight) for test in whole_tests(scored.tests)}
        score, points = notebook_grades[exercise.notebook].scores[exercise.grade_cell]
        parts[exercise.name] = PartFacts(exercise.notebook, scored.score, tests, score, points)
    for question in assignment.questions.values():
        score, points = notebook_grades[question.notebook].scores[question.name]
        parts[question.name] = PartFacts(question.notebook, None, {}, score, points)
    notebooks = {
        name: NotebookFacts(s.score, s.max_score, s.late_penalty, s.due) for name, s in notebook_grades.items()
    }
    return PageFacts(parts, notebooks, handed_in)


def changes_since(
    released: Released, facts: PageFacts, causes: Mapping[str, Any], decided: Mapping[str, Sequence[Decision]]
) -> Change | None:
    """Compare points with those in the feedback that a student has.

    Inputs:
    - released: the feedback that the student has.
    - facts: the current points.
    - causes: causes of the current result, see cache_keys.Keys.causes.
    - decided: exercise or question → decisions of regrade requests.

    Returns: the Change, or None without changes.
    """
    notebooks = {}
    news = _Causes(released.causes, causes)
    for name, now in facts.notebooks.items():
        rows = _rows_of(name, released, facts, news, decided)
        before = released.facts.notebooks.get(name, NotebookFacts(None, 0, 0, ""))
        if now.late_penalty != before.late_penalty:
            when = None if facts.handed_in == released.facts.handed_in else facts.handed_in
            rows.append(_late_row(before, now, when, bool(rows)))
        if rows:
            texts = _of(before.score, before.points), _of(now.score, now.points)
            notebooks[name] = ChangedNotebook(*texts, tuple(rows))
    return Change(released.time, notebooks) if notebooks else None


def _rows_of(
    notebook: str, released: Released, facts: PageFacts, causes: _Causes, decided: Mapping[str, Sequence[Decision]]
) -> list[ChangedPart]:
    """Return the changed parts of a notebook, removed parts last."""
    rows = []
    for name in {**facts.parts, **released.facts.parts}:
        old, new = released.facts.parts.get(name), facts.parts.get(name)
        there = new or old
        if there is None or there.notebook != notebook:
            continue
        fresh = [d for d in decided.get(name, ()) if d["decided"] >= released.time]
        if row := _row(name, old, new, causes, fresh):
            rows.append(row)
    return rows


class _Causes:
    """The differences between two results of the same student."""

    def __init__(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        self.before, self.now = before, now

    def why(self, exercise: str) -> list[str]:
        """Return the reasons for changed outcomes of an exercise; [] if unknown."""
        if not self.before or not self.now:
            return []
        old, new = self._of(self.before, exercise), self._of(self.now, exercise)
        return [tr(words) for cause, words in WHY.items() if cause in new and old.get(cause, new[cause]) != new[cause]]

    @property
    def is_other_work(self) -> bool:
        return bool(self.before.get("work") != self.now.get("work"))

    @staticmethod
    def _of(causes: Mapping[str, Any], exercise: str) -> dict[str, Any]:
        return {**causes, "tests": causes.get("tests", {}).get(exercise)}


def _row(
    name: str, old: PartFacts | None, new: PartFacts | None, causes: _Causes, decided: Iterable[Decision]
) -> ChangedPart | None:
    if old is None or new is None:
        before, now = (NOTHING if part is None else _of(part.score, part.points) for part in (old, new))
        gone, new_one = tr("It is no longer part of the assignment."), tr("It is a new part of the assignment.")
        why = gone if new is None else new_one
        return ChangedPart(name, before, now, (why,))
    tests = _changed_tests(old, new)
    if not tests and (old.score, old.points) == (new.score, new.points):
        return None
    answers = {
        "accepted": tr("Your regrade request was accepted."),
        "declined": tr("Your regrade request was declined."),
    }
    reasons = [answers[decision["decision"]] for decision in decided]
    if tests or old.auto != new.auto:
        found = causes.why(name)
        only_points = not tests and old.points != new.points
        reasons += found or ([] if only_points else [tr(UNKNOWN)])
    if old.points != new.points:
        worth = tr_plural(
            "It is now worth {points} point instead of {before}.",
            "It is now worth {points} points instead of {before}.",
            counted(new.points),
            points=rounded(new.points),
            before=rounded(old.points),
        )
        reasons.append(worth)
    reasons += _why_by_hand(old, new, causes)
    return ChangedPart(name, _of(old.score, old.points), _of(new.score, new.points), tuple(reasons), tests)


def _why_by_hand(old: PartFacts, new: PartFacts, causes: _Causes) -> list[str]:
    if not new.tests or old.score is None or new.score is None:  # graded by hand
        if old.score == new.score:
            return []
        if old.score is None:
            return [tr("It was graded by hand.")]
        return [tr(WHY["work"]) if causes.is_other_work else tr("A grader changed the points.")]
    before, now = (
        round((score or 0) - (auto or 0), 4) for score, auto in ((old.score, old.auto), (new.score, new.auto))
    )
    if before == now:
        return []
    return [tr("A grader changed the points.") if now else tr("The points set by a grader were removed.")]


def _changed_tests(old: PartFacts, new: PartFacts) -> tuple[ChangedTest, ...]:
    """Return the tests with other outcomes, with their points before and now."""
    totals = [sum(weight for _, weight in part.tests.values()) for part in (old, new)]
    changed = []
    for title in {**new.tests, **old.tests}:
        was, now = old.tests.get(title), new.tests.get(title)
        if was and now and was[0] * now[1] == now[0] * was[1] and _share(was, totals[0]) == _share(now, totals[1]):
            continue
        before, after = (
            NOTHING if test is None else _of(points * test[0] / total, points * test[1] / total)
            for test, total, points in ((was, totals[0], old.points), (now, totals[1], new.points))
        )
        changed.append(ChangedTest(title.removesuffix("."), before, after))
    return tuple(changed)


def _share(test: Share, total: float) -> float:
    return round(test[1] / total, 6)


def _late_row(before: NotebookFacts, now: NotebookFacts, handed_in: str | None, other_points: bool) -> ChangedPart:
    if before.due != now.due:
        moved = tr("The due date is now {date} UTC.", date=now.due)
        why = moved if now.due else tr("The due date was removed.")
    elif handed_in:
        why = tr("The submission time is now {time}.", time=handed_in)
    else:
        why = tr("The points changed.") if other_points else tr("The rule for late submissions was changed.")
    texts = [f"−{rounded(facts.late_penalty)}" if facts.late_penalty else "0" for facts in (before, now)]
    return ChangedPart(tr("late penalty"), texts[0], texts[1], (why,))


def _of(score: float | None, points: float) -> str:
    if score is None:
        return tr("not graded of {points}", points=rounded(points))
    return tr("{score} of {points}", score=rounded(score), points=rounded(points))


def _test_words(test: ChangedTest) -> str:
    return tr("{title}: {before} → {now}", title=test.title, before=test.before, now=test.now)


def changes_text(change: Change) -> list[str]:
    """Return a change as lines of plain text, for all notebooks together."""
    lines = [tr("Changes since the feedback of {date}:", date=change.since)]
    for notebook in change.notebooks.values():
        for row in notebook.rows:
            points = tr("{part}: {before} → {now} points.", part=row.part, before=row.before, now=row.now)
            lines.append(" ".join([points, *row.why]))
            lines.extend(f"    {_test_words(test)}" for test in row.tests)
    return lines
