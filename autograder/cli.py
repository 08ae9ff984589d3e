"""The command line: `python -m autograder COMMAND …`.

Exit status: 0 done; 1 some submission, or a hidden test, needs attention; 2 bad usage, or the grader itself failed.
"""

import argparse
import errno
import math
import os
import sys
from pathlib import Path

from autograder.commands import of_complaints, of_gradebook, of_graders, of_instructors
from autograder.course.config import load_course
from autograder.course.permissions import keep_private
from autograder.errors import GraderError, UsageError, lack_of_machine
from autograder.printable import clean

__all__ = ["main"]

MESSAGE = 2000  # characters of an error that are shown: names of files and folders, which others chose, are part of it
SCORING = (of_graders.score, of_graders.grade, of_graders.gradescope_run)
# Not `gradescope-run`: what it writes is for Gradescope to read.
WITH_MARKS = (
    *(of_graders.score, of_graders.grade, of_graders.feedback, of_graders.report, of_graders.collect),
    *(of_graders.export, of_complaints.inputs, of_graders.similarity, of_instructors.gradescope),
    *(of_graders.release_feedback, of_complaints.regrade_request),
    *(of_gradebook.extension, of_gradebook.merge_gradebooks, of_gradebook.new_secret),
)
# What a file system says that is neither a fault of the kit nor a lack of the machine.
REFUSED = {errno.EFBIG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY}


def main(arguments=None):
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    umask = os.umask(0o077)
    os.umask(umask)
    try:
        course = load_course()
        if options.run in WITH_MARKS:
            keep_private(course)
        return options.run(course, options)
    except UsageError as error:
        print(f"autograder: {clean(error.message, limit=MESSAGE)}", file=sys.stderr)
        for fault in error.faults:
            print(f"  - {clean(fault, limit=MESSAGE)}", file=sys.stderr)
    except GraderError as error:
        failed = "the grader itself failed, nobody was given a mark for it: " if options.run in SCORING else ""
        words = lack_of_machine(error) or f"{failed}{error}"
        print(f"autograder: {clean(words, limit=MESSAGE)}", file=sys.stderr)
    except KeyboardInterrupt:
        print("autograder: stopped; nothing is half-written, the same command goes on from there", file=sys.stderr)
    except Exception as error:
        if os.environ.get("AUTOGRADER_TRACEBACK"):
            raise
        print(f"autograder: {clean(_unexpected(error), limit=MESSAGE)}", file=sys.stderr)
    finally:
        os.umask(umask)  # what a command keeps private is its own matter
    return 2


def _unexpected(error):
    """What is said of an exception that nobody made into words before."""
    if lack := lack_of_machine(error):
        return lack
    if isinstance(error, OSError) and error.errno in REFUSED:
        return f"{error.filename or 'a file'} can't be written or read ({error.strerror}): see what stands there"
    return f"a fault in the kit (AUTOGRADER_TRACEBACK=1 shows where): {type(error).__name__}: {error}"


