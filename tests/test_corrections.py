"""Corrections: pages list the changes since the released feedback; regrade requests."""

import contextlib
import json
import re

import pytest
from test_gradebook import course_with

from autograder.cli import main
from autograder.course.config import load_course
from autograder.feedback.changes import Change, PageFacts, Released, changes_since, changes_text
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.intake.times import add_times

CAUSES = {"work": "w", "tolerances": "t", "solutions": "s", "settings": "c", "grader": "g", "tests": {"f": "1"}}


def facts(score=4.0, points=6.0, auto=None, tests=None, answer=None, penalty=0.0, due="", handed_in=None):
    tests = tests or {"it works": [2, 3]}
    return {
        "parts": {
            "f": {"notebook": "N.ipynb", "score": score, "points": points, "auto": auto or score, "tests": tests},
            "why": {"notebook": "N.ipynb", "score": answer, "points": 5, "auto": None, "tests": {}},
        },
        "notebooks": {"N.ipynb": {"score": score, "points": points + 5, "late_penalty": penalty, "due": due}},
        "handed_in": handed_in,
    }


def rows(now, before=None, causes=CAUSES, decided=(), old_causes=CAUSES):
    """The changes on a page: list of (part, before, now, why)."""
    released = Released("2026-11-20 10:00:00 UTC", PageFacts.from_json(before or facts()), old_causes, ())
    change = changes_since(released, PageFacts.from_json(now), causes, {"f": list(decided)})
    found = change.notebooks["N.ipynb"].rows if change else []
    return [(row.part, row.before, row.now, " ".join(row.why)) for row in found]


BETTER = facts(6.0, tests={"it works": [3, 3]})


def test_without_changes_there_is_no_line():
    assert rows(facts()) == []
    assert rows(facts(), causes=CAUSES | {"grader": "new", "tests": {"f": "2"}}) == []


@pytest.mark.parametrize(
    ("causes", "why"),
    [
        ({"work": "new"}, "You submitted again."),
        ({"tests": {"f": "2"}}, "The hidden tests were changed."),
        ({"tests": {"f": "1", "g": "2"}}, "The hidden tests or the grader were changed."),
        ({"tolerances": "new"}, "A tolerance of the hidden tests was changed."),
        ({"solutions": "new"}, "A reference solution of the hidden tests was changed."),
        ({"settings": "new"}, "A limit or another setting of the grader was changed."),
        ({"grader": "new"}, "The grader was changed."),
        (
            {"work": "new", "tolerances": "new"},
            "You submitted again. A tolerance of the hidden tests was changed.",
        ),
    ],
)
def test_a_test_with_another_outcome_has_its_known_reason(causes, why):
    assert rows(BETTER, causes=CAUSES | causes) == [("f", "4 of 6", "6 of 6", why)]


def test_the_reasons_of_a_result_of_an_earlier_version_are_unknown():
    told = rows(BETTER, old_causes={})
    assert told == [("f", "4 of 6", "6 of 6", "The hidden tests or the grader were changed.")]


def test_changed_points_and_manual_points():
    worth = "It is now worth 12 points instead of 6."
    assert rows(facts(8.0, 12.0)) == [("f", "4 of 6", "8 of 12", worth)]
    assert rows(facts(5.0, auto=4.0)) == [("f", "4 of 6", "5 of 6", "A grader changed the points.")]
    back = "The points set by a grader were removed."
    assert rows(facts(), facts(5.0, auto=4.0)) == [("f", "5 of 6", "4 of 6", back)]
    assert rows(facts(answer=4)) == [("why", "not graded of 5", "4 of 5", "It was graded by hand.")]
    assert rows(facts(answer=4), facts(answer=3)) == [("why", "3 of 5", "4 of 5", "A grader changed the points.")]


