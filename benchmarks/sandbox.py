"""Cost of the sandbox, and of a submission.

The same correct submission is scored inside and outside of the sandbox, in turns, on one core. The total cost of a
submission includes reading it in a process of its own.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.intake.reader import Reader
from autograder.sample_class.command import solved_submission
from autograder.sandbox.selftest import self_test
from autograder.sandbox.supervisor import ISOLATIONS, Sandbox
from autograder.scoring.scorer import Scorer

__all__ = ["run"]

ROOT = Path(__file__).parent.parent
ROUNDS = 25
GOALS = (
    "Goals: at most 1.3 times the time without a sandbox, at most 0.30 s for a submission, under 1 s for the self-test."
)


def run():
    """Measure, and return the section of the report."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})  # the workers inherit it
    try:
        scoring, starting = _measure(load_course(ROOT))
        used = _processor_time(load_course(ROOT))
    finally:
        os.sched_setaffinity(0, before)
    return _section(scoring, starting, used)


def _measure(course):
    assignment = load_assignment(course)
    submission = solved_submission(assignment, "honest")
    scorers = {isolation: Scorer(course, assignment, isolation) for isolation in ISOLATIONS}
    scoring = {isolation: [] for isolation in ISOLATIONS}
    for turn in tqdm(range(ROUNDS + 2), desc="scoring, inside and outside the sandbox"):
        for isolation, scorer in scorers.items():
            seconds, result = _timed(scorer.score, submission)
            if result.score != assignment.max_score:
                raise SystemExit(f"benchmark: the correct submission got only {result.score} points under {isolation}")
            if turn >= 2:  # everything is warm then
                scoring[isolation].append(seconds)
    starting = {isolation: {"start": [], "self-test": []} for isolation in ("bwrap", "inner")}
    for _ in tqdm(range(ROUNDS), desc="start and self-test"):
        for isolation, figures in starting.items():
            with Sandbox(isolation, assignment.settings.limits) as sandbox:
                figures["start"].append(_timed(sandbox.worker)[0])
                seconds, findings = _timed(self_test, sandbox)
                figures["self-test"].append(seconds)
            if not all(finding.holds for finding in findings):
                raise SystemExit(f"benchmark: the sandbox ({isolation}) failed its self-test")
    for scorer in scorers.values():
        scorer.sandbox.close()
    return scoring, starting


def _processor_time(course):
    """Return the CPU seconds of all processes to read and to score a submission: list of (reading, scoring)."""
    assignment = load_assignment(course)
    scorer, seconds = Scorer(course, assignment), []
    with tempfile.TemporaryDirectory() as folder, Reader(assignment) as reader:
        stage_submission(solved_submission(assignment, "honest"), assignment, Path(folder))
        for turn in tqdm(range(ROUNDS + 2), desc="reading and scoring"):
            started = time.process_time() + _spent()
            submission = reader.read(folder, student=f"student {turn}")
            read = time.process_time() + _spent()
            if scorer.score(submission).score != assignment.max_score:
                raise SystemExit("benchmark: the correct submission lost points")
            if turn >= 2:
                seconds.append((read - started, time.process_time() + _spent() - read))
    scorer.sandbox.close()
    return seconds


def _spent():
    """Return the CPU seconds of all processes that this one has started, including ended children."""
    children, total = {}, 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            facts = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # the process has ended
            continue
        children.setdefault(int(facts[1]), []).append((int(folder.name), sum(map(int, facts[11:15]))))
    todo = [os.getpid()]
    while todo:
        for process, ticks in children.get(todo.pop(), ()):
            total += ticks / os.sysconf("SC_CLK_TCK")
            todo.append(process)
    return total


def _timed(function, *arguments):
    started = time.perf_counter()
    value = function(*arguments)
    return time.perf_counter() - started, value


def _section(scoring, starting, used):
    plain = scoring["none"]
    lines = [
        "## The sandbox",
        "",
        "A correct submission of all notebooks of the assignment is scored by all hidden tests on one core, once"
        " everything is warm.",
        GOALS,
        "",
        f"| isolation | a submission, {ROUNDS} runs | ratio to none, median of pairs |",
        "|---|---|---|",
    ]
    for isolation, seconds in scoring.items():
        ratio = statistics.median(mine / theirs for mine, theirs in zip(seconds, plain, strict=True))
        lines.append(f"| {isolation} | {_figure(seconds)} | {ratio:.2f} |")
    lines += ["", "| isolation | start of a worker | self-test |", "|---|---|---|"]
    for isolation, figures in starting.items():
        lines.append(f"| {isolation} | {_figure(figures['start'])} | {_figure(figures['self-test'])} |")
    read, scored = zip(*used, strict=True)
    lines += [
        "",
        "CPU time of one submission in all processes, in the best sandbox. The system counts in steps of 0.01 s.",
        "",
        "| reading, in its own process | scoring, grader and worker |",
        "|---|---|",
        f"| {_figure(read)} | {_figure(scored)} |",
    ]
    return "\n".join([*lines, ""])


def _figure(seconds):
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{middle:.3f} s ({low:.3f}–{high:.3f})"
