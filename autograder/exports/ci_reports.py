"""The result of one submission as the reports that CI systems show: JUnit XML and CTRF.

What students' code printed is in neither: it can hold hidden inputs. What is wrong with a submission is a failure,
never an error, which CI systems take for a fault of the one who tests.
"""

import json
import re
import xml.etree.ElementTree as ET

from autograder.feedback.texts import notes_on

__all__ = ["ctrf_report", "junit_report"]

TOOL = "autograder"
CTRF_VERSION = "0.1.0"
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(result):
    """A result as JUnit XML: a suite for each exercise, a case for each hidden test.

    Inputs:
    - result: of one submission, as `score --json` writes it.

    Returns: the document, well-formed whatever a message holds. Times are 0: nobody measured them.
    """
    whole = ET.Element("testsuites", name=_plain(result["assignment"]))
    _count(whole, [test for exercise in result["exercises"].values() for test in exercise["tests"]])
    facts = {"student": result["student"], "state": result["state"], "isolation": result["isolation"]}
    for name, exercise in result["exercises"].items():
        suite = ET.SubElement(whole, "testsuite", name=_plain(name))
        _count(suite, exercise["tests"])
        _add_properties(suite, {**facts, "score": f"{exercise['score']:g}", "points": f"{exercise['points']:g}"})
        for test, points in zip(exercise["tests"], _points(exercise), strict=True):
            case = ET.SubElement(suite, "testcase", name=_plain(test["title"]), time="0")
            case.set("classname", _plain(f"{result['assignment']}.{name}"))
            _add_properties(case, {"points": f"{points:g}"})
            _add_outcome(case, test)
        if notes := notes_on(result):
            ET.SubElement(suite, "system-out").text = _plain("\n".join(notes))
    ET.indent(whole)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(whole, encoding="unicode")}\n'


def _count(element, tests):
    outcomes = [_outcome(test) for test in tests]
    for name, count in (("tests", len(tests)), ("failures", outcomes.count("failed")), ("errors", 0)):
        element.set(name, str(count))
    element.set("skipped", str(outcomes.count("skipped")))
    element.set("time", "0")


def _add_properties(element, facts):
    properties = ET.SubElement(element, "properties")
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=_plain(value))


def _add_outcome(case, test):
    outcome = _outcome(test)
    if outcome == "failed":
        failure = ET.SubElement(case, "failure", type=test["status"], message=_plain(test["message"]))
        failure.text = _plain(_explanation(test))
    elif outcome == "skipped":
        ET.SubElement(case, "skipped", message=_plain(test["message"]))
    elif test["message"]:
        ET.SubElement(case, "system-out").text = _plain(test["message"])


def ctrf_report(result, start, stop):
    """A result in the Common Test Report Format, as JSON.

    Inputs:
    - result: of one submission. - start, stop: when it was scored, in seconds since 1970.

    Returns: the document. The duration of each test is 0: nobody measured it.
    """
    tests = []
    for name, exercise in result["exercises"].items():
        for test, points in zip(exercise["tests"], _points(exercise), strict=True):
            tests.append(
                {
                    "name": _plain(test["title"]),
                    "status": _outcome(test),
                    "duration": 0,
                    "suite": [_plain(result["assignment"]), _plain(name)],
                    "rawStatus": test["status"],
                    **({"message": _plain(_explanation(test))} if test["message"] else {}),
                    "extra": {"points": points, "score": points if test["passed"] else 0.0},
                }
            )
    outcomes = [test["status"] for test in tests]
    counts = {name: outcomes.count(name) for name in ("passed", "failed", "pending", "skipped", "other")}
    times = {"start": int(start * 1000), "stop": int(stop * 1000)}
    facts = {name: _plain(str(result[name])) for name in ("assignment", "student", "state", "isolation")}
    notes = [_plain(note) for note in notes_on(result)]
    extra = {**facts, "score": result["score"], "maxScore": result["max_score"], "notes": notes}
    results = {"tool": {"name": TOOL}, "summary": {"tests": len(tests), **counts, **times}, "tests": tests}
    whole = {"reportFormat": "CTRF", "specVersion": CTRF_VERSION, "results": {**results, "extra": extra}}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _outcome(test):
    """What a CI system makes of a hidden test: passed, failed or skipped."""
    if test["passed"]:
        return "passed"
    return "skipped" if test["status"] == "skipped" else "failed"


def _explanation(test):
    """What was wrong, and the misconception behind it where it is known."""
    return "\n".join(line for line in (test["message"], test["misconception"]) if line)


def _points(exercise):
    """The share of the exercise's points that each of its tests has."""
    total = sum(test["weight"] for test in exercise["tests"])
    return [exercise["points"] * test["weight"] / total for test in exercise["tests"]]


def _plain(text):
    """A text without what XML can't hold: control characters and lone surrogates are replaced."""
    return NOT_IN_XML.sub("\ufffd", text)