def test_the_decision_of_a_regrade_request_is_a_reason_once():
    decided = {"decided": "2026-11-21 10:00:00 UTC", "decision": "accepted"}
    why = "Your regrade request was accepted. A grader changed the points."
    assert rows(facts(5.0, auto=4.0), decided=[decided]) == [("f", "4 of 6", "5 of 6", why)]
    earlier = decided | {"decided": "2026-11-19 10:00:00 UTC"}
    assert rows(facts(5.0, auto=4.0), decided=[earlier])[0][3] == "A grader changed the points."


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"due": "2026-11-25 10:00:00"}, "The due date is now 2026-11-25 10:00:00 UTC."),
        ({"due": ""}, "The due date was removed."),
        ({"handed_in": "2026-11-19 10:00:00 UTC"}, "The submission time is now 2026-11-19 10:00:00 UTC."),
        ({}, "The rule for late submissions was changed."),
    ],
)
def test_a_late_penalty_that_changed_has_a_reason(changed, why):
    before = {"penalty": 4.0, "due": "2026-11-20 10:00:00", "handed_in": "2026-11-22 10:00:00 UTC"}
    assert rows(facts(**before | {"penalty": 0.0} | changed), facts(**before)) == [("late penalty", "−4", "0", why)]


def test_new_and_removed_parts():
    now = facts()
    now["parts"]["g"] = now["parts"].pop("f")
    assert rows(now) == [
        ("g", "–", "4 of 6", "It is a new part of the assignment."),
        ("f", "4 of 6", "–", "It is no longer part of the assignment."),
    ]


