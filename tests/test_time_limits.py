"""Time limits of hidden tests: one time-out for each exercise, other limits for some tests and for slow machines."""

import dataclasses
import time
from collections import Counter

import numpy as np
import pytest
from attack_range import scored_alone
from courses import COURSE

from autograder.course.assignment import load_assignment
from autograder.errors import GraderError, StudentFault
from autograder.sample_class.command import solved_submission
from autograder.sandbox import machine
from autograder.sandbox.session import Session
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.scoring.scorer import Scorer
from autograder.scoring.sessions import SessionsOfSubmission
from autograder.testing.hidden import HiddenTest, _check_declaration

ASSIGNMENT = load_assignment(COURSE)
NOTEBOOK = "A.ipynb"
WORK = """
import time
def busy(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return 1.0
def made(size):
    return 1.0, bytearray(size)
"""
VALUE = (("value", False),)


def starting_with(*lines):
    """Return a change that adds lines to the start of a solution."""
    marker = "### BEGIN SOLUTION\n"
    return lambda cell: cell.source.replace(marker, marker + "".join(f"    {line}\n" for line in lines))


def loops_if(condition):
    """Return a change that adds an endless loop to a solution, under a condition."""
    return starting_with(f"while {condition}:", "    pass")


def busy(seconds):
    """Return a change that makes each call of a solution use the processor for some seconds more."""
    return starting_with(
        "import time", f"until = time.process_time() + {seconds}", "while time.process_time() < until:", "    pass"
    )


def of_settings(**limits):
    settings = dataclasses.replace(ASSIGNMENT.settings, **limits)
    scorer = Scorer(COURSE, dataclasses.replace(ASSIGNMENT, settings=settings))
    scorer.sandbox.slowness = 1.0
    return scorer


@pytest.fixture(scope="module")
def short():
    """A Scorer with a limit of half a second."""
    scorer = of_settings(test_seconds=0.5)
    yield scorer
    scorer.close()


def all_scored(scorer, **change):
    return scorer.score(solved_submission(scorer.assignment, "somebody", change=change)).exercises


def scored(scorer, *others, **change):
    """The results of the exercises that are changed, and of some others."""
    return all_scored(scored_alone(scorer, *change, *others), **change)


def statuses(exercise):
    return [str(test.status) for test in exercise.tests]


def test_an_endless_loop_costs_one_timeout(short):
    result = all_scored(short, max_pool_forward_naive=loops_if("True"))
    tests = result["max_pool_forward_naive"].tests
    assert statuses(result["max_pool_forward_naive"]) == ["timeout"] + ["skipped"] * (len(tests) - 1)
    assert tests[0].message.startswith("did not finish within 0.5 s")
    assert tests[1].message == "stopped after 0.05 s, because an earlier test of this exercise did not finish"
    assert {name for name, exercise in result.items() if exercise.score < exercise.points} == {"max_pool_forward_naive"}


def test_a_loop_on_some_inputs_costs_the_tests_with_these_inputs_only(short):
    result = scored(short, conv_forward_naive=loops_if("conv_param['stride'] == 2"))["conv_forward_naive"]
    right = {test.test for test in result.tests if test.passed}
    assert Counter(statuses(result))["timeout"] == 1
    assert {"test_same_size_output", "test_bias", "test_linearity", "test_cache"} <= right
    assert {"test_no_padding", "test_translation"}.isdisjoint(right)


def test_a_loop_in_a_function_that_others_call_costs_nothing_there(short):
    result = scored(short, "affine_backward", "FullyConnectedNet", affine_forward=loops_if("True"))
    assert Counter(statuses(result["affine_forward"]))["timeout"] == 1
    for name in ("affine_backward", "FullyConnectedNet"):
        assert result[name].score == result[name].points
        assert "timeout" not in statuses(result[name])


