"""Group the rows of a result by hidden test.

A result has one row for each part of a test, since each part earns points. Feedback shows a test
once: its title with the names of the parts, the number of right parts, and each message once.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from autograder.language import tr, tr_later, tr_plural
from autograder.model import TestOutcome, TestStatus
from autograder.printable import in_words

__all__ = ["LABELS", "MARKS", "Finding", "WholeTest", "findings_told_once", "misconceptions_in", "whole_tests"]

MARKS = {TestStatus.PASSED: "✔", TestStatus.SKIPPED: "–", TestStatus.MISSING: "–"}
WRONG = "✘"
LABELS = {
    TestStatus.PASSED: tr_later("passed"),
    TestStatus.FAILED: tr_later("failed"),
    TestStatus.ERROR: tr_later("error"),
    TestStatus.TIMEOUT: tr_later("timeout"),
    TestStatus.CRASHED: tr_later("crashed"),
    TestStatus.MISSING: tr_later("missing"),
    TestStatus.SKIPPED: tr_later("skipped"),
}


@dataclass(frozen=True)
class Finding:
    """One message about a test.

    - parts: names of the parts with this message; empty if it applies to all failed parts, or
      without parts.
    - message: for the student.
    - misconception: sentence, or None.
    """

    parts: tuple[str, ...]
    status: TestStatus
    message: str
    misconception: str | None = None

    @property
    def text(self) -> str:
        """The finding in one line: "failed: out is…", "dx and dw: error: …".

        A name at the start of the message is not repeated, and "failed" is omitted after names. The
        message about an unwritten exercise is a sentence of its own.
        """
        is_left_out = self.status in (TestStatus.PASSED, TestStatus.MISSING) or (
            self.parts and self.status is TestStatus.FAILED
        )
        status = "" if is_left_out else tr("{label}: ", label=tr(LABELS[self.status]))
        subject = (self.message.split() or [""])[0]
        is_named = len(self.parts) == 1 and re.search(rf"\b{re.escape(self.parts[0])}\b", subject)
        names = tr("{label}: ", label=in_words(self.parts)) if self.parts and not is_named else ""
        return f"{names}{status}{self.message}"


@dataclass(frozen=True)
class WholeTest:
    """A hidden test of a result. `rows`: its outcome, or the outcomes of its parts."""

    rows: tuple[TestOutcome, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts; empty without parts."""
        return tuple(row.part for row in self.rows if row.part)

    @functools.cached_property
    def title(self) -> str:
        """The title, with the names of all parts."""
        titles = tuple(row.title for row in self.rows)
        if len(titles) == 1:
            return titles[0]
        same = _around_all(titles, self.parts)
        return f"{same[0]}{in_words(self.parts)}{same[1]}" if same else " ".join(titles)

    @property
    def weight(self) -> float:
        """Total weight."""
        return round(sum(row.weight for row in self.rows), 4)

    @property
    def earned(self) -> float:
        """Weight of the passed parts."""
        return round(sum(row.weight for row in self.rows if row.passed), 4)

    @property
    def is_passed(self) -> bool:
        """True if all parts passed."""
        return all(row.passed for row in self.rows)

    @property
    def status(self) -> TestStatus:
        """Status of the first failed row, preferably of one that was run; PASSED if all passed."""
        missed = [row.status for row in self.rows if not row.passed]
        return next((status for status in missed if status.was_run), missed[0] if missed else TestStatus.PASSED)

    @property
    def mark(self) -> str:
        """Symbol of the status."""
        return MARKS.get(self.status, WRONG)

    @property
    def marked_parts(self) -> dict[str, list[str]]:
        """Symbol → names of parts, passed parts first."""
        found: dict[str, list[str]] = {}
        for row in sorted(self.rows, key=lambda row: not row.passed):
            found.setdefault(MARKS.get(row.status, WRONG), []).append(row.part)
        return found

    @property
    def summary(self) -> str:
        """The right parts: "4 of 6 right: ✔ W1, b1, W2, W3 ✘ b2, b3"; "" if all passed."""
        if len(self.rows) == 1 or self.is_passed:
            return ""
        marks = " ".join(f"{mark} {', '.join(parts)}" for mark, parts in self.marked_parts.items())
        any_right = any(row.passed for row in self.rows)
        return tr("{right}: {marks}", right=self.right, marks=marks) if any_right else self.right

    @property
    def right(self) -> str:
        """The number of right parts: "4 of 6 right"."""
        right = sum(row.passed for row in self.rows)
        return tr("{right} of {parts} right", right=right, parts=len(self.rows))

    @property
    def printed(self) -> list[str]:
        """Lines of the code's output in failed parts. They can contain hidden inputs."""
        outputs = dict.fromkeys(row.output for row in self.rows if not row.passed and row.output)
        return [line for output in outputs for line in output.split("\n")]

    @property
    def findings(self) -> list[Finding]:
        """The messages of the rows without duplicates, failed parts first."""
        found: dict[tuple[TestStatus, str, str | None], list[str]] = {}
        for row in sorted(self.rows, key=lambda row: row.passed):
            if not row.passed or row.message:
                alike = (row.status, row.message, row.misconception)
                found.setdefault(alike, []).append(row.part)
        missed = sum(not row.passed for row in self.rows)
        return [self._finding(parts, missed, *alike) for alike, parts in found.items()]

    @property
    def explained(self) -> dict[str | None, list[Finding]]:
        """Misconception → findings; None for findings without a misconception."""
        found: dict[str | None, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(finding.misconception, []).append(finding)
        return found

    def _finding(self, parts: list[str], missed: int, status: TestStatus, *words: Any) -> Finding:
        of_all = len(parts) == (len(self.rows) if status is TestStatus.PASSED else missed)
        return Finding(() if of_all else tuple(parts), status, *words)


@functools.lru_cache(maxsize=2000)  # the tests of a few assignments, which are the same for all students
def _around_all(titles: tuple[str, ...], parts: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the text (before, after) the parts' names, if it is the same in all titles, or None."""
    for start in range(len(titles[0])):
        around = {_around(title, part, start) for title, part in zip(titles, parts, strict=True)}
        if len(around) == 1 and (same := around.pop()):
            return same
    return None


def _around(title: str, part: str, start: int) -> tuple[str, str] | None:
    """Return the text (before, after) a part's name in a title, or None."""
    return (title[:start], title[start + len(part) :]) if title.startswith(part, start) else None


def whole_tests(rows: Iterable[TestOutcome]) -> list[WholeTest]:
    """Group the rows of an exercise by hidden test, in the order of the rows.

    Rows of earlier versions have no test name; each of them is a test of its own.
    """
    groups: list[tuple[str, list[TestOutcome]]] = []
    for row in rows:
        test = row.part and row.test
        if groups and test and groups[-1][0] == test:
            groups[-1][1].append(row)
        else:
            groups.append((test, [row]))
    return [WholeTest(tuple(group)) for _, group in groups]


def findings_told_once(tests: Iterable[WholeTest]) -> list[list[Finding]]:
    """Return the findings of each test of an exercise, with each identical failure only once.

    The first of these tests has the message, with the number of the others. The others refer to
    the first, by its title if there are several such failures. A note on a passed test is not
    repeated.
    """
    tests = list(tests)
    titles: dict[tuple[TestStatus, str, str | None], list[str]] = {}
    for test in tests:
        for finding in test.findings:
            titles.setdefault((finding.status, finding.message, finding.misconception), []).append(test.title)

    repeated = [key for key, of_one in titles.items() if len(of_one) > 1 and key[0] is not TestStatus.PASSED]

    def told(test: WholeTest, finding: Finding) -> Finding | None:
        first, *others = titles[finding.status, finding.message, finding.misconception]
        if not others or not finding.message:
            return finding
        if test.title == first:
            more = tr_plural(
                "{message} (and in {number} more test)",
                "{message} (and in {number} more tests)",
                len(others),
                message=finding.message,
                number=len(others),
            )
            return replace(finding, message=more)
        if finding.status is TestStatus.PASSED:
            return None
        if len(repeated) == 1:
            return replace(finding, message=tr("as above"))
        return replace(finding, message=tr("as in “{title}”", title=first.removesuffix(".")))

    return [[new for finding in test.findings if (new := told(test, finding))] for test in tests]


def misconceptions_in(rows: Iterable[TestOutcome]) -> list[str]:
    """Return the misconceptions of some rows, without duplicates."""
    return list(dict.fromkeys(row.misconception for row in rows if row.misconception))
