"""What the commands of a grader do: from what students handed in to marks.

Each takes the Course and the options, and returns the exit status. They import what they need when they run:
nbgrader alone takes seconds.
"""

import json
import os
import sys
import time

from autograder.commands import listed
from autograder.errors import UsageError
from autograder.printable import clean

__all__ = [
    "collect",
    "export",
    "feedback",
    "grade",
    "gradescope_run",
    "release_feedback",
    "report",
    "score",
    "similarity",
]


def score(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.exports.ci_reports import ctrf_report, junit_report
    from autograder.feedback.table import submission_table
    from autograder.intake.reader import Reader
    from autograder.scoring.scorer import Scorer

    assignment = load_assignment(course, options.assignment)
    if not os.path.lexists(options.path):
        raise UsageError(
            f"there is no submission at {options.path}: give a notebook or the folder that holds the notebooks"
        )
    student = options.student or _student_of(options.path.resolve(), assignment)
    with Reader(assignment) as reader:
        submission = reader.read(options.path, student=student)
    if not any(submission.notebooks.values()):
        reasons = "; ".join(submission.unusable.values()) or "its notebooks are empty"
        raise UsageError(f"{options.path} holds nothing to score: {reasons}")
    print(f"scoring {options.path} …", file=sys.stderr)
    start = time.time()
    result = Scorer(course, assignment, options.isolation).score(submission)
    stop = time.time()
    print(submission_table(result, with_output=True))
    if options.json:
        _write(options.json, json.dumps(result, indent=1, ensure_ascii=False) + "\n", "result")
    if options.junit:
        _write(options.junit, junit_report(result, start), "JUnit XML")
    if options.ctrf:
        _write(options.ctrf, ctrf_report(result, start, stop), "CTRF")
    return 1 if result["state"] == "needs attention" else 0


def _write(path, text, what):
    from autograder.atomic_io import write_text

    try:
        write_text(path, text)
    except OSError as error:
        raise UsageError(f"{path} can't be written ({error.strerror}): give another file") from None
    print(f"{what}: {path}")


def _student_of(path, assignment):
    """The id that a path tells: submitted/<student>/<assignment>[/notebook], or else the name of the folder or file."""
    is_file = path.suffix in (".ipynb", ".zip")
    folder = path.parent if is_file else path
    if folder.name == assignment.name:
        return folder.parent.name
    return path.stem if is_file else path.name


def grade(course, options):
    from autograder.feedback.table import class_table
    from autograder.feedback.texts import isolation_text
    from autograder.grading.pipeline import grade_class

    outcome = grade_class(
        course,
        options.assignment,
        jobs=options.jobs,
        scheduler=options.scheduler,
        only=options.student,
        force=options.force,
        isolation=options.isolation,
        dry=options.diff,
    )
    if options.diff:
        return _tell_changes(outcome)
    if outcome.rows:
        print(class_table(outcome.rows))
    entered = len(outcome.rows) - len(outcome.not_entered)
    print(f"\n{entered} submissions graded, {outcome.rescored - len(outcome.not_scored)} of them scored now.")
    print(f"gradebook: {outcome.gradebook}")
    for line in outcome.taken_out:
        print(f"gradebook: {line}")
    print(f"feedback:  {course.feedback}")
    print(f"isolation: {isolation_text(outcome.isolation)}")
    for student, reason in outcome.not_scored.items():
        words = f"was not scored, because the grader failed: {clean(reason)}"
        print(f"autograder: {clean(student)} {words}", file=sys.stderr)
    _tell_failures(outcome)
    if outcome.not_scored or outcome.not_entered or outcome.not_published:
        print("autograder: run the same command again; only these submissions are worked on", file=sys.stderr)
        return 2
    attention = [clean(row["student"]) for row in outcome.rows if row["state"] == "needs attention"]
    if attention:
        print(f"needs attention: {', '.join(attention)}")
    if outcome.changed:
        names = listed(map(clean, sorted(outcome.changed)))
        print(f"changed since an earlier run: {names}; {outcome.history} says what, and why")
        if outcome.unreleased:
            print("no page tells of it: as far as `release-feedback` has noted, nobody has any feedback yet")
    if outcome.corrected:
        names = listed(map(clean, sorted(outcome.corrected)))
        print(f"corrected since the feedback that students have: {names}; their pages say what, and why")
    if outcome.late:
        names = listed(f"{clean(student)} (−{points:g})" for student, points in sorted(outcome.late.items()))
        print(f"late, with the points that the table does not take off: {names}")
    for remark in outcome.remarks:
        print(f"look at: {clean(remark)}")
    if outcome.waiting:
        answers = "; ".join(map(clean, outcome.to_grade))
        print(f"answers wait for a person in {len(outcome.waiting)} submissions, see `make formgrader`: {answers}")
    for name, reason in outcome.not_read.items():
        print(f"needs attention: the folder {clean(name)} was left out, because {reason}: rename it")
    return 1 if attention or outcome.not_read else 0


def feedback(course, options):
    from autograder.grading.pipeline import refresh_feedback

    outcome = refresh_feedback(course, options.assignment)
    print(f"feedback: {course.feedback}")
    return _tell_failures(outcome)


def release_feedback(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.feedback.released import note_released
    from autograder.grading.pipeline import students_of

    assignment = load_assignment(course, options.assignment)
    students = students_of(course, assignment, only=options.student)
    noted = note_released(course, assignment.name, students)
    print(f"{len(noted)} students have the feedback in {course.feedback}: from here on, pages tell what changed since")
    if missing := sorted(set(students) - set(noted)):
        names = listed(map(clean, missing))
        print(f"autograder: no finished pages of {names}: run `make autograde` first", file=sys.stderr)
        return 1 if noted else 2
    return 0


def _tell_failures(outcome):
    for student, reason in outcome.not_entered.items():
        print(f"autograder: the score of {clean(student)} is not in the gradebook: {clean(reason)}", file=sys.stderr)
    for student, reason in outcome.not_published.items():
        words = f"the feedback pages of {clean(student)} could not be made; the score is not affected"
        print(f"autograder: {words}: {clean(reason)}", file=sys.stderr)
    return 2 if outcome.not_entered or outcome.not_published else 0


def _tell_changes(outcome):
    from autograder.grading.score_diff import clean_line

    for line in (line for student in sorted(outcome.changes) for line in outcome.changes[student]):
        print(clean_line(line))
    print(f"\n{outcome.rescored} submissions scored anew, {len(outcome.changes)} would change. Nothing was written.")
    for student, reason in outcome.not_scored.items():
        words = f"was not scored, because the grader failed: {clean(reason)}"
        print(f"autograder: {clean(student)} {words}", file=sys.stderr)
    return 2 if outcome.not_scored else 0


def report(course, options):
    from autograder.report.command import write_report

    target = write_report(course, options.assignment, anonymous=options.anonymous, output=options.output)
    print(f"report: {target}")
    return 0


def collect(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.intake.lms_import import collect
    from autograder.intake.times import RECORD

    assignment = load_assignment(course, options.assignment)
    found = collect(options.path, course, assignment.name, replace=options.replace)
    files = sum(map(len, found.students.values()))
    print(f"{files} files of {len(found.students)} students are in {course.submitted}")
    if found.times:
        print(f"when they handed in is in {course.submitted / RECORD}")
        if found.local_times:
            zone = time.strftime("%Z (UTC%z)")
            print(f"times in such a download name no time zone: where none is told, this machine's was assumed, {zone}")
    elif found.students:
        print("the times of the files say nothing about when they were handed in: none of them is recorded")
    for line in _on_collected(found, course):
        print(line)
    for name, reason in found.left_out.items():
        print(f"left out: {clean(name)}: {clean(reason)}")
    return 1 if found.left_out or found.lost_times else 0


def _on_collected(found, course):
    """What is to be said of single students after collecting."""
    from autograder.exports.teams import TEAMS

    if found.late:
        yield f"late, as the system says: {', '.join(sorted(found.late))}"
    for name, student in found.renamed.items():
        yield f"{clean(name)} is {clean(student)}, by Canvas's number, and keeps that id"
    for student, number in found.older.items():
        yield f"{clean(student)} has {number} files of earlier attempts in the download, which were not taken"
    for student, folder in found.aside.items():
        yield f"{clean(student)} has a new attempt; the earlier one no longer counts, and is in {clean(str(folder))}"
    for student, when in found.lost_times.items():
        yield (
            f"{clean(student)}: {clean(when)} was the time of the earlier attempt, and is taken out of the record;"
            " enter that of the new one, or it counts as handed in in time"
        )
    for student in found.teams:
        yield (
            f"{clean(student)} is a team: its marks go to the members if `export` gets Moodle's grading worksheet"
            f" (--roster) or {course.root / TEAMS} says who they are, and to nobody otherwise"
        )


def export(course, options):
    from autograder.exports.formats import export

    made = export(course, options.assignment, options.format, roster=options.roster, column=options.column)
    name = {"csv": "grades.csv", "json": "grades.json"}.get(options.format, f"grades-{options.format}.csv")
    _write(options.output or course.root / name, made.text, "marks")
    for line in [*made.notes, *made.problems]:
        print(f"autograder: {line}", file=sys.stderr)
    return 1 if made.problems else 0


def gradescope_run(course, options):
    from autograder.feedback.table import submission_table
    from autograder.gradescope.harness import score_for_gradescope

    # 0 for a submission that needs attention, too: Gradescope must not take that for a failure of the autograder.
    print(submission_table(score_for_gradescope(course, options.assignment, options.root.resolve())))
    return 0


def similarity(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.similarity.command import compare_submissions

    assignment = load_assignment(course, options.assignment)
    report, left_out, page = compare_submissions(course, assignment)
    _write(options.output or course.reports / assignment.name / "similarity.html", page, "page")
    pairs = f"{len(report.pairs)} pairs to look at" if report.pairs else "nobody stands out"
    print(f"{report.students} submissions compared, {pairs}")
    for student, reason in left_out.items():
        print(f"left out: {clean(student)}: {clean(reason)}")
    return 1 if left_out else 0
