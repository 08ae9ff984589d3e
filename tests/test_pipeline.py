"""One pipeline for all commands: each submission is read once, each result loaded once, and results agree."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from in_process import nbgrader_here, run_here
from test_gradebook import course_with

from autograder.course.assignment import load_assignment
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.gradescope.harness import score_for_gradescope
from autograder.grading.command import grade_class, refresh_feedback
from autograder.grading.spool import Spool
from autograder.intake.reader import Reader
from autograder.scoring.pipeline import Pipeline
from autograder.scoring.results import result_path
from autograder.scoring.scorer import scorer_for

NAME = "assignment2"
CLASS = ["ann", "leebo_50230"]
ONCE = dict.fromkeys(CLASS, 1)


class Counted:
    """The counts of read submissions and loaded results during a call of `run`."""

    def __init__(self, monkeypatch, course):
        self.monkeypatch, self.course = monkeypatch, course
        self.read, self.loaded = Counter(), Counter()

    def run(self, function, *arguments, **options):
        results = self.course.results / NAME
        ask, read_text, read_bytes = Reader._ask, Path.read_text, Path.read_bytes

        def counted_ask(reader, request):
            self.read[json.loads(request)["student"]] += 1
            return ask(reader, request)

        def note(path):
            if path.parent == results and path.suffix == ".json":
                self.loaded[path.stem] += 1

        def counted_read_text(path, *args, **keywords):
            note(path)
            return read_text(path, *args, **keywords)

        def counted_read_bytes(path):
            note(path)
            return read_bytes(path)

        self.read.clear(), self.loaded.clear()
        with self.monkeypatch.context() as patch:
            patch.setattr(Reader, "_ask", counted_ask)
            patch.setattr(Path, "read_text", counted_read_text)
            patch.setattr(Path, "read_bytes", counted_read_bytes)
            return function(*arguments, **options)


def hand_in_another(course, student):
    """Another value in place of the one that a student's first exercise returns."""
    notebook = course.handed_in(student, NAME) / "BatchNormalization.ipynb"
    text = notebook.read_text(encoding="utf-8")
    assert "    return 1" in text
    notebook.write_text(text.replace("    return 1", "    return 2468"), encoding="utf-8")


def test_grade_reads_each_submission_once_and_loads_each_result_once(tmp_path, monkeypatch):
    course = course_with(tmp_path / "course", CLASS)
    counted = Counted(monkeypatch, course)
    assert counted.run(grade_class, course).rescored == 2
    assert (counted.read, counted.loaded) == (ONCE, ONCE), "in the first run"
    outcome = counted.run(grade_class, course)
    assert (outcome.rescored, outcome.not_entered, len(outcome.rows)) == (0, {}, 2)
    assert (counted.read, counted.loaded) == (ONCE, ONCE), "in a run without changes"
    hand_in_another(course, "ann")
    outcome = counted.run(grade_class, course)
    assert (outcome.rescored, outcome.not_entered) == (1, {})
    assert (counted.read, counted.loaded) == (ONCE, ONCE), "when somebody hands in again"
    page = course.feedback / "ann" / NAME / "BatchNormalization.html"
    page.unlink()
    assert counted.run(refresh_feedback, course).not_entered == {}
    assert (counted.read, counted.loaded) == (ONCE, ONCE), "when pages are made again"
    assert "2468" in page.read_text(encoding="utf-8")


def test_nbgrader_reads_each_submission_once_for_all_of_its_notebooks(tmp_path, monkeypatch):
    course = course_with(tmp_path / "course", CLASS)
    assert nbgrader_here(course.root, "generate_assignment", NAME, "--create").returncode == 0
    counted = Counted(monkeypatch, course)
    for _ in range(2):
        done = counted.run(nbgrader_here, course.root, "autograde", NAME, "--create", "--force")
        assert done.returncode == 0, done.stderr
        assert (counted.read, counted.loaded) == (ONCE, ONCE)
    hand_in_another(course, "ann")
    assert nbgrader_here(course.root, "autograde", NAME, "--student", "ann", "--force").returncode == 0
    assert "return 2468" in (course.autograded / "ann" / NAME / "BatchNormalization.ipynb").read_text(encoding="utf-8")


