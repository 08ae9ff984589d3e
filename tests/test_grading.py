"""Grading a class from submissions to gradebook and feedback, with real nbgrader."""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from courses import ASSIGNMENT, assign, copy_course, jupyter_server
from in_process import run_here

from autograder.feedback.texts import isolation_text
from autograder.sample_class.profiles import samples_of

ROOT = Path(__file__).parent.parent
SAMPLES = samples_of(ASSIGNMENT)
ALL = ASSIGNMENT.max_score


def run(folder, *command, status=0):
    """Run Python: our commands in this process, other programs in a new process."""
    environment = {**os.environ, "COLUMNS": "300"}
    if command[:2] == ("-m", "autograder"):
        done = run_here(folder, *command[2:], COLUMNS="300")
        assert done.returncode == status, done.stdout + done.stderr
        return done
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=600, env=environment
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def new_course(folder):
    """A separate course folder, with short time limits for endless loops."""
    copy_course(folder)
    assign(folder, test_seconds=3, exercise_seconds=5)
    return folder


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(course folder, what `grade` printed) of the sample class."""
    folder = new_course(tmp_path_factory.mktemp("course"))
    run(folder, "-m", "autograder", "sample-class")
    return folder, run(folder, "-m", "autograder", "grade", status=1).stdout


def result_of(folder, student):
    return json.loads((folder / "results" / "assignment2" / f"{student}.json").read_text())["result"]


def totals(folder):
    run(folder, "-m", "nbgrader", "export")
    with (folder / "grades.csv").open() as table:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.student)
def test_each_sample_loses_exactly_the_points_of_its_mistake(graded, sample):
    result = result_of(graded[0], sample.student)
    lost = {name for name, exercise in result["exercises"].items() if exercise["score"] < exercise["points"]}
    assert lost == set(sample.loses)
    assert result["state"] == sample.state
    assert result["isolation"] == "bwrap"


def test_the_gradebook_holds_every_score(graded):
    expected = {sample.student: result_of(graded[0], sample.student)["score"] for sample in SAMPLES}
    assert totals(graded[0]) == pytest.approx(expected)


def test_correct_work_gets_full_points_and_blank_work_none(graded):
    assert result_of(graded[0], "all_right")["score"] == ALL
    blank = result_of(graded[0], "all_blank")
    assert blank["score"] == 0
    assert not any(exercise["attempted"] for exercise in blank["exercises"].values())


def test_the_table_lists_every_student_with_remarks(graded):
    for sample in SAMPLES:
        assert sample.student in graded[1]
    assert "did not finish within 3 s" in " ".join(graded[1].split())
    assert "not attempted" in graded[1]
    assert "is not a notebook" in graded[1]


def test_feedback_explains_mistakes_and_shows_no_hidden_test(graded):
    for sample in SAMPLES:
        pages = list((graded[0] / "feedback" / sample.student / "assignment2").glob("*.html"))
        assert len(pages) == len(ASSIGNMENT.notebooks)
        text = "".join(page.read_text() for page in pages)
        assert "def test_" not in text
        assert "isolation" not in text or "sandbox" in text
    text = (graded[0] / "feedback" / "one_wrong" / "assignment2" / "ConvolutionalNetworks.html").read_text()
    assert "expected" in text


def test_submitted_files_are_not_changed(graded, tmp_path):
    again = new_course(tmp_path)
    run(again, "-m", "autograder", "sample-class")
    for path in (again / "submitted").rglob("*.ipynb"):
        assert path.read_bytes() == (graded[0] / "submitted" / path.relative_to(again / "submitted")).read_bytes()


def test_a_second_run_scores_nothing_again(graded):
    assert ", 0 of them scored now" in run(graded[0], "-m", "autograder", "grade", status=1).stdout


@pytest.mark.slow
def test_plain_nbgrader_gives_the_same_scores(graded, tmp_path):
    folder = new_course(tmp_path)
    run(folder, "-m", "autograder", "release", "--no-run")
    samples = ["one_wrong", "deleted_cell", "duplicated_cell"]
    for student in samples:
        shutil.copytree(graded[0] / "submitted" / student, folder / "submitted" / student)
    run(folder, "-m", "nbgrader", "autograde", "assignment2")
    expected = {student: result_of(graded[0], student)["score"] for student in samples}
    assert totals(folder) == pytest.approx(expected)
    run(folder, "-m", "nbgrader", "generate_feedback", "assignment2")
    assert (folder / "feedback" / "one_wrong" / "assignment2" / "ConvolutionalNetworks.html").exists()


def test_formgrader_lists_the_class_with_its_scores(graded):
    with jupyter_server(graded[0]) as address:
        page = f"{address}/formgrader/api/submissions/assignment2?token=secret"
        listed = json.load(urllib.request.urlopen(page, timeout=30))
    scores = {entry["student"]: entry["score"] for entry in listed}
    assert scores == pytest.approx({s.student: result_of(graded[0], s.student)["score"] for s in SAMPLES})
    assert all(entry["autograded"] for entry in listed)


@pytest.mark.parametrize(("folder", "score", "state"), [("source", ALL, "graded"), ("release", 0, "not attempted")])
def test_solved_notebooks_get_all_points_and_unchanged_ones_none(graded, tmp_path, folder, score, state):
    run(graded[0], "-m", "autograder", "score", ROOT / folder / "assignment2", "--json", tmp_path / "result.json")
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["score"], result["max_score"], result["state"]) == (score, ALL, state)
    assert {exercise["attempted"] for exercise in result["exercises"].values()} == {score == ALL}


def test_the_same_submission_gets_the_same_result_twice(graded, tmp_path):
    submission = graded[0] / "submitted" / "one_wrong" / "assignment2"
    texts = []
    for name in ("a.json", "b.json"):
        run(graded[0], "-m", "autograder", "score", submission, "--json", tmp_path / name)
        texts.append((tmp_path / name).read_text())
    assert texts[0] == texts[1]


def descendants(pid):
    """Return the ids of all processes that a process started, directly or indirectly."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in seen(task).split():
            found += [child, *descendants(child)]
    return found