def _parser():
    parser = argparse.ArgumentParser(prog="autograder", description="The autograded assignment kit.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    release = commands.add_parser("release", help="validate the source, make the student version, prove nothing leaks")
    release.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    release.add_argument("--language", metavar="CODE", help="make the translation, such as zh, in place of the English")
    release.add_argument("--no-run", action="store_true", help="do not execute the solved notebooks")
    release.set_defaults(run=of_instructors.release)

    tidy = commands.add_parser("tidy", help="put the source notebooks into canonical form")
    tidy.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    tidy.set_defaults(run=of_instructors.tidy)

    exercise = commands.add_parser("new-exercise", help="write the parts of a new exercise, see docs/authoring.md")
    exercise.add_argument("name", metavar="NAME", help="of the function that students write")
    exercise.add_argument("--notebook", required=True, metavar="NOTEBOOK", help="with or without .ipynb")
    exercise.add_argument("--points", type=_points, default=5, metavar="N", help="(default: 5)")
    exercise.add_argument("--after", metavar="EXERCISE", help="(default: the last one of the notebook)")
    exercise.add_argument("--assignment", metavar="ASSIGNMENT")
    exercise.set_defaults(run=of_instructors.new_exercise)

    score = commands.add_parser("score", help="score one submission and print what came of it")
    score.add_argument("path", type=Path, metavar="NOTEBOOK_OR_FOLDER", help="a zip archive will do too")
    score.add_argument("--assignment", metavar="ASSIGNMENT")
    score.add_argument("--student", metavar="ID", help="the student's id (default: from the path)")
    score.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    score.add_argument("--junit", type=Path, metavar="FILE", help="write it as JUnit XML, for CI systems")
    score.add_argument("--ctrf", type=Path, metavar="FILE", help="write it in the Common Test Report Format")
    _add_isolation(score)
    score.set_defaults(run=of_graders.score)

    grade = commands.add_parser("grade", help="grade the whole class")
    grade.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    grade.add_argument("--jobs", type=_positive, default=0, metavar="N", help="submissions scored at the same time")
    grade.add_argument("--scheduler", metavar="ADDRESS", help="score on a Dask cluster, such as tcp://10.0.0.1:8786")
    grade.add_argument("--student", metavar="ID", help="grade this student only")
    grade.add_argument("--force", action="store_true", help="score again what has not changed")
    grade.add_argument("--diff", action="store_true", help="list whose score would change and why, and write nothing")
    _add_isolation(grade)
    grade.set_defaults(run=of_graders.grade)

    feedback = commands.add_parser("feedback", help="write all pages of feedback anew, without scoring")
    feedback.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    feedback.set_defaults(run=of_graders.feedback)

    released = commands.add_parser("release-feedback", help="note that students have the feedback that is there now")
    released.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    released.add_argument("--student", metavar="ID", help="this student only")
    released.set_defaults(run=of_graders.release_feedback)

    request = commands.add_parser("regrade-request", help="open, decide or list the regrade requests of students")
    request.add_argument("student", nargs="?", metavar="ID", help="without it, list the open requests")
    request.add_argument("exercise", nargs="?", metavar="EXERCISE", help="or a question that a person grades")
    request.add_argument("--reason", metavar="TEXT", help="open a request: what the student says")
    request.add_argument("--decide", choices=("accepted", "declined"), help="decide the open request")
    request.add_argument("--note", metavar="TEXT", help="what the student reads about the decision")
    request.add_argument("--points", type=_number, metavar="N", help="give N points for the exercise by hand")
    request.add_argument("--assignment", metavar="ASSIGNMENT")
    request.set_defaults(run=of_complaints.regrade_request)

    report = commands.add_parser("report", help="write the report of a class: scores, misconceptions, tests, students")
    report.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    report.add_argument("--anonymous", action="store_true", help="name nobody, and show no text of students")
    report.add_argument("--output", type=Path, metavar="FILE", help="default: reports/<assignment>/index.html")
    report.set_defaults(run=of_graders.report)

    collect = commands.add_parser("collect", help="sort a learning management system's download into submitted/")
    collect.add_argument("path", type=Path, metavar="ARCHIVE_OR_FOLDER")
    collect.add_argument("--assignment", metavar="ASSIGNMENT")
    collect.add_argument("--replace", action="store_true", help="replace what you changed in collected files")
    collect.set_defaults(run=of_graders.collect)

    export = commands.add_parser("export", help="write the marks of the class for other systems to read")
    export.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    formats = ("csv", "json", "canvas", "moodle", "gradescope")
    export.add_argument("--format", choices=formats, default="csv", help="(default: csv)")
    export.add_argument(
        "--roster", type=Path, metavar="FILE", help="the file that Canvas or Moodle exports, to be filled in"
    )
    export.add_argument("--column", metavar="HEADING", help="the assignment's column in Canvas's gradebook")
    export.add_argument("--output", type=Path, metavar="FILE", help="(default: grades.csv, or grades-FORMAT.csv)")
    export.set_defaults(run=of_graders.export)

    extension = commands.add_parser("extension", help="give students more time, or list who has it")
    extension.add_argument("words", nargs="*", metavar="ID … DATE", help="a date or a length such as 3d comes last")
    extension.add_argument("--assignment", metavar="ASSIGNMENT")
    extension.add_argument("--reason", default="", metavar="TEXT", help="kept in the record, for graders to read")
    extension.add_argument("--remove", action="store_true", help="take the extensions of these students back")
    extension.set_defaults(run=of_gradebook.extension)

    merge = commands.add_parser("merge-gradebooks", help="take over what another grader has entered by hand")
    merge.add_argument("other", type=Path, metavar="OTHER.db", help="a gradebook of this course; only read")
    merge.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    merge.add_argument("--take-other", action="store_true", help="where both differ, take what the other one has")
    merge.set_defaults(run=of_gradebook.merge_gradebooks)

    secret = commands.add_parser("new-secret", help="replace a secret that is lost; everybody is scored again then")
    secret.set_defaults(run=of_gradebook.new_secret)

    gradescope = commands.add_parser("gradescope", help="make the autograder to upload to Gradescope")
    gradescope.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    gradescope.set_defaults(run=of_instructors.gradescope)

    harness = commands.add_parser("gradescope-run", help="score the submission that Gradescope put in place")
    harness.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    harness.add_argument("--root", type=Path, default=Path("/autograder"), metavar="DIR", help="default: /autograder")
    harness.set_defaults(run=of_graders.gradescope_run)

    inputs = commands.add_parser("inputs", help="write the hidden inputs on which a student lost points, to be run")
    inputs.add_argument("student", metavar="ID")
    inputs.add_argument("exercise", metavar="EXERCISE")
    inputs.add_argument("--assignment", metavar="ASSIGNMENT")
    inputs.set_defaults(run=of_complaints.inputs)

    similarity = commands.add_parser("similarity", help="list submissions with code in common that few have")
    similarity.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    similarity.add_argument("--output", type=Path, metavar="FILE", help="default: reports/<assignment>/similarity.html")
    similarity.set_defaults(run=of_graders.similarity)

    doctor = commands.add_parser("doctor", help="look at this machine, and prove that the sandbox is in force")
    doctor.set_defaults(run=of_instructors.doctor)

    mutants = commands.add_parser("mutants", help="prove the hidden tests by known mistakes and right programs")
    mutants.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    mutants.add_argument("--seeds", type=_positive, default=20, metavar="N", help="hidden inputs to try (default: 20)")
    which = mutants.add_mutually_exclusive_group()
    which.add_argument("--exercise", default="", metavar="NAME", help="look at this exercise only")
    which.add_argument("--page", type=Path, metavar="FILE", help="write the whole matrix as a Markdown page")
    mutants.set_defaults(run=of_instructors.mutants)

    sample = commands.add_parser("sample-class", help="write a made-up class with known faults into submitted/")
    what = sample.add_mutually_exclusive_group()
    what.add_argument("--remove", action="store_true", help="take the made-up class out again, with all its marks")
    what.add_argument(
        "count", type=_positive, nargs="?", default=0, metavar="N", help="submissions (default: each kind once)"
    )
    sample.add_argument("--assignment", metavar="ASSIGNMENT")
    sample.set_defaults(run=of_instructors.sample_class)
    return parser


def _add_isolation(parser):
    parser.add_argument(
        "--isolation",
        choices=("bwrap", "inner", "none"),
        help="insist on bubblewrap, or on the inner layer alone; 'none' runs students' code without a sandbox, and"
        " every result says so (default: the best that passes its self-test, never 'none')",
    )


def _positive(text):
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _number(text):
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text} is not a number")
    return number


def _points(text):
    try:
        points = float(text)
    except ValueError:
        points = 0
    if not 0 < points < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return points
