"""Write the hidden inputs of the failed tests of one submission."""

import shlex
import shutil
from pathlib import Path

from autograder.atomic_io import write_bytes, write_text
from autograder.course.assignment import load_assignment
from autograder.course.config import Course
from autograder.course.secret import hidden_seed
from autograder.errors import UsageError
from autograder.feedback.whole_tests import WholeTest, whole_tests
from autograder.intake.reader import Reader
from autograder.regrade_requests.reproduction_script import transcript
from autograder.scoring.cache_keys import Keys
from autograder.scoring.reference import load_reference
from autograder.scoring.results import load_stored, result_path

__all__ = ["write_inputs"]


def write_inputs(
    course: Course, assignment_name: str, student: str, exercise: str
) -> tuple[Path, list[tuple[str, WholeTest]]]:
    """Write a script and its arrays for each test of an exercise that a student failed.

    Returns: (folder, list of (file name of the script, the test)).

    Raises: UsageError if no result exists, or the submission, tests or settings have changed
    since.
    """
    assignment = load_assignment(course, assignment_name)
    assignment.check_exercise(exercise)
    stored = load_stored(course, assignment.name, student)
    again = f"run `python -m autograder grade {assignment.name} --student {shlex.quote(student)}` first"
    if stored is None:
        raise UsageError(f"expected a student with a result, got {student!r}: {again}")
    handed_in = course.handed_in(student, assignment.name)
    with Reader(assignment) as reader:
        submission = reader.read(handed_in, student=student, below=course.submitted)
    now = Keys(assignment, course, stored.result.isolation).of(submission)
    if stored.keys.get(exercise) != now[exercise]:
        raise UsageError(
            f"the submission of {student!r}, the tests, the solutions or the settings have changed since scoring:"
            f" {again}"
        )
    reference, seed = load_reference(assignment), hidden_seed(course.secret, submission.digest())
    name_of_folder = result_path(course, assignment.name, student).stem
    folder = course.reports / assignment.name / "inputs" / name_of_folder / exercise
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier score
    written: list[tuple[str, WholeTest]] = []
    outcomes = whole_tests(stored.result.exercises[exercise].tests)
    for test, outcome in zip(assignment.content.tests_of(exercise), outcomes, strict=True):
        if outcome.is_passed:
            continue
        name = f"{len(written) + 1}_{test.name}"
        program, arrays = transcript(test, reference, seed, assignment, name)
        write_text(folder / f"{name}.py", program)
        write_bytes(folder / f"{name}.npz", arrays)
        written.append((f"{name}.py", outcome))
    return folder, written
