"""The command line: `python -m autograder COMMAND …`.

Exit status: 0 done; 1 some submission, or a hidden test, needs attention; 2 bad usage, or the grader itself failed.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from autograder.config import load_course
from autograder.errors import GraderError, UsageError
from autograder.plain_text import clean

__all__ = ["main"]

MESSAGE = 2000  # characters of an error that are shown: names of files and folders, which others chose, are part of it


def main(arguments=None):
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(load_course(), options)
    except UsageError as error:
        print(f"autograder: {clean(str(error), limit=MESSAGE)}", file=sys.stderr)
    except GraderError as error:
        words = clean(str(error), limit=MESSAGE)
        print(f"autograder: the grader itself failed, nobody was given a mark for it: {words}", file=sys.stderr)
    except KeyboardInterrupt:
        print("autograder: stopped; nothing is half-written, the same command goes on from there", file=sys.stderr)
    except Exception as error:
        if os.environ.get("AUTOGRADER_TRACEBACK"):
            raise
        words = clean(f"{type(error).__name__}: {error}", limit=MESSAGE)
        print(f"autograder: a fault in the kit (AUTOGRADER_TRACEBACK=1 shows where): {words}", file=sys.stderr)
    return 2


def _parser():
    parser = argparse.ArgumentParser(prog="autograder", description="The autograded assignment kit.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    release = commands.add_parser("release", help="validate the source, make the student version, prove nothing leaks")
    release.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    release.add_argument("--no-run", action="store_true", help="do not execute the solved notebooks")
    release.set_defaults(run=_release)

    tidy = commands.add_parser("tidy", help="put the source notebooks into canonical form")
    tidy.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    tidy.set_defaults(run=_tidy)

    score = commands.add_parser("score", help="score one submission and print what came of it")
    score.add_argument("path", type=Path, metavar="NOTEBOOK_OR_FOLDER", help="a zip archive will do too")
    score.add_argument("--assignment", metavar="ASSIGNMENT")
    score.add_argument("--student", metavar="ID", help="the student's id (default: from the path)")
    score.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    _add_isolation(score)
    score.set_defaults(run=_score)

    grade = commands.add_parser("grade", help="grade the whole class")
    grade.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    grade.add_argument("--jobs", type=_positive, default=0, metavar="N", help="submissions scored at the same time")
    grade.add_argument("--student", metavar="ID", help="grade this student only")
    grade.add_argument("--force", action="store_true", help="score again what has not changed")
    grade.add_argument("--diff", action="store_true", help="list whose score would change and why, and write nothing")
    _add_isolation(grade)
    grade.set_defaults(run=_grade)

    collect = commands.add_parser("collect", help="sort what Canvas or Moodle lets you download into submitted/")
    collect.add_argument("path", type=Path, metavar="ARCHIVE_OR_FOLDER")
    collect.add_argument("--assignment", metavar="ASSIGNMENT")
    collect.add_argument("--replace", action="store_true", help="overwrite files that are there with other contents")
    collect.set_defaults(run=_collect)

    similarity = commands.add_parser("similarity", help="list submissions with code in common that few have")
    similarity.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    similarity.add_argument("--output", type=Path, metavar="FILE", help="default: reports/<assignment>/similarity.html")
    similarity.set_defaults(run=_similarity)

    doctor = commands.add_parser("doctor", help="look at this machine, and prove that the sandbox is in force")
    doctor.set_defaults(run=_doctor)

    mutants = commands.add_parser("mutants", help="prove the hidden tests by known mistakes and right programs")
    mutants.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    mutants.add_argument("--seeds", type=_positive, default=20, metavar="N", help="hidden inputs to try (default: 20)")
    mutants.add_argument("--page", type=Path, metavar="FILE", help="write the matrix as a Markdown page")
    mutants.set_defaults(run=_mutants)

    sample = commands.add_parser("sample-class", help="write a made-up class with known faults into submitted/")
    sample.add_argument(
        "count", type=_positive, nargs="?", default=0, metavar="N", help="submissions (default: each kind once)"
    )
    sample.add_argument("--assignment", metavar="ASSIGNMENT")
    sample.set_defaults(run=_sample_class)
    return parser


def _add_isolation(parser):
    parser.add_argument(
        "--isolation",
        choices=("bwrap", "inner", "none"),
        help="insist on bubblewrap, or on the inner layer alone; 'none' runs students' code without a sandbox, and"
        " every result says so (default: the best that passes its self-test, never 'none')",
    )


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


# The commands import what they need when they run: nbgrader alone takes seconds.


def _release(course, options):
    from autograder.release.command import release_assignment

    release_assignment(course, options.assignment, run=not options.no_run)
    return 0


def _tidy(course, options):
    from autograder.assignment import load_assignment
    from autograder.release.canonical import tidy_notebook

    assignment = load_assignment(course, options.assignment)
    for name in assignment.notebooks:
        changed = tidy_notebook(assignment.folder / name)
        print(f"{name}: {'put into canonical form' if changed else 'is in canonical form'}")
    return 0


def _score(course, options):
    from autograder.assignment import load_assignment
    from autograder.intake import read_submission
    from autograder.results import write_text
    from autograder.scorer import Scorer
    from autograder.table import submission_table

    assignment = load_assignment(course, options.assignment)
    if not os.path.lexists(options.path):
        raise UsageError(
            f"there is no submission at {options.path}: give a notebook or the folder that holds the notebooks"
        )
    student = options.student or _student_of(options.path.resolve(), assignment)
    submission = read_submission(options.path, assignment, student=student)
    if not any(submission.notebooks.values()):
        reasons = "; ".join(submission.unusable.values()) or "its notebooks are empty"
        raise UsageError(f"{options.path} holds nothing to score: {reasons}")
    print(f"scoring {options.path} …", file=sys.stderr)
    result = Scorer(course, assignment, options.isolation).score(submission)
    print(submission_table(result, with_output=True))
    if options.json:
        write_text(options.json, json.dumps(result, indent=1, ensure_ascii=False) + "\n")
        print(f"result: {options.json}")
    return 1 if result["state"] == "needs attention" else 0


def _student_of(path, assignment):
    """The id that a path tells: submitted/<student>/<assignment>[/notebook], or else the name of the folder or file."""
    is_file = path.suffix in (".ipynb", ".zip")
    folder = path.parent if is_file else path
    if folder.name == assignment.name:
        return folder.parent.name
    return path.stem if is_file else path.name


def _grade(course, options):
    from autograder.feedback import isolation_text
    from autograder.grading import grade_class
    from autograder.table import class_table

    outcome = grade_class(
        course,
        options.assignment,
        jobs=options.jobs,
        only=options.student,
        force=options.force,
        isolation=options.isolation,
        dry=options.diff,
    )
    if options.diff:
        return _tell_changes(outcome)
    if outcome.results:
        print(class_table(outcome.results))
    entered = len(outcome.results) - len(outcome.not_entered)
    print(f"\n{entered} submissions graded, {outcome.rescored - len(outcome.not_scored)} of them scored now.")
    print(f"gradebook: {outcome.gradebook}")
    print(f"feedback:  {course.feedback}")
    print(f"isolation: {isolation_text(outcome.isolation)}")
    for student, reason in outcome.not_scored.items():
        words = f"was not scored, because the grader failed: {clean(reason)}"
        print(f"autograder: {clean(student)} {words}", file=sys.stderr)
    for student, reason in outcome.not_entered.items():
        print(f"autograder: the score of {clean(student)} is not in the gradebook: {clean(reason)}", file=sys.stderr)
    if outcome.not_scored or outcome.not_entered:
        print("autograder: run the same command again; only these submissions are worked on", file=sys.stderr)
        return 2
    attention = [clean(result["student"]) for result in outcome.results if result["state"] == "needs attention"]
    if attention:
        print(f"needs attention: {', '.join(attention)}")
    for name, reason in outcome.not_read.items():
        print(f"needs attention: the folder {clean(name)} was left out, because {reason}: rename it")
    return 1 if attention or outcome.not_read else 0


def _tell_changes(outcome):
    for line in outcome.changes:
        indent = len(line) - len(line.lstrip(" "))
        print(" " * indent + clean(line[indent:]))
    changed = sum(not line.startswith(" ") for line in outcome.changes)
    print(f"\n{outcome.rescored} submissions scored anew, {changed} would change. Nothing was written.")
    for student, reason in outcome.not_scored.items():
        words = f"was not scored, because the grader failed: {clean(reason)}"
        print(f"autograder: {clean(student)} {words}", file=sys.stderr)
    return 2 if outcome.not_scored else 0


def _collect(course, options):
    from autograder.assignment import load_assignment
    from autograder.collecting import collect

    assignment = load_assignment(course, options.assignment)
    found = collect(options.path, course, assignment.name, replace=options.replace)
    files = sum(map(len, found.students.values()))
    print(f"{files} files of {len(found.students)} students are in {course.submitted}")
    if found.late:
        print(f"late, as the system says: {', '.join(sorted(found.late))}")
    for name, reason in found.left_out.items():
        print(f"left out: {name}: {clean(reason)}")
    return 1 if found.left_out else 0


def _similarity(course, options):
    from autograder.assignment import load_assignment
    from autograder.grading import students_of
    from autograder.intake import read_submission
    from autograder.results import write_text
    from autograder.similarity import compare_class
    from autograder.similarity_page import similarity_page

    assignment = load_assignment(course, options.assignment)
    submissions = [
        read_submission(course.handed_in(s, assignment.name), assignment, student=s, below=course.submitted)
        for s in students_of(course, assignment)
    ]
    report = compare_class(submissions, assignment)
    page = options.output or course.root / "reports" / assignment.name / "similarity.html"
    write_text(page, similarity_page(report, assignment.name))
    pairs = f"{len(report.pairs)} pairs to look at" if report.pairs else "nobody stands out"
    print(f"{report.students} submissions compared, {pairs}\npage: {page}")
    return 0


def _doctor(course, options):
    from autograder.doctor import examine

    return examine(course, sys.stdout)


def _mutants(course, options):
    from autograder.assignment import load_assignment
    from autograder.mutants.matrix import measure
    from autograder.mutants.page import matrix_page, matrix_text
    from autograder.results import write_text

    assignment = load_assignment(course, options.assignment)
    matrix = measure(course, assignment.name, seeds=options.seeds)
    print(matrix_text(matrix))
    if options.page:
        write_text(options.page, matrix_page(matrix))
        print(f"page: {options.page}")
    return 1 if matrix.problems() else 0


def _sample_class(course, options):
    from autograder.sample_class import write_sample_class

    students = write_sample_class(course, options.assignment, count=options.count)
    print(f"{len(students)} submissions in {course.submitted}: {', '.join(students[:20])}")
    return 0
