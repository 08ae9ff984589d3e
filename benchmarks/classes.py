"""Time and memory of `autograder grade` for a class, compared with stock `nbgrader autograde`."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from subprocess import DEVNULL, PIPE

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.sample_class.command import solved_submission, write_sample_class
from autograder.sample_class.profiles import body
from cs231n.synthetic import make_synthetic

__all__ = ["run"]

ROOT = Path(__file__).parent.parent
SMALL, MIDDLE = 40, 200
STOCK = 8  # submissions that stock nbgrader grades
GOALS = (
    "Goals with two processes: at most 0.30 s for a submission end to end, at most 40 s for one whose functions all"
    " loop, ten times as fast as stock nbgrader, a second run of 200 submissions in under 10 s, and memory independent"
    " of the size of the class."
)
ATTEMPTS = """Attempts to reach the goal of 0.30 s, with their gains in the same run or on the same machine:

- One process for the tests of a notebook, not of an exercise, which waits while tests with correct earlier functions
  run in another one (28 → 6 processes for a correct submission, 108 → 22 for a blank one), one process to parse all
  notebooks, and one system call for a message: a correct submission takes 0.65 of the time.
- Measured time limits, and one time-out for each exercise: an endless loop costs 2 s, not 40.
- The watch for estimated gradients: a traced line takes a third of the time. Two other attempts had no gain: comparing
  an array with all earlier ones in one NumPy call, and comparing 16 of its numbers first.
- The results of known mistakes are kept while a submission is diagnosed for the second time.
- No validation of the outputs that the grader writes itself, notebooks in one line, and titles of tests that are put
  together once: the stage of the gradebook takes 0.6 of the time.
- nbgrader reads the assignment only after a change: a second run takes 12 s, not 22.

Half of the time of a correct submission is the student's code and its watch, a sixth is the start of processes, and the
rest is inputs, comparisons and the exchange of arrays. Not built: hidden inputs from a fixed number of keyed seeds, so
that reference values and the results of known mistakes can be kept.
Reference values take 3 % of the time of a correct submission, and known mistakes a tenth of the time of the class. A
student who hands in twice would sometimes get the same inputs.
"""
TRAINING = re.compile(r"\bsolver\b|\.train\(\)|model\.params\[\"W1\"\]")
STAGE = re.compile(r"^(scoring|gradebook and feedback): \d+ of \d+; .*?; (\d+) s", re.MULTILINE)
SECONDS_BETWEEN_LOOKS = 0.2


def run():
    """Measure, and return the section of the report."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        stock = _stock(scratch / "of stock nbgrader")
        small, middle = (_graded(_course(scratch / str(count), count)) for count in (SMALL, MIDDLE))
        again = _graded(load_course(scratch / str(MIDDLE)))
        nearly_all = _graded(_course(scratch / "without loops", MIDDLE, without_loops=True))
        loops = _graded(_endless(scratch / "loops"))
    return _section(stock, {SMALL: small, MIDDLE: middle}, again, nearly_all, loops)


