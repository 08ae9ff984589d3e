"""Hostile submissions: none gets a point, reads or writes anything outside, or outlives its test; the grader serves on.

The corpus is tests/attacks; `attack_range` says how it is written.
"""

import json
import operator
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from attack_range import CLASSES, ROOT, Range, measured, processes, read_attacks, score, signs
from samples import others_slow

from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import Scorer

CORPUS = read_attacks()
# The next student is scored on the exercises that the attack was scored on, after every twelfth one on all.
WITH_ALL_EXERCISES_AFTER = CORPUS[::12]
# The most that scoring may take beyond the time of the tests, while other tests run: seconds, and MB of this process.
SLACK, MEGABYTES = 8, 400
SELECTION = [attack for attack in CORPUS[::4] if attack.group != "hanging"]


# Attacks in `make test`: one of each class, and some more, after which all exercises are scored.
OFTEN = {*{attack.group: attack for attack in CORPUS}.values(), *CORPUS[::24]}
OFTEN_INSIDE = SELECTION[::8]
NAME = operator.attrgetter("name")


@pytest.fixture(scope="module")
def place():
    # Not in pytest's folder: only its owner can enter it, and every user must be able to reach the canaries.
    with tempfile.TemporaryDirectory(prefix="range-") as folder, Range(folder) as place:
        yield place


def opened(place, isolation):
    """A Scorer with all its workers started, and their processes."""
    scorer = Scorer(place.course, place.assignment, isolation)
    assert scorer.score(solved_submission(place.assignment, "first")).score == place.assignment.max_score
    return scorer, processes(scorer.sandbox)


@pytest.fixture(scope="module")
def best(place):
    """The sandbox that scoring chooses by itself."""
    scorer, running = opened(place, None)
    assert scorer.sandbox.isolation == "bwrap" or shutil.which("bwrap") is None
    yield scorer, running
    scorer.sandbox.close()


@pytest.fixture(scope="module")
def inner(place):
    scorer, running = opened(place, "inner")
    yield scorer, running
    scorer.sandbox.close()


def check(place, scorer, running, attack):
    limits = place.assignment.settings
    with measured() as used:
        result = score(scorer, attack, place.submission(attack))
    due = scorer.assignment.exercises[attack.exercise].points if attack.expect == "honest" else 0
    scores = {name: exercise.score for name, exercise in result.exercises.items() if exercise.score}
    assert signs(place, result) == []
    assert scores == ({attack.exercise: due} if due else {})
    assert result.score == due
    assert place.left_behind() == []
    assert used.megabytes < MEGABYTES, "the grader's own memory"
    # An attack hangs in the tests of one exercise, or while definitions are loaded, which is tried three times at most.
    assert used.seconds < limits.exercise_seconds + 2 * limits.test_seconds + SLACK, "the grader's time"
    assert processes(scorer.sandbox) == running
    honest = solved_submission(place.assignment, "next")
    after = scorer.score(honest) if attack in WITH_ALL_EXERCISES_AFTER else score(scorer, attack, honest)
    wrong = [test for exercise in after.exercises.values() for test in exercise.tests if not test.passed]
    assert wrong == []


@pytest.mark.parametrize("attack", others_slow(CORPUS, often=OFTEN), ids=NAME)
def test_an_attack_gets_nothing_and_the_next_student_everything(place, best, attack):
    check(place, *best, attack)


@pytest.mark.parametrize("attack", others_slow(SELECTION, often=OFTEN_INSIDE), ids=NAME)
def test_the_inner_layer_alone_holds_too(place, inner, attack):
    check(place, *inner, attack)


def box(program):
    """The command of a box in which a program can do no harm: nothing is writable but its own /tmp and /dev."""
    kit = [word for folder in dict.fromkeys((str(ROOT), sys.prefix)) for word in ("--ro-bind", folder, folder)]
    return [
        program,
        *("--ro-bind", "/", "/", "--tmpfs", "/tmp", *kit, "--dev", "/dev", "--proc", "/proc"),
        *("--unshare-all", "--die-with-parent", "--new-session", "--chdir", str(ROOT)),
        "--",
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="without bubblewrap the control has no box")
def test_without_a_sandbox_the_same_attacks_succeed():
    """Control run: an attack that fails in the sandbox must succeed outside, or the failure proves nothing."""
    controls = ["yes", "root"] if os.geteuid() == 0 else ["yes"]
    program = [sys.executable, str(Path(__file__).with_name("attack_range.py")), "/tmp", *controls]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRADER_TOKEN": secrets.token_hex(32)}
    done = subprocess.run(
        [*box(shutil.which("bwrap")), *program], capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert sorted(seen) == [attack.name for attack in CORPUS if attack.control in controls]
    assert [name for name, words in seen.items() if not words] == []


def test_the_corpus_holds_attacks_of_every_class():
    assert {attack.group for attack in CORPUS} == set(CLASSES)
    assert {attack.group for attack in OFTEN} == set(CLASSES)
    assert len(CORPUS) >= 60
    assert sum(attack.control == "yes" for attack in CORPUS) >= 30
    for attack in CORPUS:
        assert attack.control in ("yes", "root", "no"), attack.name
        assert attack.expect in ("zero", "honest"), attack.name
        assert attack.scope in ("all", "some"), attack.name
        assert attack.attempt, attack.name
