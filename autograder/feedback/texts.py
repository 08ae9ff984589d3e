"""What a student reads about each exercise: as plain text, as Markdown, and as the facts that a page is made of."""

import re

__all__ = [
    "EXERCISE_TYPE",
    "NO_RESPONSE",
    "SUBMISSION_KEY",
    "exercise_facts",
    "exercise_lines",
    "exercise_text",
    "feedback_markdown",
    "isolation_text",
    "notes_on",
    "submission_facts",
]

# Where an autograded notebook keeps the facts: the type of an output of a grade cell, and a key of its metadata.
EXERCISE_TYPE = "application/vnd.cs231n.exercise+json"
SUBMISSION_KEY = "cs231n"

# nbgrader's comment on a solution cell that is as it was handed out.
NO_RESPONSE = "No response."
MARKS = {"passed": "✔", "skipped": "–", "missing": "–"}
ISOLATION = {
    "bwrap": "scored in a sandbox (bubblewrap, seccomp, and Landlock where the kernel has it)",
    "inner": "scored in a sandbox (inner layer alone: Landlock and seccomp, without bubblewrap)",
    "none": "scored WITHOUT a sandbox",
}


def isolation_text(isolation):
    """How the submission's code was kept apart from the grader, in words."""
    return ISOLATION[isolation]


def notes_on(result):
    """What concerns the whole submission: notebooks that could not be used, and repairs."""
    return [f"Note: {note}." for note in [*result["problems"], *result["repairs"]]]


def exercise_lines(name, result, *, with_output=False):
    """The score of one exercise, then each hidden test: a mark, its title, its share of the points, what was wrong."""
    exercise = result["exercises"][name]
    lines = [f"{name}: {exercise['score']:g} of {exercise['points']:g} points"]
    if instead := _instead_of_tests(exercise, result):
        return [*lines, instead]
    total = sum(test["weight"] for test in exercise["tests"])
    for test in exercise["tests"]:
        share = exercise["points"] * test["weight"] / total
        lines.append(f"{MARKS.get(test['status'], '✘')} {test['title']} [{share:.2g}]")
        if not test["passed"]:
            lines.append(f"    {test['status']}: {test['message']}")
            if test["misconception"]:
                lines.append(f"    {test['misconception']}")
            if with_output and test["output"]:
                lines.extend(f"    printed: {line}" for line in test["output"].split("\n"))
        elif test["message"]:
            lines.append(f"    {test['message']}")
    return lines


def exercise_text(name, result):
    """The feedback under one exercise of the notebook, with the notes on the whole submission."""
    return "\n".join([*exercise_lines(name, result), *notes_on(result), f"({isolation_text(result['isolation'])})"])


def _instead_of_tests(exercise, result):
    """What is said of an exercise that nobody worked on, in place of its tests; empty when somebody did."""
    if exercise["attempted"] or any(test["status"] not in ("missing", "skipped") for test in exercise["tests"]):
        return ""
    unread = exercise["notebook"] in " ".join(result["problems"])
    return "Its notebook could not be used." if unread else "Not attempted."


def exercise_facts(name, result):
    """What a feedback page shows of an exercise, as a dict for JSON. What the code printed is not in it: that can hold
    hidden inputs."""
    exercise = result["exercises"][name]
    total = sum(test["weight"] for test in exercise["tests"])
    shown = ("title", "passed", "status", "message", "misconception", "picture")
    tests = []
    for test in exercise["tests"]:
        points = exercise["points"] * test["weight"] / total
        tests.append(
            {**{key: test[key] for key in shown}, "points": points, "score": points if test["passed"] else 0.0}
        )
    about = {"name": name, "score": exercise["score"], "points": exercise["points"]}
    return {**about, "instead": _instead_of_tests(exercise, result), "tests": tests}


def submission_facts(result):
    """What a feedback page shows of the whole submission, as a dict for JSON."""
    return {
        "notes": [*result["problems"], *result["repairs"]],
        "isolation": isolation_text(result["isolation"]),
        "versions": result["versions"],
    }


def feedback_markdown(result):
    """The feedback on all notebooks as Markdown, for a comment in a learning management system."""
    title = f"{_plain(result['assignment'])}: {result['score']:g} of {result['max_score']:g} points by the hidden tests"
    lines = [f"**{title}**", "", *(f"- {_plain(note)}." for note in [*result["problems"], *result["repairs"]])]
    lines += ["", "| exercise | tests passed | points |", "|---|---|---|"]
    for name, exercise in result["exercises"].items():
        passed = sum(test["passed"] for test in exercise["tests"])
        cells = (
            _plain(name),
            f"{passed} of {len(exercise['tests'])}",
            f"{exercise['score']:g} of {exercise['points']:g}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    for name, exercise in result["exercises"].items():
        instead = _instead_of_tests(exercise, result)
        failed = [test for test in exercise["tests"] if not test["passed"] and not instead]
        if failed:
            lines += ["", f"**{_plain(name)}**", ""]
        for test in failed:
            words = f"{_plain(test['title'])}: {test['status']}: {_plain(test['message'])}"
            lines.append(f"- {MARKS.get(test['status'], '✘')} {words}")
            if test["misconception"]:
                lines.append(f"  {_plain(test['misconception'])}")
    return "\n".join([*lines, "", f"({isolation_text(result['isolation'])})", ""])


def _plain(text):
    """A text that Markdown leaves as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", text)
