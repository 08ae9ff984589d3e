"""Score the source notebooks first: a hidden test that they fail is wrong."""

import json
from collections.abc import Callable, Collection

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.errors import GraderError, UsageError
from autograder.feedback.whole_tests import whole_tests
from autograder.grading.executors import Cluster, LocalProcesses
from autograder.intake.submission import Submission
from autograder.model import Outcomes, outcomes_from_json
from autograder.sample_class.command import solved_submission
from autograder.scoring.cache_keys import Keys, hash_of, lacking
from autograder.scoring.scorer import Scorer, pack_job, prove_isolation, score_packed

__all__ = ["check_source_notebooks", "prove"]

MOST = 5  # failed tests that the message lists


def prove(
    workers: LocalProcesses | Cluster, course: Course, assignment: Assignment, wanted: str | None, *, keep: bool
) -> str:
    """Check the sandbox and the source notebooks on the machine that will score the submissions.

    Inputs:
    - workers: processes or cluster that will score.
    - wanted: see isolation.open_sandbox.
    - keep: see `check_source_notebooks`.

    Returns: the isolation: "bwrap", "inner" or "none".

    Raises: SandboxError if no sandbox is in force; GraderError and UsageError, see
    `check_source_notebooks`.
    """
    if not workers.is_remote:
        scorer = Scorer(course, assignment, wanted)
        with scorer.sandbox as sandbox:
            check_source_notebooks(course, assignment, sandbox.isolation, scorer.outcomes, keep=keep)
            return sandbox.isolation
    with workers.executor(1) as executor:
        isolation = executor.submit(prove_isolation, pack_job(course, assignment, wanted)).result()
        job = pack_job(course, assignment, isolation)

        def score(submission: Submission, exercises: Collection[str]) -> Outcomes:
            answer = executor.submit(score_packed, job, submission.to_json(), list(exercises)).result()
            return outcomes_from_json(json.loads(answer)["outcomes"])

        check_source_notebooks(course, assignment, isolation, score, keep=keep)
        return isolation


def check_source_notebooks(
    course: Course,
    assignment: Assignment,
    isolation: str,
    score: Callable[[Submission, list[str]], Outcomes],
    *,
    keep: bool = True,
) -> None:
    """Check that the solutions pass every hidden test, unless nothing has changed.

    Inputs:
    - isolation: see isolation.open_sandbox.
    - score: see Scorer.outcomes.
    - keep: True to store a hash, so the next run can skip the check if nothing has changed.

    Raises: GraderError with the names of the failed tests; UsageError if a required exercise is
    missing.
    """
    if lines := lacking(assignment):
        raise UsageError(f"{assignment.name} can't be graded:", lines)
    submission = solved_submission(assignment, "source notebooks")
    keys = Keys(assignment, course, isolation).of(submission)
    proof, kept = hash_of(keys), course.results / assignment.name / "source_notebooks.txt"
    if kept.is_file() and kept.read_text(encoding="utf-8").strip() == proof:
        return
    outcomes = score(submission, list(keys))
    failed = [
        f"{exercise}: \u201c{test.title}\u201d {test.summary and test.summary + '; '}{test.findings[0].text}"
        for exercise, rows in outcomes.items()
        for test in whole_tests(rows)
        if not test.is_passed
    ]
    if failed:
        more = f"\n  - and {len(failed) - MOST} more" if len(failed) > MOST else ""
        raise GraderError(
            "the solutions of the source notebooks fail hidden tests: fix the tests or the solutions\n  - "
            + "\n  - ".join(failed[:MOST])
            + more
        )
    if keep:
        write_text(kept, proof + "\n")
