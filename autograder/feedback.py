"""What a student reads about each exercise: plain text, safe to show anywhere."""

__all__ = ["exercise_lines", "exercise_text", "isolation_text", "notes_on"]

MARKS = {"passed": "✔", "skipped": "–", "missing": "–"}
ISOLATION = {
    "bwrap": "scored in a sandbox (bubblewrap with Landlock and seccomp)",
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
    if not exercise["attempted"] and all(test["status"] in ("missing", "skipped") for test in exercise["tests"]):
        unread = exercise["notebook"] in " ".join(result["problems"])
        return [*lines, "Its notebook could not be used." if unread else "Not attempted."]
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
