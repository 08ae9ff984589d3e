"""The class report as one self-contained HTML file, with style, drawings and a short script."""

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
from autograder.printable import clean, rounded
from autograder.repairs import PHRASES, RepairKind
from autograder.report.statistics import ClassFigures, ExerciseFigures, Row, TestFigures
from autograder.templates import page_template

__all__ = ["LOW", "report_page"]

HERE = Path(__file__).parent
NAME = 80  # shown characters of an id
MISCONCEPTIONS, UNEXPLAINED, SLOWEST = 20, 10, 10
LOW, ENOUGH = 0.1, 10  # a discrimination below LOW is marked if at least ENOUGH students pass and fail
NOT_SCORED = "the grader failed to score the latest submission"
NO_RESULT = "there is a submission without a result: run make autograde"

Link = tuple[str, str]  # (text, URL of a page)


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
    """Return the class report as HTML. Equal inputs give equal pages.

    Inputs:
    - figures: figures with at least one row.
    - name: name of the assignment.
    - links: function of a student's id that returns links to the existing feedback pages.
    - secret: if given, the page is anonymous: it has no names and no text from students, and the
      secret determines the order of the students' numbers.
    - without_result: ids of students with a submission but no result.
    - not_scored: student → reason why the grader failed to score the latest submission.
    - bundle: file name of the student bundle.
    - proof: lines about the checks before the release, or None if unknown.
    - abbreviations: word in the exercises' names → abbreviation in narrow columns.
    """
    script = (HERE / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    facts = _Facts(figures, links, secret, abbreviations or {}).gathered(without_result, not_scored or {})
    return page_template("autograder.report", "report.html.j2").render(
        **facts,
        title=f"Class report: {name}" + (", without names" if secret else ""),
        style=Markup((HERE / "report.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        bundle=bundle,
        proof=proof,
    )


class _Facts:
    """The values of the template, computed from the figures."""

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
            # The order of the files must not show, not even among equal scores.
            figures = dataclasses.replace(figures, rows=sorted(figures.rows, key=lambda row: place[row.student]))
        else:
            self.names = {student: clean(student, limit=NAME) for student in students}
        self.links = {student: [] if self.anonymous else links(student) for student in students}
        self.figures = figures

    def gathered(self, without_result: Iterable[str], not_scored: Mapping[str, str]) -> dict[str, Any]:
        """Return a dict of name in the template → value."""
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
                (self._link(row.student), f"{row.seconds:.1f}", rounded(row.score)) for row in figures.slowest(SLOWEST)
            ],
            "rows": [self._row(row) for row in rows],
        }

    def _link(self, student: str) -> tuple[str, str | None]:
        """Return (shown name, URL of the first feedback page or None)."""
        links = self.links[student]
        return self.names[student], links[0][1] if links else None

    def _attention(
        self, without_result: Iterable[str], not_scored: Mapping[str, str]
    ) -> list[tuple[tuple[str, str | None], list[str], list[str]]]:
        """Return (link, reasons, their kinds) of each student who needs attention."""
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
            notes.append(f"{row.left_out} more, see the feedback")
        return {
            "link": self._link(row.student),
            "score": rounded(row.score),
            "state": row.state,
            "scores": [rounded(row.scores[name]) if name in row.scores else "" for name in self.figures.exercises],
            "seconds": f"{row.seconds:.1f}",
            "notes": notes,
            "links": self.links[row.student],
        }


def _warnings(figures: ClassFigures) -> Iterator[str]:
    levels = figures.isolation
    if levels["none"]:
        yield (
            f"{_submissions(levels['none'])} scored without a sandbox: students' code could read and change"
            " everything that the grader can, also its own score. Grade again without --isolation none."
        )
    if len(levels) > 1:
        mixed = ", ".join(f"{count} {isolation_text(level)}" for level, count in levels.most_common())
        yield f"Submissions have different isolation: {mixed}. Run make autograde to score all in the same way."
    if len(figures.versions) > 1:
        others = len(figures.rows) - figures.versions.most_common(1)[0][1]
        yield (
            f"{_submissions(others)} scored with other tests or points than most. Run make autograde and make report."
        )


def _submissions(count: int) -> str:
    return "1 submission was" if count == 1 else f"{count} submissions were"


def _tiles(figures: ClassFigures, attention: int) -> Iterator[tuple[str, str | int, str]]:
    """Yield (heading, value, small text after the value)."""
    count, most, summary = len(figures.rows), figures.rows[0].max_score, figures.summary
    full = sum(row.score == row.max_score for row in figures.rows)
    states = figures.states
    yield "Submissions", count, ""
    yield "Median", rounded(summary["median"]), f"of {rounded(most)}"
    yield "Mean", f"{summary['mean']:.1f}", f"of {rounded(most)}"
    yield "Middle half", f"{summary['lower']:.0f}–{summary['upper']:.0f}", "points"
    yield "Full points", full, f"{100 * full / count:.0f} %"
    yield "Not attempted", states[State.NOT_ATTEMPTED], ""
    yield "After repair", states[State.GRADED_AFTER_REPAIR], ""
    yield "Need attention", attention, ""


def _ranges(bins: int) -> list[str]:
    return [f"{100 * step // bins} to {100 * (step + 1) // bins}" for step in range(bins)]


def _scores_in_words(counts: Sequence[int]) -> str:
    parts = ", ".join(f"{words} percent: {n}" for words, n in zip(_ranges(len(counts)), counts, strict=True) if n)
    return f"Submissions by score. {parts}."


def _losses(figures: ClassFigures) -> list[tuple[str, float, float]]:
    """Return (exercise, mean points lost with an attempt, without one)."""
    count = len(figures.rows)
    return [(e.name, e.lost_wrong / count, e.lost_blank / count) for e in figures.exercises.values()]


def _losses_in_words(losses: Iterable[tuple[str, float, float]]) -> str:
    parts = ", ".join(f"{name}: {wrong + blank:.2f}" for name, wrong, blank in losses)
    return f"Points lost on average. {parts}."


def _exercise(exercise: ExerciseFigures, count: int, abbreviations: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": exercise.name,
        "short": heading(exercise.name, abbreviations),
        "points": rounded(exercise.points),
        "attempted": exercise.attempted,
        "full": exercise.full,
        "lost": f"{(exercise.lost_wrong + exercise.lost_blank) / count:.2f}",
        "misconceived": exercise.misconceived,
        "tests": [{**_test(test), "parts": _parts(test)} for test in exercise.tests.values()],
    }


def _failed_parts(test: TestFigures) -> str:
    """Return the unexplained failures per part, largest first; "" if all are equal."""
    counts = {name: part.unexplained.total() for name, part in test.parts.items()}
    if len(set(counts.values())) < 2:
        return ""
    ordered = sorted(counts, key=lambda name: -counts[name])
    return ", ".join(f"{name} {counts[name]}" for name in ordered if counts[name])


def _parts(test: TestFigures) -> list[dict[str, Any]]:
    """Return the parts of a test, grouped by figures; [] if all are equal."""
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
        "weight": rounded(test.weight),
        "each": False,
        "attempted": test.attempted,
        "passed": test.passed,
        "discrimination": "–" if value is None else f"{round(value, 2) + 0:.2f}".replace("-", "−"),
        "flag": flag,
    }


def _counted(words: Iterable[str]) -> list[tuple[str, int]]:
    """Return (text, count), most frequent first."""
    return sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
