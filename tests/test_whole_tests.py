"""A test with parts is shown once: in feedback, on Gradescope, in CI, in the class report and by `grade --diff`."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from courses import CONTENT
from made_up_results import exercise, outcome, parts_of, stored

from autograder.errors import GraderError
from autograder.exports.junit import junit_report
from autograder.feedback.texts import exercise_lines, feedback_markdown
from autograder.feedback.whole_tests import whole_tests
from autograder.gradescope.schema import gradescope_results
from autograder.grading.score_diff import score_changes
from autograder.grading.self_check import check_source_notebooks
from autograder.report.page import report_page
from autograder.report.statistics import summarize

GRADIENTS = "The gradient {part} of a few samples."
DX, DB = "dx[0] is 1, expected 2", "db has shape (1,), expected (4,)"


def rows(**faults):
    """Return the rows of two tests: one with the parts dx, dw and db, and one without parts."""
    return [*parts_of(GRADIENTS, 3, **{"dx": "", "dw": "", "db": "", **faults}), outcome("The shapes.")]


def result_of(tests, points=8):
    return stored("ann", {"affine_backward": exercise(points, tests)}).result


def test_rows_are_grouped_by_test_and_the_title_names_all_parts():
    gradients, shapes = whole_tests(rows(dx=DX))
    assert (gradients.title, shapes.title) == ("The gradient dx, dw and db of a few samples.", "The shapes.")
    assert (gradients.weight, gradients.earned, shapes.weight) == (3, 2, 1)
    assert gradients.summary == "2 of 3 right: ✔ dw, db ✘ dx"
    assert (gradients.status, gradients.mark, shapes.summary) == ("failed", "✘", "")


def test_consecutive_tests_with_parts_and_rows_without_a_test_name_stay_separate():
    others = parts_of("Loss and gradients: {part}.", loss="", W1="")
    assert [len(test.rows) for test in whole_tests([*rows(), *others])] == [3, 1, 2]
    old = [replace(row, test="", part="") for row in rows()]
    assert [test.title for test in whole_tests(old)] == [row.title for row in old]


@pytest.mark.parametrize("exercise_name", sorted({test.exercise for test in CONTENT.tests}))
def test_every_title_is_found_again(exercise_name):
    """Also if one part is a prefix of another, or a letter of the title."""
    made = [
        outcome(check.title, weight=check.weight, test=check.test.name, part=check.part)
        for check in CONTENT.checks_of(exercise_name)
    ]
    for whole, test in zip(whole_tests(made), CONTENT.tests_of(exercise_name), strict=True):
        before, *after = test.title.split("{part}")
        assert whole.title.startswith(before)
        assert whole.title.endswith(after[-1] if after else before)
        assert all(part in whole.title for part in test.parts)
        assert whole.weight == pytest.approx(test.weight, abs=1e-3)


def test_a_message_of_several_parts_is_shown_once():
    (same, _) = whole_tests(rows(dx=DB, dw="", db=DB))
    assert [finding.text for finding in same.findings] == [f"failed: {DB}"]
    (nothing, _) = whole_tests(rows(dx=DB, dw=DB, db=DB))
    assert nothing.summary == "0 of 3 right"
    (other, _) = whole_tests(rows(dx=DX, dw=DB, db=DB))
    assert [finding.text for finding in other.findings] == [DX, f"dw and db: {DB}"]


def test_the_terminal_has_each_unexplained_message_and_the_first_of_those_with_one_reason():
    tests = rows(dx=DX, dw="dw[0] is 3, expected 4", db=DB)
    lines = exercise_lines("affine_backward", result_of(tests))
    assert lines == [
        "affine_backward: 2 of 8 points",
        "✘ The gradient dx, dw and db of a few samples. [6]",
        "    0 of 3 right",
        f"    {DX}",
        "    dw[0] is 3, expected 4",
        f"    {DB}",
        "✔ The shapes. [2]",
    ]
    known = ("It is halved.", "It is halved.", "It is not summed.", None)
    told = [replace(test, misconception=words) for test, words in zip(tests, known, strict=True)]
    lines = exercise_lines("affine_backward", result_of(told))
    assert lines[1:3] == ["1. It is halved.", "2. It is not summed."]
    assert lines[5:8] == [f"    {DX} → 1", f"    {DB} → 2", "    for the same reason: dw → 1"]


SIZES = "TypeError: 'float' object cannot be interpreted as an integer (cell f, line 5)"


def test_an_identical_failure_of_several_tests_is_told_once():
    same = [outcome(f"Test {i}.", False, status="error", message=SIZES) for i in range(11)]
    lines = exercise_lines("affine_backward", result_of([*same, outcome("Right.")]))
    assert lines[2] == f"    error: {SIZES} (and in 10 more tests)"
    assert lines.count("    error: as above") == 10
    assert sum(SIZES in line for line in lines) == 1
    markdown = feedback_markdown(result_of([*same, outcome("Right.")]))
    assert markdown.count("cannot be interpreted as an integer") == 1
    assert "(and in 10 more tests)" in markdown
    assert markdown.count("error: as above") == 10
    assert "(and in 1 more test)" in "".join(exercise_lines("affine_backward", result_of(same[:2])))


def test_several_identical_failures_refer_to_the_first_by_its_title():
    one = [outcome(f"One {i}.", False, message=DX) for i in range(2)]
    other = [outcome(f"Other {i}.", False, message=DB) for i in range(2)]
    lines = exercise_lines("affine_backward", result_of([*one, *other]))
    assert [line.strip() for line in lines if line.startswith(" ")] == [
        f"failed: {DX} (and in 1 more test)",
        "failed: as in “One 0”",
        f"failed: {DB} (and in 1 more test)",
        "failed: as in “Other 0”",
    ]


def test_parts_of_one_test_do_not_count_as_several_tests():
    assert "more test" not in "".join(exercise_lines("affine_backward", result_of(rows(dx=DB, db=DB))))


def test_a_note_on_passed_tests_is_told_once():
    passed = [outcome(f"Test {i}.", message="passed with a correct forward pass") for i in range(3)]
    lines = exercise_lines("affine_backward", result_of(passed))
    assert lines[2] == "    passed with a correct forward pass (and in 2 more tests)"
    assert len(lines) == 5


def test_an_unwritten_exercise_has_no_status_before_its_sentence():
    lines = exercise_lines("affine_backward", result_of([outcome("A.", False, status="missing", message="f is new")]))
    assert lines[2] == "    f is new"


def test_points_of_parts_are_shown_together():
    lines = exercise_lines("affine_backward", result_of(rows(db=DB)))
    assert lines[1] == "✘ The gradient dx, dw and db of a few samples. [4 of 6]"
    assert lines[2:4] == ["    2 of 3 right: ✔ dx, dw ✘ db", f"    failed: {DB}"]
    markdown = feedback_markdown(result_of(rows(db=DB)))
    assert "| affine\\_backward | 1 of 2 | 6 of 8 |" in markdown
    assert (
        "- ✘ The gradient dx, dw and db of a few samples. 2 of 3 right: ✔ dx, dw ✘ db\n  - failed: db has" in markdown
    )


def test_gradescope_has_one_entry_with_some_of_the_points():
    entries = gradescope_results(result_of(rows(dx=DX, db=DB)), seconds=1, visibility="visible")["tests"]
    assert [(entry["score"], entry["max_score"], entry["status"]) for entry in entries] == [
        (2, 6, "failed"),
        (2, 2, "passed"),
    ]
    assert entries[0]["output"] == f"1 of 3 right: ✔ dw ✘ dx, db\n{DX}\n{DB}"


def test_junit_has_one_test_with_what_was_found_in_its_parts():
    first, *others = rows(dx=DX)
    tests = [replace(first, misconception="It is halved."), *others]
    report = ET.fromstring(junit_report(result_of(tests), 0))
    case, _ = report.iter("testcase")
    failure = case.find("failure")
    assert failure.get("message") == "2 of 3 right: ✔ dw, db ✘ dx"
    assert failure.text == f"2 of 3 right: ✔ dw, db ✘ dx\nIt is halved.\n{DX}"
    properties = {p.get("name"): p.get("value") for p in report.iter("property")}
    assert properties[f"points of {case.get('name')}"] == "4 of 6"


def test_parts_with_the_same_change_are_one_reason():
    changes = score_changes(result_of(rows()), result_of(rows(dx=DX, db=DB)))
    assert changes[2:] == [f"        passed → failed: The gradient dx and db of a few samples. ({DX}; 1 more)"]
    heavier = [replace(row, weight=row.weight * 2) if row.part else row for row in rows()]
    assert score_changes(result_of(rows()), result_of(heavier))[2:] == [
        "        weighs 1 → 2 each: The gradient dx, dw and db of a few samples."
    ]
    fewer = [row for row in rows() if row.part != "dw"]
    assert score_changes(result_of(rows()), result_of(fewer))[2:] == ["        gone: The gradient dw of a few samples."]


def test_the_class_report_counts_parts_and_has_lines_for_those_that_differ():
    faults = [{}, {}, {"dx": DX}, {"dx": DX, "db": DB}]
    results = [stored(f"s{i}", {"A": exercise(8, rows(**wrong))}) for i, wrong in enumerate(faults)]
    figures = summarize(results)
    gradients, _ = figures.exercises["A"].tests.values()
    assert (gradients.passed, gradients.attempted, gradients.weight) == (2, 4, 3)
    assert {name: part.passed for name, part in gradients.parts.items()} == {"dx": 2, "dw": 4, "db": 3}
    assert [(test.unexplained, test.examples) for _, test in figures.unexplained(9)] == [({"failed": 2}, ["s2", "s3"])]
    page = report_page(figures, name="a", links=lambda student: [])
    assert (
        '<th scope="row" class="say">The gradient dx, dw and db of a few samples. <span class="soft">dx 2, db 1' in page
    )
    assert page.count('<tr class="part">') == 3
    alike = [stored(f"s{i}", {"A": exercise(8, rows(dx=m, dw=m, db=m))}) for i, m in enumerate(["", DX])]
    assert '<tr class="part">' not in report_page(summarize(alike), name="a", links=lambda student: [])


def test_each_test_that_the_source_notebooks_fail_gives_one_line(course, assignment):
    def score(submission, exercises):
        return {"affine_backward": rows(dx=DX, db=DB)}

    with pytest.raises(GraderError, match="1 of 3 right: ✔ dw ✘ dx, db; ") as caught:
        check_source_notebooks(course, assignment, "bwrap", score)
    assert str(caught.value).count("\n  - ") == 1
