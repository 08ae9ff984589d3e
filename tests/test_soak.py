"""500 submissions, a tenth of them hostile, graded by a grader that is killed three times."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from attack_range import read_attacks
from test_gradebook import rows
from test_grading import descendants, new_course

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.sample_class.command import solved_submission, write_sample_class
from autograder.scoring.results import load_stored

pytestmark = pytest.mark.slow
SUBMISSIONS, HOSTILE = 500, 25  # 15 in 100 of the others are broken, see mixed_class
GRADE = [sys.executable, "-m", "autograder", "grade", "--jobs", "2"]
# Attacks that are tried on the range under limits of a second; here they may use up those of the course.
QUICK = ("reading", "frames", "patching", "ending", "equal", "forging", "writing", "kernel", "values", "parsing")


def made_class(folder):
    """A course with the submissions in it."""
    folder.mkdir()
    course = load_course(new_course(folder))
    assignment = load_assignment(course)
    write_sample_class(course, count=SUBMISSIONS - HOSTILE)
    attacks = sorted((a for a in read_attacks() if a.group in QUICK), key=lambda attack: attack.name)
    for number, attack in enumerate(random.Random(6).sample(attacks, HOSTILE)):
        change = {attack.exercise: lambda cell, source=attack.text: source}
        student = f"hostile-{number:02}"
        submission = solved_submission(assignment, student, change=change)
        stage_submission(submission, assignment, course.handed_in(student, assignment.name))
    return course


def graded(course):
    done = subprocess.run(GRADE, cwd=course.root, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 1, done.stderr[-2000:]  # some submission needs attention
    return done.stdout


def killed(course, seconds):
    """Begin to grade, and end it with all that it started after some seconds; returns whether it was still at work."""
    with subprocess.Popen(GRADE, cwd=course.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            run.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        ended = run.poll() is not None
        started = descendants(run.pid)
        os.kill(run.pid, signal.SIGKILL) if not ended else None
    until = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in started) and time.monotonic() < until:
        time.sleep(0.1)
    return not ended


def marks_of(course):
    """Scores, states and statuses; seconds and the words of messages may differ from run to run."""
    marks = {}
    for path in sorted((course.results / "assignment2").glob("*.json")):
        result = load_stored(course, "assignment2", path.stem).result
        tests = {name: [test.status for test in e.tests] for name, e in result.exercises.items()}
        marks[path.stem] = (result.state, result.score, tests)
    return marks


def test_a_grader_that_is_killed_three_times_ends_where_an_undisturbed_one_does(tmp_path):
    calm = made_class(tmp_path / "calm")
    started = time.monotonic()
    graded(calm)
    seconds = time.monotonic() - started
    print(f"\n{SUBMISSIONS} submissions undisturbed: {seconds:.0f} s")
    other = made_class(tmp_path / "disturbed")
    (other.root / "course_secret").write_text((calm.root / "course_secret").read_text())
    moments = random.Random(str(tmp_path))  # other moments in each run of the test
    kills = [killed(other, moments.uniform(0.05, 0.3) * seconds) for _ in range(3)]
    assert all(kills)
    graded(other)
    assert len(marks_of(calm)) == SUBMISSIONS
    assert marks_of(other) == marks_of(calm)
    assert rows(other) == rows(calm)
    for kind in ("feedback", "autograded"):
        files = {path.relative_to(calm.root) for path in (calm.root / kind).rglob("*") if path.is_file()}
        assert files == {path.relative_to(other.root) for path in (other.root / kind).rglob("*") if path.is_file()}
    assert ", 0 of them scored now" in graded(other)