@pytest.mark.slow
def test_a_submission_that_only_loops_ends_in_time():
    scorer = of_settings(submission_seconds=8)
    loops = {name: loops_if("True") for name in ASSIGNMENT.exercises if name in ASSIGNMENT.content.functions}
    started = time.monotonic()
    result = all_scored(scorer, **loops)
    scorer.close()
    # Without processors for this test it takes longer; without limits it would take 200 s.
    assert time.monotonic() - started < 60
    for name in loops:  # the parts of a test are one time-out
        assert len({test.test for test in result[name].tests if test.status == "timeout"}) <= 1, name
    told = [test.message for name in loops for test in result[name].tests if "used up its 8 s, because" in test.message]
    assert told
    assert all("did not finish" in message and "_forward" in message for message in told)


def test_a_test_may_have_a_limit_of_its_own():
    """The gradients of a convolution may take 4 s, so that slow but right code keeps its points."""
    scorer = of_settings(test_seconds=0.3)
    result = scored(scorer, conv_backward_naive=busy(0.5), max_pool_backward_naive=busy(0.5))
    scorer.close()
    assert result["conv_backward_naive"].score == result["conv_backward_naive"].points
    assert result["max_pool_backward_naive"].score == 0


def test_a_slow_machine_gives_more_time():
    scorer = of_settings(test_seconds=0.2)
    scorer.sandbox.slowness = 8.0
    result = scored(scorer, relu_forward=busy(0.3), rmsprop=loops_if("True"))
    scorer.close()
    assert result["relu_forward"].score == result["relu_forward"].points
    assert result["rmsprop"].tests[0].message.startswith("did not finish within 0.2 s")


def test_the_speed_of_this_machine_never_shortens_a_limit(monkeypatch):
    for seconds, factor in ((machine.LOOP_SECONDS / 5, 1), (machine.LOOP_SECONDS * 3, 3), (1e9, machine.MOST)):
        monkeypatch.setattr(machine, "_loop", lambda seconds=seconds: seconds)
        assert machine.slowness() == pytest.approx(factor)


def test_the_speed_of_this_machine_is_measured_in_a_moment():
    started = time.process_time()
    assert 1 <= Sandbox("none").slowness <= machine.MOST
    assert time.process_time() - started < 2


def test_the_graders_own_work_does_not_count():
    with Sandbox("none", Limits(test_seconds=0.5)) as sandbox:
        sandbox.slowness = 1.0
        program = sandbox.parse({NOTEBOOK: [("cell", WORK)]})
        with sandbox.session(program, NOTEBOOK, wanted=["busy"]) as session:
            session.begin_test(0.5)
            session.call("busy", [0.2], returns=VALUE)
            time.sleep(0.6)
            session.call("busy", [0.1], returns=VALUE)
            with pytest.raises(StudentFault, match=r"did not finish within 0\.5 s"):
                session.call("busy", [0.4], returns=VALUE)


def test_what_an_earlier_test_kept_does_not_fill_the_memory():
    with Sandbox("inner", Limits(memory_mb=1024)) as sandbox:
        program = sandbox.parse({NOTEBOOK: [("cell", WORK)]})
        with sandbox.session(program, NOTEBOOK, wanted=["made"]) as session:
            handles = set()
            for _ in range(8):
                session.begin_test(5)
                _, handle = session.call("made", [200 << 20], returns=(("value", False), ("cache", True)))
                handles.add(handle.number)
            assert len(handles) == 8, "an old handle must not name a new value"


@pytest.fixture
def started(monkeypatch):
    """The sessions that a submission starts: one to parse, the others to run tests."""
    sessions, create = [], Session.__init__

    def counted(self, *arguments, **options):
        sessions.append(self)
        create(self, *arguments, **options)

    monkeypatch.setattr(Session, "__init__", counted)
    return sessions


def test_tests_of_a_notebook_share_a_process(short, started):
    result = all_scored(short)
    assert all(exercise.score == exercise.points for exercise in result.values())
    # One parses. One for each of the four notebooks, and one with other imports.
    assert len(started) == 6


