"""The commands `inputs` and `regrade-request`, with which a grader answers a student who asks about marks.

Each takes the Course and the options, and returns the exit status.
"""

from autograder.errors import UsageError
from autograder.printable import clean

__all__ = ["inputs", "regrade_request"]

MESSAGE = 2000  # characters of what a test said, or a person wrote


def inputs(course, options):
    from autograder.regrade_requests.command import write_inputs

    folder, written = write_inputs(course, options.assignment, options.student, options.exercise)
    if not written:
        print(f"{clean(options.student)} has passed every test of {options.exercise}: there is nothing to show")
        return 0
    for name, test in written:
        lines = [*([test.summary] if test.summary else []), *(finding.text for finding in test.findings)]
        print("\n    ".join([f"{name}: {test.title}", *(clean(line, limit=MESSAGE) for line in lines)]))
    print(f"inputs: {clean(str(folder))}")
    return 0


def regrade_request(course, options):
    from autograder.regrade_requests.requests import decide_request, open_request, open_requests

    who = (course, options.assignment, options.student, options.exercise)
    if options.student is None:
        if options.reason or options.decide:
            raise UsageError("expected a student's id and an exercise before --reason or --decide")
        requests = open_requests(course)
        for entry, mark in requests:
            _print_request(entry)
            print(f"    {entry['mark_before']} points then, {mark} now")
        print(f"{len(requests)} open regrade requests" if requests else "there is no open regrade request")
        return 0
    if options.exercise is None or (options.reason is None) == (options.decide is None):
        raise UsageError(
            "expected ID EXERCISE with --reason TEXT to open a regrade request, or with --decide accepted or --decide"
            " declined to decide it"
        )
    if options.decide != "accepted" and options.points is not None:
        raise UsageError("--points goes with --decide accepted")
    if options.decide is None:
        if options.note is not None:
            raise UsageError("--note goes with --decide: the student reads it")
        entry = open_request(*who, options.reason)
        _print_request(entry)
        print(f"    {entry['mark_before']} points")
    else:
        entry = decide_request(*who, options.decide, options.note or "", options.points)
        about = f"{clean(entry['student'])} {entry['exercise']}: {entry['decision']}"
        print(f"{about}; {entry['mark_before']} points when opened, {entry['mark_after']} now")
        print(f"run `python -m autograder grade {entry['assignment']}` to put it on the student's page")
    print(f"record: {course.regrade_requests}")
    return 0


def _print_request(entry):
    who = f"{clean(entry['student'])} {clean(entry['exercise'])}"
    print(
        f"{who} ({clean(entry['assignment'])}), opened {clean(entry['opened'])}:", clean(entry["reason"], limit=MESSAGE)
    )
    evidence = entry["evidence"]
    for line in evidence["lost"] or ["every hidden test was passed"]:
        print(f"    {clean(line, limit=MESSAGE)}")
    if evidence["inputs"]:
        print(f"    inputs: {clean(evidence['inputs'])}")
