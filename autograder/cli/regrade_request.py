"""Open, decide or list the regrade requests of students."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from autograder.cli.arguments import argument, assignment_option, number
from autograder.cli.output import MESSAGE
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.printable import clean

if TYPE_CHECKING:
    from autograder.regrade_requests.requests import Request


@argument("student", nargs="?", metavar="ID", help="the student; without it, list the open requests")
@argument("exercise", nargs="?", metavar="EXERCISE", help="an exercise, or a question that is graded by hand")
@argument("--reason", metavar="TEXT", help="open a request with the student's reason")
@argument("--decide", choices=("accepted", "declined"), help="decide the open request")
@argument("--note", metavar="TEXT", help="explanation of the decision, for the student")
@argument("--points", type=number, metavar="N", help="set the points of the exercise to N")
@assignment_option
def run(course: Course, options: argparse.Namespace) -> None:
    """Open, decide or list requests."""
    from autograder.regrade_requests.requests import decide_request, open_request, open_requests

    who = (course, options.assignment, options.student, options.exercise)
    if options.student is None:
        if options.reason or options.decide:
            raise UsageError("expected a student's id and an exercise before --reason or --decide")
        requests = open_requests(course)
        for entry, mark in requests:
            _print_request(entry)
            print(f"    {entry['mark_before']} points when opened, {mark} now")
        print(f"{len(requests) or 'no'} open regrade requests")
        return
    if options.exercise is None or (options.reason is None) == (options.decide is None):
        raise UsageError(
            "expected ID EXERCISE with --reason TEXT to open a regrade request, or with --decide accepted or --decide"
            " declined to decide it"
        )
    if options.decide != "accepted" and options.points is not None:
        raise UsageError("expected --points with --decide accepted only")
    if options.decide is None:
        if options.note is not None:
            raise UsageError("expected --note with --decide only: it explains the decision to the student")
        entry = open_request(*who, options.reason)
        _print_request(entry)
        print(f"    {entry['mark_before']} points")
    else:
        entry = decide_request(*who, options.decide, options.note or "", options.points)
        about = f"{clean(entry['student'])} {entry['exercise']}: {entry['decision']}"
        print(f"{about}; {entry['mark_before']} points when opened, {entry['mark_after']} now")
        print(f"run `python -m autograder grade {entry['assignment']}` to put it on the student's page")
    print(f"record: {course.regrade_requests}")


def _print_request(entry: Request) -> None:
    student, exercise = clean(entry["student"]), clean(entry["exercise"])
    assignment, opened = clean(entry["assignment"]), clean(entry["opened"])
    print(f"{student} {exercise} ({assignment}), opened {opened}: {clean(entry['reason'], limit=MESSAGE)}")
    evidence = entry["evidence"]
    for line in evidence["lost"] or ["every hidden test was passed"]:
        print(f"    {clean(line, limit=MESSAGE)}")
    if evidence["inputs"]:
        print(f"    inputs: {clean(evidence['inputs'])}")