def seen(path):
    """Read a file of a process that may have ended."""
    try:
        return path.read_text()
    except OSError:
        return ""


def is_worker(pid):
    return "/kit/worker.py" in seen(Path(f"/proc/{pid}/cmdline"))


def test_a_sandbox_that_breaks_stops_the_run_and_no_scores_are_written(tmp_path):
    folder = new_course(tmp_path)
    run(folder, "-m", "autograder", "sample-class", "16")
    command = [sys.executable, "-m", "autograder", "grade", "--jobs", "1"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as grader:
        results = folder / "results" / "assignment2"
        until = time.monotonic() + 60
        while not list(results.glob("*.json")) and time.monotonic() < until:
            time.sleep(0.05)
        for pid in filter(is_worker, descendants(grader.pid)):
            os.kill(int(pid), 9)
        out, errors = grader.communicate(timeout=120)
    assert grader.returncode == 2, errors
    assert "no scores were written: the sandbox broke while " in errors
    assert "no result of this run was stored" in errors
    assert out == ""
    assert list(results.glob("*.json")) == []
    assert not (folder / "gradebook.db").exists()
    assert not (folder / "feedback").exists()


def test_every_result_records_its_isolation(graded, tmp_path):
    """A result from a run without a sandbox is marked, and never reused for a run with one."""
    submission = graded[0] / "submitted" / "all_right" / "assignment2"
    for isolation, words in [("bwrap", "bubblewrap"), ("inner", "inner layer only"), ("none", "WITHOUT a sandbox")]:
        done = run(
            graded[0], "-m", "autograder", "score", submission, "--isolation", isolation, "--json", tmp_path / "r.json"
        )
        assert json.loads((tmp_path / "r.json").read_text())["isolation"] == isolation
        assert words in done.stdout
    again = ["-m", "autograder", "grade", "--student", "all_right"]
    assert "1 of them scored now" in run(graded[0], *again, "--isolation", "none").stdout
    assert "1 of them scored now" in run(graded[0], *again).stdout
    assert ", 0 of them scored now" in run(graded[0], *again).stdout


def test_ids_that_differ_only_in_case_are_graded_separately_and_reported(tmp_path):
    folder = copy_course(tmp_path / "course", notebooks=["Dropout"])
    assign(folder, total_points=15)
    for student, files in {"Ann": ROOT / "source" / "assignment2", "ann": ROOT / "release" / "assignment2"}.items():
        target = folder / "submitted" / student / "assignment2"
        target.mkdir(parents=True)
        shutil.copy(files / "Dropout.ipynb", target)
    said = run(folder, "-m", "autograder", "grade").stdout
    assert "look at: Ann and ann differ only in case, and would share a folder on some disks" in said
    assert [result_of(folder, student)["score"] for student in ("Ann", "ann")] == [10, 0]


def test_doctor_announces_the_isolation(graded):
    done = run(graded[0], "-m", "autograder", "doctor")
    assert f"Submissions will be {isolation_text('bwrap')}." in done.stdout
    assert "✘" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["score", "nowhere"], "expected a submission, got nowhere, which does not exist"),
        (["score", "empty"], "has nothing to score: FullyConnectedNets.ipynb was not handed in"),
        (["grade", "assignment7"], ", got 'assignment7'"),
        (["grade", "--student", "nobody"], "expected a student with a submission for assignment2"),
        (["grade"], "submitted does not exist: put submissions into"),
        (["release", "../../etc"], ", got '../../etc'"),
    ],
)
def test_bad_input_gives_one_line_and_exit_status_2(tmp_path, arguments, words):
    folder = new_course(tmp_path)
    (folder / "empty").mkdir()
    if arguments == ["grade", "--student", "nobody"]:
        (folder / "submitted" / "ann" / "assignment2").mkdir(parents=True)
    done = run(folder, "-m", "autograder", *arguments, status=2)
    assert words in done.stderr
    assert len([line for line in done.stderr.splitlines() if not line.endswith("…")]) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.AssignmentKit.job = 3", "did you mean jobs?"),
        ("c.CourseDirectory.cource_id = 'x'", "did you mean course_id?"),
        ("c.CourseDirectry.course_id = 'x'", "did you mean c.CourseDirectory?"),
    ],
)
def test_a_typo_in_the_settings_gives_one_line_and_exit_status_2(tmp_path, line, words):
    folder = new_course(tmp_path)
    with (folder / "course_config.py").open("a") as config:
        config.write(line + "\n")
    done = run(folder, "-m", "autograder", "release", "--no-run", status=2)
    assert words in done.stderr
    assert len([text for text in done.stderr.splitlines() if not text.endswith("…")]) == 1


def test_a_cut_list_counts_the_omitted_names(tmp_path):
    printed = run(new_course(tmp_path / "course"), "-m", "autograder", "sample-class", "23").stdout
    assert printed.startswith("23 submissions in ")
    assert printed.rstrip().endswith(" and 3 more")