def test_failed_tests_of_an_exercise_share_a_process(short, started):
    result = all_scored(short, conv_forward_naive=starting_with("raise ValueError(3)"))
    assert set(statuses(result["conv_forward_naive"])) == {"error"}
    # One more after conv_forward_naive, and one for the network with a correct convolution.
    assert len(started) <= 8


def test_a_submission_without_any_solution_starts_few_processes(short, started):
    assignment = short.assignment
    blank = {name: lambda cell: cell.stub for name in assignment.exercises}
    assert {exercise.score for exercise in all_scored(short, **blank).values()} == {0}
    assert len(started) < len(assignment.exercises)


def test_a_failed_test_gives_the_next_exercise_a_process_of_its_own(short):
    """What wrong code leaves behind must not reach the next exercise."""
    result = all_scored(short, conv_forward_naive=starting_with("np.float64 = np.zeros = None", "raise ValueError(3)"))
    assert set(statuses(result["conv_forward_naive"])) == {"error"}
    assert result["max_pool_forward_naive"].score == result["max_pool_forward_naive"].points


def sessions_of(scorer, **change):
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    return SessionsOfSubmission(submission, scorer.assignment, scorer.reference, scorer.sandbox, COURSE)


def test_a_process_waits_for_its_next_turn(short):
    with sessions_of(short) as sessions:
        first = sessions.get("relu_forward", "", (), 1)
        other = sessions.get("relu_forward", "fast layers", (), 1)
        assert sessions.get("relu_forward", "", (), 1) is first
        assert sessions.get("affine_forward", "fast layers", (), 1) is other
    assert None not in (first.exit_status, other.exit_status)


def test_few_processes_wait(short):
    """Each may use memory up to its limit."""
    with sessions_of(short) as sessions:
        names = ["relu_forward", "relu_backward", "affine_forward", "affine_backward", "dropout_forward"]
        processes = [sessions.get("sgd_momentum", "", (name,), 1) for name in names]
        assert [process.exit_status is None for process in processes] == [False, True, True, True, True]


@pytest.mark.parametrize(("megabytes", "waits"), [(1, True), (320, False)])
def test_a_large_process_does_not_wait(short, megabytes, waits):
    keeps = starting_with("global kept", f"kept = np.ones({megabytes << 17})")
    with sessions_of(short, relu_forward=keeps) as sessions:
        first = sessions.get("relu_forward", "", (), 1)
        first.call("relu_forward", [np.ones(3)], returns=(("out", False), ("cache", True)))
        sessions.get("relu_forward", "fast layers", (), 1)
        assert (first.exit_status is None) == waits


def test_a_cell_that_crashes_the_parser_costs_no_other_notebook():
    deep = "a = " + "-" * 200_000 + "1"
    cells = {
        "A.ipynb": [("one", "def f():\n    return 1.0\n"), ("two", deep)],
        "B.ipynb": [("cell", "def g():\n    return 2.0\n")],
    }
    with Sandbox("inner") as sandbox:
        program = sandbox.parse(cells)
        for name, function, value in (("A.ipynb", "f", 1.0), ("B.ipynb", "g", 2.0)):
            with sandbox.session(program, name, wanted=[function]) as session:
                assert session.call(function, [], returns=VALUE) == [value]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "3", True])
def test_a_limit_must_be_a_positive_number(seconds):
    def test_something():
        """A title."""

    with pytest.raises(GraderError, match="expected a positive number of seconds, got"):
        _check_declaration(HiddenTest(test_something, "a::b", "relu_forward", seconds=seconds))


def test_hidden_tests_on_small_inputs_share_one_limit():
    """An endless loop costs the first limit of its exercise, so a long one must have a reason."""
    own = {test.name: test.seconds for test in ASSIGNMENT.content.tests if test.seconds}
    assert set(own.values()) == {4}
    assert np.mean([bool(test.seconds) for test in ASSIGNMENT.content.tests]) < 0.15
