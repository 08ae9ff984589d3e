"""Hidden inputs of one submission as scripts that students can run."""

import os

import numpy as np
import pytest
from courses import CONTENT, OPTIONS, TWO, copy_course
from in_process import run_here

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.regrade_requests.reproduction_script import transcript
from autograder.sample_class.command import solved_submission
from autograder.scoring.pipeline import Pipeline
from autograder.scoring.reference import load_reference
from autograder.scoring.scorer import scorer_for

SEED = [1, 2, 3, 4]
EXERCISE = "max_pool_backward_naive"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return load_course(copy_course(tmp_path_factory.mktemp("complaint") / "course", notebooks=TWO))


@pytest.fixture(scope="module")
def reference(course):
    return load_reference(load_assignment(course))


def run_program(folder, program, arrays, functions, capsys):
    """Run a script next to its arrays like %run -i, and return its output lines."""
    (folder / "it.npz").write_bytes(arrays)
    before = os.getcwd()
    os.chdir(folder)
    try:
        exec(compile(program, "it.py", "exec"), dict(functions))
    finally:
        os.chdir(before)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("exercise", [EXERCISE, "batchnorm_forward", "dropout_forward", "adam", "ThreeLayerConvNet"])
def test_the_script_of_every_test_finds_no_difference_in_correct_code(exercise, course, reference, tmp_path, capsys):
    compared, assignment = 0, load_assignment(course)
    for test in assignment.content.tests_of(exercise):
        program, arrays = transcript(test, reference, SEED, assignment, "it")
        first, *others = test.title.split("{part}")
        assert f"{exercise}: {first}" in program
        assert all(words in program for words in (*test.parts, *others))
        assert "{part}" not in program
        for line in run_program(tmp_path, program, arrays, reference.functions, capsys):
            _, is_compared, values = line.partition(": expected ")
            if is_compared and ", got " in values:
                compared += 1
                right, got = values.split(", got ")
                assert np.isclose(float(got), float(right), atol=1e-8), line
    assert compared >= len(assignment.content.tests_of(exercise)) / 2


def wrong_pooling(course):
    """A known mistake that shows where windows overlap."""
    return next(mutant for mutant in CONTENT.mutants_of(EXERCISE, OPTIONS) if mutant.name == "assigned")


def test_a_grader_gets_the_inputs_on_which_points_were_lost(course, reference, tmp_path, capsys):
    assignment = load_assignment(course)
    mutant = wrong_pooling(course)
    submission = solved_submission(assignment, "ann", change={EXERCISE: lambda cell: mutant.applied(cell.source)})
    handed_in = course.handed_in("ann", assignment.name)
    stage_submission(submission, assignment, handed_in)
    done = run_here(course.root, "inputs", "ann", EXERCISE)
    assert (done.returncode, "expected a student with a result, got 'ann'" in done.stderr) == (2, True)
    with Pipeline(scorer_for(course.root, assignment.name)) as pipeline:
        pipeline.grade(handed_in, "ann")

    done = run_here(course.root, "inputs", "ann", EXERCISE)
    assert done.returncode == 0, done.stderr
    *_, last = done.stdout.splitlines()
    folder = course.reports / assignment.name / "inputs" / "ann" / EXERCISE
    assert last == f"inputs: {folder}"
    (program,) = folder.glob("*.py")
    assert program.name == "1_test_overlapping_windows_add_up.py"
    functions = {**reference.functions, EXERCISE: reference.changed((mutant,))}
    os.rename(program.with_suffix(".npz"), folder / "it.npz")
    text = program.read_text().replace(f'np.load("{program.stem}.npz")', 'np.load("it.npz")')
    arrays = (folder / "it.npz").read_bytes()
    right, wrong_line = run_program(tmp_path, text, arrays, functions, capsys)
    # The same numbers as in the feedback.
    expected, got = wrong_line.split(": expected ")[1].split(", got ")
    assert f" is {got}, expected {expected}; " in done.stdout
    assert right.startswith("out_1 at ")

    done = run_here(course.root, "inputs", "ann", "conv_forward_naive")
    assert "ann has passed every test of conv_forward_naive" in done.stdout
    done = run_here(course.root, "inputs", "ann", "adams")
    assert (done.returncode, ", got 'adams'" in done.stderr) == (2, True)


def test_inputs_of_an_outdated_score_are_not_written(course):
    path = course.handed_in("ann", "assignment2") / "ConvolutionalNetworks.ipynb"
    path.write_text(path.read_text().replace("def conv_forward_naive(", "# again\\ndef conv_forward_naive("))
    done = run_here(course.root, "inputs", "ann", EXERCISE)
    assert done.returncode == 2
    assert "changed since scoring" in done.stderr
    assert "grade assignment2 --student ann" in done.stderr