def _empty_course(folder):
    """Return a course with the assignment as it is released, and without students."""
    folder.mkdir(parents=True)
    for name in ("course_config.py", "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "source", folder / "source")
    content = Path("autograder") / "assignments"
    shutil.copytree(ROOT / content, folder / content, ignore=shutil.ignore_patterns("__pycache__"))
    return load_course(folder)


def _course(folder, count, *, without_loops=False):
    """Return a course with a sample class."""
    course = _empty_course(folder)
    write_sample_class(course, count=count)
    if without_loops:
        for path in course.submitted.glob("*/*/*.ipynb"):
            if "while True: pass" in path.read_text(encoding="utf-8"):
                shutil.rmtree(path.parent.parent)
    return course


def _endless(folder):
    """Return a course with one submission, in which every function loops for ever."""
    course = _empty_course(folder)
    assignment = load_assignment(course)
    loops = {name: body("while True: pass") for name in assignment.exercises if name in assignment.content.functions}
    submission = solved_submission(assignment, "looping", change=loops)
    stage_submission(submission, assignment, course.handed_in("looping", assignment.name))
    return course


def _graded(course):
    """Grade a course; return a dict with the seconds of each stage and in total, and peak memory in MB."""
    print(f"grading {len(list(course.submitted.iterdir()))} submissions", file=sys.stderr)
    started = time.monotonic()
    command = [sys.executable, "-m", "autograder", "grade"]
    with subprocess.Popen(command, cwd=course.root, stdout=DEVNULL, stderr=PIPE, text=True) as process:
        memory = _Memory(process.pid)
        _, errors = process.communicate()
    seconds = time.monotonic() - started
    if process.returncode not in (0, 1):
        raise SystemExit(f"benchmark: grading failed: {errors[-500:]}")
    stages = {name: int(value) for name, value in STAGE.findall(errors)}
    count = len(list((course.results / "assignment2").glob("*.json")))
    return {"count": count, "seconds": seconds, "stages": stages, **memory.peaks()}


class _Memory:
    """Record the peak memory of a process and of the processes that it starts, without the sandbox's."""

    def __init__(self, pid):
        self.pid, self.main, self.others = pid, 0.0, 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while (main := _resident(self.pid)) is not None:
            self.main = max(self.main, main)
            for child in _children(self.pid):
                self.others = max(self.others, _resident(child) or 0.0)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def peaks(self):
        return {"main": self.main, "others": self.others}


def _resident(pid):
    """Return the resident memory in MB, or None if the process does not exist."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, IndexError):
        return None


def _children(pid):
    try:
        lists = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
    return [int(child) for children in lists for child in children.split()]


def _stock(folder):
    """Return the seconds that stock nbgrader takes for each of some correct submissions, without cells that train."""
    assignment = load_assignment(_empty_course(folder / "kit"))
    folder /= "stock"  # without the kit's settings
    make_synthetic(folder / "data")
    for number in range(STOCK):
        student = f"student-{number}"
        target = folder / "submitted" / student / "assignment2"
        stage_submission(solved_submission(assignment, student), assignment, target)
    for name in assignment.notebooks:
        target = folder / "source" / "assignment2" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(assignment.folder / name, target)
    for path in [*folder.glob("source/assignment2/*.ipynb"), *folder.glob("submitted/*/*/*.ipynb")]:
        _remove_training(path)
    environment = {**os.environ, "CS231N_DATA": str(folder / "data"), "PYTHONPATH": str(ROOT)}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])

    def nbgrader(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments], cwd=folder, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"benchmark: stock nbgrader failed: {done.stderr[-1000:]}")

    nbgrader("generate_assignment", "assignment2", "--create")
    seconds = []
    for number in range(STOCK):
        print(f"stock nbgrader: {number + 1} of {STOCK}", file=sys.stderr)
        started = time.monotonic()
        nbgrader("autograde", "assignment2", "--create", "--student", f"student-{number}")
        nbgrader("generate_feedback", "assignment2", "--student", f"student-{number}")
        seconds.append(time.monotonic() - started)
    return seconds


def _remove_training(path):
    """Remove the cells of a notebook that train, and those that show the results."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if not _trains(cell)]
    path.write_text(json.dumps({**notebook, "cells": cells}), encoding="utf-8")


def _trains(cell):
    about = cell["metadata"].get("nbgrader", {})
    is_work = about.get("solution") or about.get("grade")
    return cell["cell_type"] == "code" and not is_work and bool(TRAINING.search("".join(cell["source"])))


def _section(stock, classes, again, nearly_all, loops):
    middle = classes[MIDDLE]
    each = middle["seconds"] / middle["count"]
    plain = statistics.median(stock)
    heads = ("submissions", "scoring", "gradebook, feedback", "total", "each", "memory: main", "each other process")
    lines = [
        "## A class",
        "",
        "`autograder grade` on classes of `sample-class`, for the assignment as it is released, with all four"
        " notebooks. The classes have correct implementations in many styles, known mistakes, broken files, and code"
        " that ends its process; in 3 of 100 submissions, a function loops for ever."
        f" {os.cpu_count()} processes. {GOALS}",
        "",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
    ]
    rows = [(f"{count}", figures) for count, figures in classes.items()]
    rows.append((f"{nearly_all['count']}, without code that loops", nearly_all))
    rows.append(("1, in which every function loops", loops))
    for name, figures in rows:
        cells = [name, *(f"{figures['stages'].get(stage, 0)} s" for stage in ("scoring", "gradebook and feedback"))]
        cells += [f"{figures['seconds']:.0f} s", f"{figures['seconds'] / figures['count']:.2f} s"]
        cells += [f"{figures['main']:.0f} MB", f"{figures['others']:.0f} MB"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        f"A second run of the {MIDDLE} without any change takes {again['seconds']:.1f} s.",
        "",
        f"Stock nbgrader takes {plain:.1f} s for each submission, {plain / each:.0f} times as long as the kit for each"
        f" of {MIDDLE}, and runs no hidden test (`autograde` and `generate_feedback` of one student, median of {STOCK}"
        " correct submissions without cells that train).",
        "",
        ATTEMPTS,
    ]
    return "\n".join(lines)
