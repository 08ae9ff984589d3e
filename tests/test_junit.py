"""JUnit XML of one submission, read back with a parser."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from courses import copy_course
from made_up_results import found_as, not_handed_in

from autograder.cli import main
from autograder.exports.junit import junit_report
from autograder.feedback.whole_tests import whole_tests
from autograder.model import ExerciseResult, Result, State, TestOutcome, TestStatus

ROOT = Path(__file__).parent.parent
# Published schemas of JUnit XML, as rules: element → (attributes that it must have, all that it may have, the tags of
# its children, each followed by a comma, as an expression). Values of some attributes have a form of their own.
SUITE = ("name", "tests", "failures", "errors")
JENKINS = {  # the plugin xUnit: junit-10.xsd; without what only reruns of tests have
    "testsuites": ((), ("name", "time", "tests", "failures", "errors"), "(testsuite,)*"),
    "testsuite": (
        SUITE,
        (*SUITE, *"group time skipped timestamp hostname id package file log url".split()),
        "((testsuite|properties|testcase|system-out|system-err),)*",
    ),
    "testcase": (
        ("name",),
        ("name", "time", "classname", "group"),
        "((skipped|error|failure|system-out|system-err),)*",
    ),
    **dict.fromkeys(("failure", "error", "skipped"), ((), ("type", "message"), "")),
}
ANT = {  # Ant's task JUnitReport: JUnit.xsd
    "testsuites": ((), (), "(testsuite,)*"),
    "testsuite": (
        (*SUITE, "package", "id", "timestamp", "hostname", "time"),
        (*SUITE, "package", "id", "timestamp", "hostname", "time", "skipped"),
        "properties,(testcase,)*system-out,system-err,",
    ),
    "testcase": (("name", "classname", "time"), ("name", "classname", "time"), "((skipped|error|failure),)?"),
    **dict.fromkeys(("failure", "error"), (("type",), ("type", "message"), "")),
    "skipped": ((), ("type", "message"), ""),
}
IN_BOTH = {
    "properties": ((), (), "(property,)*"),
    "property": (("name", "value"), ("name", "value"), ""),
    **dict.fromkeys(("system-out", "system-err"), ((), (), "")),
}
FORMS = {
    **dict.fromkeys(("tests", "failures", "errors", "skipped", "id"), r"\d+"),
    "time": r"\d{1,3}(\.\d*)?",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    **dict.fromkeys(("name", "classname", "package", "hostname"), r"(?s).*\S.*"),
}


def faults_of(document, schema):
    """Return the places where a document violates a schema."""
    for element in document.iter():
        required, allowed, children = (schema | IN_BOTH)[element.tag]
        given = element.attrib
        yield from (f"{element.tag} lacks {name}" for name in required if name not in given)
        yield from (f"{element.tag} may not have {name}" for name in given if name not in allowed)
        yield from (
            f"{name}={given[name]!r}" for name in given if not re.fullmatch(FORMS.get(name, "(?s).*"), given[name])
        )
        tags = "".join(f"{child.tag}," for child in element)
        if not re.fullmatch(children, tags):
            yield f"{element.tag} may not hold {tags}"


NASTY = "".join(map(chr, range(0x20))) + "\x7f\x85\ud800\udfff\ufffe\uffff<&>\"']]>--><!\u202e\U0001f600"


def hidden_test(title, status="passed", weight=1.0, message="", misconception=None):
    return TestOutcome(title, weight, TestStatus(status), message, misconception, output="printed: hidden inputs")


def result_with(tests, *, points=8.0, **changes):
    exercises = {"conv_forward_naive": ExerciseResult(2.0, points, "A.ipynb", True, tuple(tests))}
    result = Result("assignment2", "ann", State.GRADED, "bwrap", 2.0, points, exercises)
    return replace(result, **changes)


EVERY_STATUS = [
    hidden_test("Right"),
    hidden_test("Replaced", message="passed with a right version in place of yours"),
    hidden_test("Wrong", "failed", 2.0, "out[0, 1] is 3, expected 4", "The padding is not removed."),
    hidden_test("Raises", "error", message="ValueError: no"),
    hidden_test("Slow", "timeout", message="no answer"),
    hidden_test("Dies", "crashed", message="the process ended"),
    hidden_test("Not written", "missing", message="is not defined"),
    hidden_test("Not run", "skipped", message="it needs batchnorm_forward"),
]


def cases(report):
    return {case.get("name"): case for case in ET.fromstring(report).iter("testcase")}


def test_junit_has_a_suite_for_each_exercise_and_a_case_for_each_hidden_test():
    report = junit_report(result_with(EVERY_STATUS), 1_795_000_000.25)
    whole = ET.fromstring(report.encode("utf-8"))
    (suite,) = whole.findall("testsuite")
    names = (whole.tag, suite.get("package"), suite.get("name"), suite.get("timestamp"))
    assert names == ("testsuites", "assignment2", "conv_forward_naive", "2026-11-18T11:06:40")
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["8", "5", "0", "1"]
    assert [case.get("name") for case in suite.findall("testcase")] == [test.title for test in EVERY_STATUS]
    assert {case.get("classname") for case in suite.iter("testcase")} == {"assignment2.conv_forward_naive"}
    facts = {p.get("name"): p.get("value") for p in suite.find("properties")}
    points = {name: facts.pop(name) for name in list(facts) if name.startswith("points of ")}
    assert facts == {"student": "ann", "state": "graded", "isolation": "bwrap", "score": "2", "points": "8"}
    assert points["points of Wrong"] == "0 of 1.7778"
    assert points["points of Right"] == "0.8889 of 0.8889"
    assert len(points) == 8


@pytest.mark.parametrize("schema", [JENKINS, ANT], ids=["Jenkins xUnit", "Ant"])
def test_junit_is_valid_by_the_published_schemas(schema):
    tests = [*EVERY_STATUS, hidden_test("Wrong" + NASTY, "failed", message=NASTY, misconception=NASTY)]
    (one,) = result_with(tests).exercises.values()
    exercises = {"conv_forward_naive": one, "relu_forward": replace(one, score=2 / 3)}
    two = result_with(tests, repairs=(found_as(NASTY),), exercises=exercises)
    for result in (two, result_with(EVERY_STATUS, exercises={})):
        assert list(faults_of(ET.fromstring(junit_report(result, 1_795_000_000)), schema)) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("<testsuites skipped='1'/>", "testsuites may not have skipped"),
        ("<testcase name='a' classname='b' time='0'><properties/></testcase>", "testcase may not hold properties,"),
        ("<failure/>", None),
        ("<property name='' value=''/>", "name=''"),
    ],
)
def test_the_schemas_reject_invalid_documents(document, fault):
    assert list(faults_of(ET.fromstring(document), JENKINS)) == ([fault] if fault else [])


def test_junit_has_messages_and_misconceptions():
    found = cases(junit_report(result_with(EVERY_STATUS), 0))
    wrong = found["Wrong"].find("failure")
    assert (wrong.get("type"), wrong.get("message")) == ("failed", "out[0, 1] is 3, expected 4")
    assert wrong.text == "The padding is not removed.\nout[0, 1] is 3, expected 4"
    failures = {name: case.find("failure") for name, case in found.items()}
    kinds = {name: failure.get("type") for name, failure in failures.items() if failure is not None}
    expected = {"Wrong": "failed", "Raises": "error", "Slow": "timeout", "Dies": "crashed", "Not written": "missing"}
    assert kinds == expected
    assert found["Not run"].find("skipped").get("message") == "it needs batchnorm_forward"
    assert found["Right"].find("failure") is found["Right"].find("skipped") is None


def test_junit_keeps_messages_of_passed_tests():
    suite = ET.fromstring(junit_report(result_with(EVERY_STATUS), 0)).find("testsuite")
    assert suite.find("system-out").text == "Replaced: passed with a right version in place of yours"


def test_notes_on_the_submission_are_in_the_report():
    repair, problem = found_as("x.ipynb", "A.ipynb"), not_handed_in("B.ipynb", "b.txt")
    result = result_with(EVERY_STATUS, repairs=(repair,), problems=(problem,))
    notes = ["Note: B.ipynb was not handed in (there is b.txt).", "Note: A.ipynb: was found as x.ipynb."]
    said = ET.fromstring(junit_report(result, 0)).find("testsuite/system-out").text.split("\n")
    assert said == [*notes, "Replaced: passed with a right version in place of yours"]


def test_the_report_is_well_formed_for_any_message():
    tests = [
        hidden_test("Wrong" + NASTY, "failed", message=NASTY, misconception=NASTY),
        hidden_test("Not run", "skipped", message=NASTY),
        hidden_test("Right", message=NASTY),
    ]
    result = result_with(tests, student=NASTY, repairs=(found_as(NASTY),), problems=(not_handed_in(NASTY, NASTY),))
    report = junit_report(result, 0).encode("utf-8")
    whole = ET.fromstring(report)
    assert len(list(whole.iter("testcase"))) == 3
    assert whole.find(".//failure").text.endswith("<&>\"']]>--><!\u202e\U0001f600")


def test_output_of_the_code_is_not_in_the_report():
    result = result_with(EVERY_STATUS)
    assert "hidden inputs" not in junit_report(result, 0)


def test_the_command_writes_the_result_and_the_report(tmp_path, monkeypatch, capsys):
    copy_course(tmp_path)
    notebook = tmp_path / "ann" / "BatchNormalization.ipynb"
    notebook.parent.mkdir()
    text = (ROOT / "release" / "assignment2" / notebook.name).read_text(encoding="utf-8")
    (stub, *_) = re.findall(r'"    raise NotImplementedError\(.+\)"', text)
    notebook.write_text(text.replace(stub, "\"    raise ValueError(chr(27) + '<b>')\"", 1), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    files = {name: tmp_path / "reports" / f"x.{name}" for name in ("json", "junit")}
    words = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert main(["score", str(notebook), *words]) == 1  # the other notebook is missing
    assert f"JUnit XML: {files['junit']}\n" in capsys.readouterr().out
    result = Result.from_json(json.loads(files["json"].read_text(encoding="utf-8")))
    titles = {(name, test.title) for name, e in result.exercises.items() for test in whole_tests(e.tests)}
    whole = ET.parse(files["junit"]).getroot()
    assert [*faults_of(whole, JENKINS), *faults_of(whole, ANT)] == []
    suites = whole.findall("testsuite")
    assert {(suite.get("name"), case.get("name")) for suite in suites for case in suite.iter("testcase")} == titles
    failures = [f"{failure.get('message')}\n{failure.text}" for failure in whole.iter("failure")]
    assert any("ValueError" in words and "<b>" in words for words in failures)
    assert not any(chr(27) in words for words in failures)
    assert main(["score", str(notebook), "--junit", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"autograder: cannot write {tmp_path} ")
