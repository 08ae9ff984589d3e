"""The class report as one HTML file that needs nothing else: style, drawings and a few lines of script are in it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from autograder.feedback.table import heading
from autograder.feedback.texts import isolation_text
from autograder.feedback.whole_tests import in_words
from autograder.model import State
from autograder.printable import clean
from autograder.repairs import PHRASES, RepairKind
from autograder.report.statistics import ClassFigures, ExerciseFigures, Row, TestFigures
from autograder.templates import page_template

__all__ = ["LOW", "report_page"]

HERE = Path(__file__).parent
NAME = 80  # characters of an id that are shown
MISCONCEPTIONS, UNEXPLAINED, SLOWEST = 20, 10, 10
LOW, ENOUGH = 0.1, 10  # a discrimination below the one is pointed out where so many students pass, and as many fail
NOT_SCORED = "the grader failed to score what was handed in last"
NO_RESULT = "something was handed in, and there is no result of it: run make autograde"

Link = tuple[str, str]  # a word, and the URL of a page


def report_page(
    figures: ClassFigures,
    *,
    name: str,
    links: Callable[[str], list[Link]],
    secret: str | None = None,
    without_result: Iterable[str] = (),
    not_scored: Mapping[str, str] | None = None,
    bundle: str = "",
    proof: list[str] | None = None,
    abbreviations: Mapping[str, str] | None = None,
) -> str:
    """The class report.

    Inputs:
    - figures: with at least one row. - name: of the assignment.
    - links: function of a student's id → links to the feedback pages that are there.
    - secret: where it is given, the page names nobody: students are numbered in an order that only it tells, and no
      text is shown that comes from them.
    - without_result: ids of those who handed in something and have no result.
    - not_scored: student → why the grader failed to score what they handed in last.
    - abbreviations: word in the exercises' names → what stands for it in narrow places.
    - bundle, proof: name of the student bundle, and what was checked before it was released, lines, if that is known.

    Returns: the page, a text. The same input gives the same page.
    """
    script = (HERE / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    facts = _Facts(figures, links, secret, abbreviations or {}).gathered(without_result, not_scored or {})
    return page_template("autograder.report", "report.html.j2", breakable=_breakable).render(
        **facts,
        title=f"Class report: {name}" + (", without names" if secret else ""),
        style=Markup((HERE / "report.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        bundle=bundle,
        proof=proof,
    )


class _Facts:
    """What the template shows, worked out from the figures."""

    def __init__(
        self,
        figures: ClassFigures,
        links: Callable[[str], list[Link]],
        secret: str | None,
        abbreviations: Mapping[str, str],
    ) -> None:
        self.abbreviations = abbreviations
        self.anonymous = secret is not None
        students = [row.student for row in figures.rows]
        if secret is not None:
            key = secret.encode()
            students.sort(key=lambda student: hmac.digest(key, _bytes(student), "sha256"))
            place = {student: number for number, student in enumerate(students, start=1)}
            self.names = {student: f"Student\u00a0{number}" for student, number in place.items()}
            # Not even among equals may the order of the files show.
            figures = dataclasses.replace(figures, rows=sorted(figures.rows, key=lambda row: place[row.student]))
        else:
            self.names = {student: clean(student, limit=NAME) for student in students}
        self.links = {student: [] if self.anonymous else links(student) for student in students}
        self.figures = figures

    def gathered(self, without_result: Iterable[str], not_scored: Mapping[str, str]) -> dict[str, Any]:
        """The values by the names that the template uses."""
        figures, rows = self.figures, self.figures.rows
        counts, losses = figures.histogram(), _losses(figures)
        attention = self._attention(without_result, not_scored)
        shown = figures.commonest(MISCONCEPTIONS)
        return {
            "anonymous": self.anonymous,
            "count": len(rows),
            "warnings": list(_warnings(figures)),
            "tiles": list(_tiles(figures, len(attention))),
            "histogram": list(zip(_ranges(len(counts)), counts, strict=True)),
            "counts": counts,
            "counts_in_words": _scores_in_words(counts),
            "losses": losses,
            "losses_in_words": _losses_in_words(losses),
            "most_lost": max(wrong + blank for _, wrong, blank in losses) if losses else 0,
            "misconceptions": shown,
            "left_out": len(figures.misconceptions) - len(shown),
            "unexplained": [self._unexplained(*pair) for pair in figures.unexplained(UNEXPLAINED)],
            "exercises": [
                _exercise(exercise, len(rows), self.abbreviations) for exercise in figures.exercises.values()
            ],
            "low": LOW,
            "enough": ENOUGH,
            "attention": [(link, reasons) for link, reasons, _ in attention],
            "attention_kinds": _counted(kind for _, _, kinds in attention for kind in kinds),
            "states": _counted(row.state for row in rows),
            "isolation": [(isolation_text(level), count) for level, count in figures.isolation.most_common()],
            "repairs": _counted(phrase for row in rows for phrase in row.repair_phrases),
            "slowest": [
                (self._link(row.student), f"{row.seconds:.1f}", _number(row.score)) for row in figures.slowest(SLOWEST)
            ],
            "rows": [self._row(row) for row in rows],
        }

    def _link(self, student: str) -> tuple[str, str | None]:
        """(name to show, URL of the first feedback page or None)."""
        links = self.links[student]
        return self.names[student], links[0][1] if links else None

    def _attention(
        self, without_result: Iterable[str], not_scored: Mapping[str, str]
    ) -> list[tuple[tuple[str, str | None], list[str], list[str]]]:
        """Give (link, reasons, their kinds) of each student."""
        found = []
        for row in self.figures.rows:
            stale = row.student in not_scored
            if row.problems or row.foreign or stale or row.state is State.NEEDS_ATTENTION:
                others = [*row.foreign]
                others += [f"{NOT_SCORED}: {clean(not_scored[row.student])}"] if stale else []
                foreign = [PHRASES[RepairKind.FOREIGN_NAME]] if row.foreign else []
                kinds = [*row.problem_kinds, *foreign, *([NOT_SCORED] if stale else [])]
                found.append((self._link(row.student), [*row.problems, *others], kinds))
        for student in without_result:
            why = NOT_SCORED if student in not_scored else NO_RESULT
            words = f"{why}: {clean(not_scored[student])}" if student in not_scored else why
            found.append(((clean(student, limit=NAME), None), [words], [why]))
        return found

    def _unexplained(self, exercise: str, test: TestFigures) -> dict[str, Any]:
        statuses = sorted(test.unexplained.items(), key=lambda pair: (-pair[1], pair[0]))
        return {
            "exercise": exercise,
            "title": test.title,
            "students": test.unexplained.total(),
            "parts": _failed_parts(test),
            "how": ", ".join(f"{count} {status}" for status, count in statuses),
            "examples": [self._link(student) for student in test.examples],
        }

    def _row(self, row: Row) -> dict[str, Any]:
        notes = [*row.problem_kinds, *row.repair_phrases] if self.anonymous else [*row.problems, *row.repairs]
        if row.left_out and not self.anonymous:
            notes.append(f"and {row.left_out} more, see the feedback")
        return {
            "link": self._link(row.student),
            "score": _number(row.score),
            "state": row.state,
            "scores": [_number(row.scores[name]) if name in row.scores else "" for name in self.figures.exercises],
            "seconds": f"{row.seconds:.1f}",
            "notes": notes,
            "links": self.links[row.student],
        }


def _warnings(figures: ClassFigures) -> Iterator[str]:
    levels = figures.isolation
    if levels["none"]:
        yield (
            f"{_submissions(levels['none'])} scored without a sandbox, so the students' code could read and change"
            " whatever the grader can, its own score included. Grade again without --isolation none."
        )
    if len(levels) > 1:
        mixed = ", ".join(f"{count} {isolation_text(level)}" for level, count in levels.most_common())
        yield f"Submissions were not all kept apart in the same way: {mixed}. make autograde scores all in one way."
    if len(figures.versions) > 1:
        others = len(figures.rows) - figures.versions.most_common(1)[0][1]
        yield (
            f"{_submissions(others)} scored with other tests or points than most. Run make autograde, then make this"
            " report again."
        )


def _submissions(count: int) -> str:
    return "1 submission was" if count == 1 else f"{count} submissions were"


def _tiles(figures: ClassFigures, attention: int) -> Iterator[tuple[str, str | int, str]]:
    """(heading, value, what is added to it in small letters)."""
    count, most, summary = len(figures.rows), figures.rows[0].max_score, figures.summary
    full = sum(row.score == row.max_score for row in figures.rows)
    states = figures.states
    yield "Submissions", count, ""
    yield "Median", _number(summary["median"]), f"of {_number(most)}"
    yield "Mean", f"{summary['mean']:.1f}", f"of {_number(most)}"
    yield "Middle half", f"{summary['lower']:.0f}–{summary['upper']:.0f}", "points"
    yield "Full marks", full, f"{100 * full / count:.0f} %"
    yield "Not attempted", states[State.NOT_ATTEMPTED], ""
    yield "After repair", states[State.GRADED_AFTER_REPAIR], ""
    yield "Need attention", attention, ""


def _ranges(bins: int) -> list[str]:
    return [f"{100 * step // bins} to {100 * (step + 1) // bins}" for step in range(bins)]


def _scores_in_words(counts: Sequence[int]) -> str:
    parts = ", ".join(f"{words} percent: {n}" for words, n in zip(_ranges(len(counts)), counts, strict=True) if n)
    return f"Submissions by score. {parts}."


def _losses(figures: ClassFigures) -> list[tuple[str, float, float]]:
    """Give (exercise, points lost in attempts, points lost without one), as means over the class."""
    count = len(figures.rows)
    return [(e.name, e.lost_wrong / count, e.lost_blank / count) for e in figures.exercises.values()]


def _losses_in_words(losses: Iterable[tuple[str, float, float]]) -> str:
    parts = ", ".join(f"{name}: {wrong + blank:.2f}" for name, wrong, blank in losses)
    return f"Points lost on average. {parts}."


def _exercise(exercise: ExerciseFigures, count: int, abbreviations: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": exercise.name,
        "short": heading(exercise.name, abbreviations),
        "points": _number(exercise.points),
        "attempted": exercise.attempted,
        "full": exercise.full,
        "lost": f"{(exercise.lost_wrong + exercise.lost_blank) / count:.2f}",
        "misconceived": exercise.misconceived,
        "tests": [{**_test(test), "parts": _parts(test)} for test in exercise.tests.values()],
    }


def _failed_parts(test: TestFigures) -> str:
    """Which parts of a test students fail for no known reason, most of them first; "" where all parts are alike."""
    counts = {name: part.unexplained.total() for name, part in test.parts.items()}
    if len(set(counts.values())) < 2:
        return ""
    ordered = sorted(counts, key=lambda name: -counts[name])
    return ", ".join(f"{name} {counts[name]}" for name in ordered if counts[name])


def _parts(test: TestFigures) -> list[dict[str, Any]]:
    """The parts of a test, those with the same figures as one; none where these are the figures of the test, too."""
    alike: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for part in test.parts.values():
        shown = _test(part)
        key = (shown["attempted"], shown["passed"], shown["discrimination"])
        alike.setdefault(key, []).append(shown)
    if len(alike) == 1 and test.passed == next(iter(test.parts.values())).passed:
        return []
    return [
        {**parts[0], "title": in_words([part["title"] for part in parts]), "each": len(parts) > 1}
        for parts in alike.values()
    ]


def _test(test: TestFigures) -> dict[str, Any]:
    value = test.discrimination
    flag = ""
    if value is not None and value < LOW and ENOUGH <= test.passed <= test.attempted - ENOUGH:
        flag = "negative" if value < 0 else "low"
    return {
        "title": test.title,
        "weight": _number(test.weight),
        "each": False,
        "attempted": test.attempted,
        "passed": test.passed,
        "discrimination": "–" if value is None else f"{round(value, 2) + 0:.2f}".replace("-", "−"),
        "flag": flag,
    }


def _counted(words: Iterable[str]) -> list[tuple[str, int]]:
    """(word, how often), the commonest first."""
    return sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))


def _breakable(name: str) -> str:
    """The long name of an exercise for a narrow column: a line may end behind each underscore."""
    return Markup("_<wbr>").join(name.split("_"))


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