def stored(course, student):
    return json.loads(result_path(course, NAME, student).read_text(encoding="utf-8"))["result"]


def by_nbgrader(folder, course):
    """A course with the same submissions, graded by nbgrader's own commands."""
    other = course_with(folder, [])
    shutil.copytree(course.submitted, other.submitted)
    assert nbgrader_here(other.root, "generate_assignment", NAME, "--create").returncode == 0
    done = nbgrader_here(other.root, "autograde", NAME, "--create")
    assert done.returncode == 0, done.stderr
    return other


def test_all_ways_to_grade_give_the_same_result(tmp_path):
    course = course_with(tmp_path / "course", ["ann"])
    handed_in = course.handed_in("ann", NAME)
    (handed_in / "ConvolutionalNetworks.ipynb").rename(handed_in / "my work (2).ipynb")  # found, and told of
    grade_class(course)
    expected = stored(course, "ann")
    assert expected["repairs"], "the submission has nothing that is repaired"

    file = tmp_path / "ann.json"
    done = run_here(course.root, "score", handed_in, "--json", file)
    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text(encoding="utf-8")) == expected

    root = tmp_path / "gradescope"
    shutil.copytree(handed_in, root / "submission")
    (root / "submission_metadata.json").write_text('{"users": [{"email": "ann"}]}')
    assert score_for_gradescope(course, NAME, root).to_json() == expected

    assert stored(by_nbgrader(tmp_path / "other", course), "ann") == expected


@pytest.mark.slow
def test_nbgrader_notices_the_name_of_another_student_as_well(tmp_path):
    course = course_with(tmp_path / "course", CLASS)
    handed_in = course.handed_in("ann", NAME)
    (handed_in / "ConvolutionalNetworks.ipynb").rename(handed_in / "leebo.ipynb")
    grade_class(course)
    expected = stored(course, "ann")
    assert any("another student, leebo_50230" in repair for repair in expected["repairs"])
    other = by_nbgrader(tmp_path / "other", course)
    assert stored(other, "ann") == expected
    outcome = grade_class(other)
    assert (outcome.rescored, outcome.changes) == (0, {}), "`grade` sees a change where there is none"
    assert NbGrader(other).totals(NAME) == NbGrader(course).totals(NAME)


def test_the_spool_returns_the_stored_values(tmp_path):
    course = course_with(tmp_path / "course", CLASS)
    scorer = scorer_for(course.root, NAME)
    with Spool() as spool, Pipeline(scorer) as pipeline:
        graded = [pipeline.grade(course.handed_in(student, NAME), student) for student in CLASS]
        places = [spool.add_submission(one.submission) for one in graded]
        spooled = [spool.add(one, place) for one, place in zip(graded, places, strict=True)]
        for one, item in reversed(list(zip(graded, spooled, strict=True))):
            taken = spool.take(item)
            assert (taken.submission, taken.stored) == (one.submission, one.stored)
    scorer.close()


@pytest.mark.parametrize("dry", [False, True])
def test_a_pipeline_stores_new_results_and_nothing_in_a_dry_run(tmp_path, dry):
    course = course_with(tmp_path / "course", ["ann"])
    assignment, scorer = load_assignment(course), scorer_for(course.root, NAME)
    with Pipeline(scorer, dry=dry) as pipeline:
        first = pipeline.grade(course.handed_in("ann", NAME), "ann")
        path = result_path(course, assignment.name, "ann")
        assert (first.is_new, first.previous, path.exists()) == (True, None, not dry)
        again = pipeline.grade(course.handed_in("ann", NAME), "ann")
        assert (again.is_new, again.result) == (dry, first.result)
        assert dry or again.stored.seconds == pytest.approx(first.stored.seconds, abs=0.001)
    scorer.close()
