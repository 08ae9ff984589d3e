"""Feedback about each exercise: as text, as Markdown, and as JSON for the page."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.feedback.changes import Change, Decision, PageFacts, changes_text
from autograder.feedback.fix_first import fix_order, to_fix_first, uses_words
from autograder.feedback.language import in_language_of_result, shown_result
from autograder.feedback.whole_tests import Finding, WholeTest, findings_told_once, misconceptions_in, whole_tests
from autograder.language import ENGLISH, tr, tr_later
from autograder.model import ExerciseResult, Result, shown_outcome_to_json
from autograder.printable import in_words, rounded, sentence
from autograder.reasons import Reason
from autograder.reworded import in_this_language

__all__ = [
    "EXERCISE_TYPE",
    "NO_RESPONSE",
    "SUBMISSION_KEY",
    "decision_text",
    "exception_of",
    "exercise_facts",
    "exercise_lines",
    "exercise_text",
    "feedback_markdown",
    "isolation_text",
    "notes_on",
    "submission_facts",
]

# Places of the facts in an autograded notebook: type of an output of a grade cell, and key of the metadata.
EXERCISE_TYPE = "application/vnd.autograder.exercise+json"
SUBMISSION_KEY = "autograder"

# nbgrader's comment on an unchanged solution cell.
NO_RESPONSE = tr_later("No response.")
ISOLATION = {
    "bwrap": tr_later("scored in a sandbox (bubblewrap, seccomp, and Landlock where the kernel has it)"),
    "inner": tr_later("scored in a sandbox (inner layer only: Landlock and seccomp, without bubblewrap)"),
    "none": tr_later("scored WITHOUT a sandbox"),
}


def isolation_text(isolation: str) -> str:
    """Describe an isolation: "bwrap", "inner" or "none"."""
    return tr(ISOLATION[isolation])


def notes_on(result: Result) -> list[str]:
    """Return notes: unusable notebooks, repairs, and files that do not count."""
    return [tr("Note: {note}", note=sentence(note)) for note in _notes(result)]


def _notes(result: Result) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for name, reason in result.waiting.items():
        by_reason.setdefault(reason, []).append(name)
    waiting = [
        tr(
            "{names} will be graded by hand because of this limit: {why}",
            names=in_words(names),
            why=in_this_language(why, Reason, after_name=True),
        )
        for why, names in by_reason.items()
    ]
    ignored = [
        tr("not counted: {line}", line=in_this_language(line, Reason, after_name=True)) for line in result.ignored
    ]
    problems, repairs = ([one.sentence for one in found] for found in (result.problems, result.repairs))
    return [*problems, *waiting, *repairs, *ignored]


def exercise_lines(name: str, result: Result, *, with_output: bool = False) -> list[str]:
    """Return the lines of one exercise: score, misconceptions, tests, findings.

    Inputs:
    - name: name of the exercise.
    - result: result of the submission.
    - with_output: True to include the code's output in failed tests, which can contain hidden
      inputs.
    """
    exercise = result.exercises[name]
    is_waiting = name in result.waiting
    score, points = rounded(exercise.score), rounded(exercise.points)
    if is_waiting:
        first = tr("{name}: not graded yet, of {points} points", name=name, points=points)
    else:
        first = tr("{name}: {score} of {points} points", name=name, score=score, points=points)
    lines = [first, *exception_of(exercise)]
    if instead := _instead_of_tests(name, result):
        return [*lines, instead]
    if others := to_fix_first(name, result):
        lines.append(uses_words(name, others))
    ideas = misconceptions_in(exercise.tests)
    lines += _numbered(ideas)
    tests = whole_tests(exercise.tests)
    for test, findings in zip(tests, findings_told_once(tests), strict=True):
        lines.append(f"{test.mark} {test.title} [{_share(exercise, test)}]")
        lines.extend(f"    {line}" for line in _findings(test, findings, ideas))
        if with_output:
            lines.extend(f"    {tr('printed:')} {line}" for line in test.printed)
    return lines


def exception_of(exercise: ExerciseResult) -> list[str]:
    """Return at most one sentence about an exercise that does not count as usual."""
    if not exercise.points:
        return [tr("This exercise does not count.")]
    everyone = tr("All students get all points of this exercise, whatever the test results.")
    return [everyone] if exercise.given else []


def _numbered(ideas: list[str]) -> list[str]:
    """Number the misconceptions of an exercise if there are several."""
    return [f"{number}. {idea}" for number, idea in enumerate(ideas, start=1)] if len(ideas) > 1 else ideas


def _share(exercise: ExerciseResult, test: WholeTest) -> str:
    """Return the points of a test: "0.5 of 2" if some parts are right, else "2"."""
    shares = (exercise.points * weight / exercise.weight for weight in (test.weight, test.earned))
    points, earned = map(rounded, shares)
    is_split = test.summary and test.earned
    return tr("{score} of {points}", score=earned, points=points) if is_split else points


def _findings(test: WholeTest, findings: list[Finding], ideas: list[str]) -> list[str]:
    """Return the summary of a test and its messages, with misconception numbers.

    Only the first message of each misconception is included. Feedback pages have all messages.
    """
    lines = [test.summary] if test.summary else []
    alike: dict[str | None, list[str]] = {}
    for finding in findings:
        if finding.misconception in alike:
            alike[finding.misconception].extend(finding.parts)
            continue
        lines.append(finding.text + _number(finding.misconception, ideas))
        if finding.misconception:
            alike[finding.misconception] = []
    others = [(in_words(parts), idea) for idea, parts in alike.items() if parts]
    return lines + [tr("for the same reason: {names}", names=names) + _number(idea, ideas) for names, idea in others]


def _number(idea: str | None, ideas: list[str]) -> str:
    return f" → {ideas.index(idea) + 1}" if idea and len(ideas) > 1 else ""


@in_language_of_result
def exercise_text(name: str, result: Result) -> str:
    """Return the feedback below one exercise, with notes on the submission."""
    result = shown_result(result, name)
    return "\n".join(
        [*exercise_lines(name, result), *notes_on(result), tr("({words})", words=isolation_text(result.isolation))]
    )


def _instead_of_tests(name: str, result: Result) -> str:
    """Return the text that replaces the tests of an exercise without work; "" if there is work."""
    exercise = result.exercises[name]
    if exercise.was_tried:
        return ""
    if name in result.waiting:
        return tr("This will be graded by hand: the autograder could not read the whole submission.")
    unread = any(problem.notebook == exercise.notebook for problem in result.problems)
    return tr("Its notebook could not be used.") if unread else tr("Not attempted.")


@in_language_of_result
def exercise_facts(name: str, result: Result) -> dict[str, Any]:
    """Return the facts of an exercise for the feedback page, as JSON types.

    The code's output is left out, since it can contain hidden inputs.
    """
    exercise = result.exercises[name]
    tests = []
    for test in exercise.tests:
        points = exercise.points * test.weight / exercise.weight
        tests.append(shown_outcome_to_json(test, points))
    about: dict[str, Any] = {"name": name, "score": exercise.score, "points": exercise.points}
    about["exception"] = " ".join(exception_of(exercise))
    about["fix_first"] = [_named(other, result) for other in to_fix_first(name, result)]
    return {**about, "instead": _instead_of_tests(name, result), "tests": tests}


def _named(name: str, result: Result) -> dict[str, str]:
    return {"name": name, "notebook": result.exercises[name].notebook}


@in_language_of_result
def submission_facts(result: Result) -> dict[str, Any]:
    """Return the facts of the whole submission for the feedback page, as JSON types."""
    return {
        "notes": _notes(result),
        "waiting": result.waiting,
        "fix_order": [_named(name, result) for name in fix_order(result)],
        "isolation": isolation_text(result.isolation),
        "versions": result.versions,
        **({"language": result.language} if result.language != ENGLISH else {}),
    }


@in_language_of_result
def feedback_markdown(
    result: Result,
    *,
    told: Sequence[Change] = (),
    decided: Mapping[str, Sequence[Decision]] | None = None,
    facts: PageFacts | None = None,
) -> str:
    """Return the feedback on all notebooks as Markdown.

    Inputs:
    - told: changes since earlier feedback, newest first.
    - decided: exercise or question → decisions of regrade requests.
    - facts: the points in the gradebook, to list the questions.
    """
    result = shown_result(result)
    waiting = sum(exercise.points for name, exercise in result.exercises.items() if name in result.waiting)
    total = tr(
        "{assignment}: {score} of {points} points by the hidden tests",
        assignment=result.assignment,
        score=rounded(result.score),
        points=rounded(result.max_score - waiting),
    )
    lines = [f"**{_plain(total)}**", "", *(f"- {_plain(sentence(note))}" for note in _notes(result))]
    if names := fix_order(result):
        lines += ["", _plain(tr("Fix in this order: {names}.", names=", ".join(names)))]
    for change in told:
        first, *others = (_plain(line) for line in changes_text(change))
        lines += [
            "",
            f"**{first}**",
            "",
            *(f"  - {line.strip()}" if line[0] == " " else f"- {line}" for line in others),
        ]
    if decided:
        texts = [f"{name}: {decision_text(one)}" for name, ones in decided.items() for one in ones]
        lines += ["", *(f"- {_plain(text)}" for text in texts)]
    lines += ["", f"| {tr('part')} | {tr('tests passed')} | {tr('points')} |", "|---|---|---|"]
    for name, exercise in result.exercises.items():
        tests = whole_tests(exercise.tests)
        passed = tr("{passed} of {tests}", passed=sum(test.is_passed for test in tests), tests=len(tests))
        lines.append(_row(name, passed, None if name in result.waiting else exercise.score, exercise.points))
    questions = {name: part for name, part in facts.parts.items() if part.auto is None} if facts else {}
    for name, question in questions.items():
        lines.append(_row(name, tr("graded by hand"), question.score, question.points))
    for name, exercise in result.exercises.items():
        lines += [line for sentence in exception_of(exercise) for line in ("", f"{_plain(name)}: {sentence}")]
    for name, exercise in result.exercises.items():
        instead = _instead_of_tests(name, result)
        failed = [test for test in whole_tests(exercise.tests) if not test.is_passed and not instead]
        if failed:
            lines += ["", f"**{_plain(name)}**", ""]
            ideas = misconceptions_in(exercise.tests)
            uses = uses_words(name, to_fix_first(name, result))
            lines += [line for words in (uses, *_numbered(ideas)) if words for line in (_plain(words), "")]
        for test, findings in zip(failed, findings_told_once(failed), strict=True):
            first, *others = _findings(test, findings, ideas)
            lines.append(f"- {test.mark} {_plain(test.title)} {_plain(first)}")
            lines.extend(f"  - {_plain(words)}" for words in others)
    return "\n".join([*lines, "", tr("({words})", words=isolation_text(result.isolation)), ""])


def _row(name: str, passed: str, score: float | None, points: float) -> str:
    """Return a row of the table of points; `score`: None until a person has graded the part."""
    worth = rounded(points)
    if score is None:
        shown = tr("not yet of {points}", points=worth)
    else:
        shown = tr("{score} of {points}", score=rounded(score), points=worth)
    return f"| {_plain(name)} | {passed} | {shown} |"


def decision_text(decision: Decision) -> str:
    """Return a sentence about the decision of a regrade request, with the grader's note."""
    words = {
        "accepted": tr_later("Your regrade request of {opened} was accepted on {decided}."),
        "declined": tr_later("Your regrade request of {opened} was declined on {decided}."),
    }
    answer = tr(words[decision["decision"]], opened=decision["opened"], decided=decision["decided"])
    return " ".join(filter(None, [answer, decision["note"]]))


def _plain(text: str) -> str:
    """Escape the special characters of Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", text)