def test_each_changed_test_is_listed_with_its_points():
    before = facts(3.0, tests={"one": [1, 1], "two": [0, 1], "three": [0, 2]})
    released = Released("T", PageFacts.from_json(before), CAUSES, ())
    now = PageFacts.from_json(facts(1.5, tests={"one": [1, 1], "two": [0, 1], "four": [0, 2]}))
    change = changes_since(released, now, CAUSES | {"tests": {"f": "2"}}, {})
    assert Change.from_json(json.loads(json.dumps(change.to_json()))) == change
    assert changes_text(change) == [
        "Changes since the feedback of T:",
        "f: 3 of 6 → 1.5 of 6 points. The hidden tests were changed.",
        "    four: – → 0 of 3",
        "    three: 0 of 3 → –",
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded class of two students, without released feedback."""
    course = course_with(tmp_path_factory.mktemp("corrections") / "course", ["ann", "ben"])
    with (course.root / "course_config.py").open("a") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    add_times(course.submitted, "assignment2", {"ann": "2026-11-22 10:00:00 UTC", "ben": "2026-11-18 10:00:00 UTC"})
    assert run(course, "grade") == 0
    return course


def run(course, *arguments):
    with contextlib.chdir(course.root):
        return main(list(arguments))


def page(course, student, name="BatchNormalization"):
    return (course.feedback / student / "assignment2" / f"{name}.html").read_text(encoding="utf-8")


def words(html):
    """The text of a page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<body>") :].replace("<wbr>", "")).split())


def change_points(course, old, new):
    """Change the points of the first exercise of BatchNormalization in the source."""
    path = course.source / "assignment2" / "BatchNormalization.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == EXERCISE[1])
    assert cell["metadata"]["nbgrader"]["points"] == old
    cell["metadata"]["nbgrader"]["points"] = new
    path.write_text(json.dumps(content), encoding="utf-8")


EXERCISE = ("batchnorm_forward", "check_batchnorm_forward")
TOLD = "Changes since the feedback of"


def test_unreleased_feedback_is_not_corrected(course, capsys):
    change_points(course, 8, 10)
    assert run(course, "grade") == 0
    assert "no student has feedback yet" in capsys.readouterr().out
    assert TOLD not in page(course, "ann")
    assert TOLD not in (course.feedback / "ann" / "assignment2" / "feedback.md").read_text()


def test_after_a_release_pages_list_changes_and_keep_them(course, capsys):
    before = page(course, "ben")
    assert run(course, "release-feedback") == 0
    assert "2 students have the feedback in" in capsys.readouterr().out
    assert run(course, "grade") == 0
    assert page(course, "ben") == before, "nothing has changed"

    NbGrader(course).give_points("assignment2", "ann", "BatchNormalization", EXERCISE[1], 3)
    with NbGrader(course).open() as gradebook:
        gradebook.update_or_create_assignment("assignment2", duedate="2026-11-20 10:00:00 UTC")
    capsys.readouterr()
    assert run(course, "grade") == 0
    assert "corrected since the released feedback: ann; their pages list" in capsys.readouterr().out
    assert TOLD not in page(course, "ben")
    told = words(page(course, "ann"))
    assert re.search(TOLD + r" [\d-]+ [\d:]+ UTC 0 of 38 → 0 of 38 points", told)
    assert f"{EXERCISE[0]} 0 of 10 3 of 10 A grader changed the points." in told
    assert "late penalty 0 −3 The due date is now 2026-11-20 10:00:00 UTC." in told
    assert TOLD not in page(course, "ann", "ConvolutionalNetworks"), "nothing of this notebook has changed"
    summary = (course.feedback / "ann" / "assignment2" / "feedback.md").read_text(encoding="utf-8")
    assert f"- {EXERCISE[0]}: 0 of 10 → 3 of 10 points. A grader changed the points.".replace("_", "\\_") in summary

    corrected = page(course, "ann")
    assert run(course, "release-feedback", "--student", "ann") == 0
    assert run(course, "grade", "--force") == 0
    assert page(course, "ann") == corrected, "a student who reads it later reads of it, too"
    record = course.released_feedback / "assignment2.json"
    assert oct(record.stat().st_mode & 0o777) == "0o600"
    assert record.read_text().count('"time"') == 2


def test_nbgraders_own_feedback_is_the_same_page(course):
    from nbgrader.apps.api import NbGraderAPI

    made = page(course, "ann")
    assert TOLD in made
    api = NbGrader(course).api
    assert isinstance(api, NbGraderAPI)
    outcome = api.generate_feedback("assignment2", "ann", force=True)
    assert outcome["success"], outcome["log"]
    assert page(course, "ann") == made


def test_a_regrade_request_from_the_students_words_to_the_page(course, capsys):
    capsys.readouterr()
    assert run(course, "regrade-request") == 0
    assert capsys.readouterr().out == "no open regrade requests\n"
    assert run(course, "regrade-request", "ben", "layernorm_forward", "--reason", "I use ddof=0.\x1b[31m") == 0
    told = capsys.readouterr().out
    assert "ben layernorm_forward (assignment2), opened" in told
    assert "I use ddof=0. [31m" in told
    folder = course.reports / "assignment2" / "inputs" / "ben" / "layernorm_forward"
    programs = sorted(path.name for path in folder.glob("*.py"))
    assert programs
    assert all(name in told for name in programs)
    assert f"inputs: {folder.relative_to(course.root)}" in told
    (entry,) = json.loads(course.regrade_requests.read_text(encoding="utf-8"))
    assert (entry["mark_before"], entry["decision"]) == ("0 of 5", None)
    assert oct(course.regrade_requests.stat().st_mode & 0o777) == "0o600"

    assert run(course, "regrade-request") == 0
    told = capsys.readouterr().out
    assert "0 of 5 points when opened, 0 of 5 now" in told
    assert told.endswith("1 open regrade requests\n")
    decide = ("regrade-request", "ben", "layernorm_forward", "--decide", "accepted")
    assert run(course, *decide, "--points", "6") == 2
    assert "expected --points from 0 to 5, got 6" in capsys.readouterr().err
    assert run(course, *decide, "--points", "2", "--note", "Right: <b>ddof</b> is not asked for.") == 0
    assert "0 of 5 points when opened, 2 of 5 now" in capsys.readouterr().out
    assert run(course, "grade") == 0
    told = words(page(course, "ben"))
    assert "layernorm_forward 0 of 5 2 of 5 Your regrade request was accepted. A grader changed the points." in told
    assert "was accepted on" in told
    assert "Right: &lt;b&gt;ddof&lt;/b&gt; is not asked for." in told
    assert "regrade" not in page(course, "ann")
    assert run(course, "regrade-request") == 0
    assert "no open regrade requests" in capsys.readouterr().out


def test_a_request_about_an_answer_is_declined(course, capsys):
    (question, *_) = re.findall(
        r'section id="([\w-]+)">\s*<div class="head"><h2>\1</h2> <span[^>]*>not graded',
        page(course, "ben").replace("<wbr>", ""),
    )
    assert run(course, "regrade-request", "ben", question, "--reason", "It says why.") == 0
    assert "this answer is graded by hand" in capsys.readouterr().out
    assert run(course, "regrade-request", "ben", question, "--decide", "declined", "--note", "It does not.") == 0
    assert run(course, "grade") == 0
    assert re.search(r"regrade request of [\d: -]+ UTC was declined on [\d: -]+ UTC. It does not.", page(course, "ben"))


REQUEST = ("regrade-request", "ben", "batchnorm_forward")
BAD = {
    ("regrade-request", "ben"): "expected ID EXERCISE with --reason TEXT",
    REQUEST: "expected ID EXERCISE with --reason TEXT",
    (*REQUEST, "--reason", "x", "--decide", "accepted"): "expected ID EXERCISE with --reason TEXT",
    (*REQUEST, "--reason", " "): "expected 1 to 2000 characters after --reason, got none",
    (*REQUEST, "--reason", "x" * 2001): "expected 1 to 2000 characters after --reason, got 2001",
    (*REQUEST, "--reason", "x", "--note", "y"): "expected --note with --decide only",
    (*REQUEST, "--decide", "declined", "--points", "1"): "expected --points with --decide accepted only",
    (*REQUEST, "--decide", "accepted"): "expected an open regrade request of 'ben' for batchnorm_forward, got none",
    (
        "regrade-request",
        "ben",
        "nothing",
        "--reason",
        "x",
    ): "expected an exercise or question (batch",
    ("regrade-request", "zoe", "batchnorm_forward", "--reason", "x"): "the gradebook has no score of 'zoe'",
    ("regrade-request", "../ben", "batchnorm_forward", "--reason", "x"): "the gradebook has no score of '../ben'",
    ("regrade-request", "--reason", "x"): "expected a student's id and an exercise",
    ("release-feedback", "--student", "zoe"): "expected a student with a submission for assignment2",
}


@pytest.mark.parametrize("arguments", BAD, ids=lambda arguments: " ".join(arguments)[:60])
def test_bad_input_gives_one_line_and_changes_nothing(course, arguments, capsys):
    before = course.regrade_requests.read_bytes() if course.regrade_requests.exists() else None
    capsys.readouterr()
    assert run(course, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"autograder: {BAD[arguments]}")
    assert error.count("\n") == 1
    assert (course.regrade_requests.read_bytes() if course.regrade_requests.exists() else None) == before


def test_an_open_request_is_not_opened_again(course, capsys):
    assert run(course, *REQUEST, "--reason", "one") == 0
    capsys.readouterr()
    assert run(course, *REQUEST, "--reason", "two") == 2
    assert "a regrade request of 'ben' for batchnorm_forward has been open since" in capsys.readouterr().err


def test_a_damaged_record_gives_one_line(course, capsys):
    released = course.released_feedback / "assignment2.json"
    for file, command, text in (
        (course.regrade_requests, ("regrade-request",), "{"),
        (course.regrade_requests, ("regrade-request",), "[1]"),
        (course.regrade_requests, ("grade",), '[{"student": "ann"}]'),
        (released, ("grade",), "[]"),
        (released, ("release-feedback",), '{"ann": {}}'),
    ):
        before = file.read_bytes()
        file.write_text(text)
        capsys.readouterr()
        assert run(course, *command) == 2
        lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("autograder: ")]
        assert len(lines) == 1
        assert f"{file} is damaged (" in lines[0]
        file.write_bytes(before)


def test_a_new_submission_is_given_as_the_reason(course):
    assert run(course, "release-feedback") == 0
    notebook = course.handed_in("ben", "assignment2") / "BatchNormalization.ipynb"
    text = notebook.read_text(encoding="utf-8")
    solved = json.loads((course.source / "assignment2" / "BatchNormalization.ipynb").read_text(encoding="utf-8"))
    source = next(c for c in solved["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == EXERCISE[0])
    content = json.loads(text)
    cell = next(c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == EXERCISE[0])
    cell["source"] = source["source"]
    notebook.write_text(json.dumps(content), encoding="utf-8")
    assert run(course, "grade") == 0
    told = words(page(course, "ben"))
    assert f"{EXERCISE[0]} 0 of 10 10 of 10 You submitted again." in told
    assert told.count(TOLD) == 2, "what it told before is still there"
    assert load_course(course.root) == course
