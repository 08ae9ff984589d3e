"""Write the result of one submission as JUnit XML, the report format of CI systems.

JUnit XML has no parts of tests: a hidden test with parts passes if all parts pass. Output of
students' code is left out, since it can contain hidden inputs. A wrong submission is a failure. CI
systems use "error" for a broken test, so it is never written.
"""

import re
import time
import xml.etree.ElementTree as ET

from autograder.feedback.texts import notes_on
from autograder.feedback.whole_tests import Finding, WholeTest, whole_tests
from autograder.model import ExerciseResult, Result, TestStatus

__all__ = ["junit_report"]

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(result: Result, start: float) -> str:
    """Convert a result to JUnit XML: a suite for each exercise, a case for each hidden test.

    JUnit XML has several schemas. The document is valid for Jenkins's xUnit and for Ant's, which is
    stricter: the root has no attributes, and a case has only its outcome. So the points of the
    tests are properties of the suite, and messages of passed tests are in its system-out.

    Inputs:
    - result: Result of the submission.
    - start: time of scoring, in seconds since 1970.

    Returns: the document, well-formed for any message. All times are 0, since they are not
    measured.
    """
    whole = ET.Element("testsuites")
    facts = {"student": result.student, "state": result.state.value, "isolation": result.isolation}
    for number, (name, exercise) in enumerate(result.exercises.items()):
        tests = whole_tests(exercise.tests)
        outcomes = [_outcome(test) for test in tests]
        suite = ET.SubElement(whole, "testsuite", name=_plain(name), package=_plain(result.assignment))
        counts = {"tests": len(tests), "failures": outcomes.count("failed"), "errors": 0}
        for word, count in {"id": number, **counts, "skipped": outcomes.count("skipped"), "time": 0}.items():
            suite.set(word, str(count))
        suite.set("hostname", "localhost")
        suite.set("timestamp", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start)))
        said = [f"{test.title}: {words}" for test in tests if test.is_passed for words in _messages(test)]
        totals = {"score": f"{exercise.score:g}", "points": f"{exercise.points:g}"}
        properties = ET.SubElement(suite, "properties")
        for word, value in {**facts, **totals}.items():
            ET.SubElement(properties, "property", name=word, value=_plain(value))
        for test, (score, points) in zip(tests, _points(exercise, tests), strict=True):
            words = f"{score:g} of {points:g}"
            ET.SubElement(properties, "property", name=_plain(f"points of {test.title}"), value=words)
        for test in tests:
            case = ET.SubElement(suite, "testcase", name=_plain(test.title), time="0")
            case.set("classname", _plain(f"{result.assignment}.{name}"))
            _add_outcome(case, test)
        ET.SubElement(suite, "system-out").text = _plain("\n".join([*notes_on(result), *said]))
        ET.SubElement(suite, "system-err")
    ET.indent(whole)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(whole, encoding="unicode")}\n'


def _add_outcome(case: ET.Element, test: WholeTest) -> None:
    outcome = _outcome(test)
    if outcome == "failed":
        failure = ET.SubElement(case, "failure", type=test.status, message=_plain(_messages(test)[0]))
        failure.text = _plain(_explanation(test))
    elif outcome == "skipped":
        ET.SubElement(case, "skipped", message=_plain("; ".join(_messages(test))))


def _outcome(test: WholeTest) -> str:
    """Return the outcome of a hidden test for a CI system: passed, failed or skipped."""
    if test.is_passed:
        return "passed"
    missed = {row.status for row in test.rows if not row.passed}
    return "skipped" if missed == {TestStatus.SKIPPED} else "failed"


def _messages(test: WholeTest) -> list[str]:
    """Return the summary of the parts, then the findings."""
    return [words for words in (test.summary, *map(_words, test.findings)) if words]


def _explanation(test: WholeTest) -> str:
    """Return the messages of a test, each after its misconception if there is one."""
    lines: list[str | None] = [test.summary]
    for misconception, findings in test.explained.items():
        lines += [misconception, *map(_words, findings)]
    return "\n".join(filter(None, lines))


def _words(finding: Finding) -> str:
    """Return the text of a finding, without the status of the whole test."""
    return finding.text if finding.parts else finding.message


def _points(exercise: ExerciseResult, tests: list[WholeTest]) -> list[tuple[float, float]]:
    """Return (score, points) of each test: its share of the exercise."""
    total = sum(test.weight for test in tests)
    share = exercise.points / total
    return [(round(share * test.earned, 4), round(share * test.weight, 4)) for test in tests]


def _plain(text: str) -> str:
    """Replace characters that XML does not allow: control characters and lone surrogates."""
    return NOT_IN_XML.sub("\ufffd", text)
