"""Grade public solutions of the assignment, and compare the marks with an independent referee's verdicts.

    python benchmarks/real_work.py FOLDER [--output FILE] [--only EXERCISE ...] [--isolation NAME]

FOLDER has one subfolder per repository, with its files as their authors wrote them. Every function or class with the
name of an exercise is graded alone, see `real_marks`. The report is printed and written to FILE (default:
FOLDER/real_work.md).
"""

import argparse
import collections
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Python looks for modules next to this file only

from autograder.atomic_io import write_text  # noqa: E402
from autograder.course.config import load_course  # noqa: E402
from benchmarks.real_marks import measure  # noqa: E402

__all__ = ["main", "report"]

LONGEST = 160  # characters of a message in the report
TABLE = ("| repository | exercise | points | kit | referee |", "|---|---|---|---|---|")


def report(judged, seconds):
    """Return the report as Markdown."""
    parts = [_table(judged), _disagreements(judged), _signatures(judged), _named(judged), _time(judged, seconds)]
    return "\n\n".join(["# Public solutions, graded and judged", *(part for part in parts if part)]) + "\n"


def _table(judged):
    lines = [
        "| exercise | functions | all points, correct | all points, wrong | lost points, correct | lost points, wrong "
        "| not judged | agree |",
        "|---|---|---|---|---|---|---|---|",
    ]
    by_exercise = collections.defaultdict(list)
    for item in judged:
        by_exercise[item.exercise].append(item)
    lines += [_row(name, items) for name, items in by_exercise.items()]
    return "\n".join([*lines, _row("**all**", judged)])


def _row(name, items):
    counts = collections.Counter(
        "not judged" if item.agrees is None else (item.keeps_all, item.verdict.is_right) for item in items
    )
    cells = [len(items), *(counts[key] for key in ((True, True), (True, False), (False, True), (False, False)))]
    agree = counts[True, True] + counts[False, False]
    cells += [counts["not judged"], f"{agree} of {len(items) - counts['not judged']}"]
    return f"| {name} | {' | '.join(map(str, cells))} |"


def _disagreements(judged):
    rows = [item for item in judged if item.agrees is False]
    if not rows:
        return "## Disagreements\n\nThere are none."
    lines = [_line(item, item.misconceptions[0] if item.misconceptions else item.message) for item in rows]
    return "\n".join(["## Disagreements", "", *TABLE, *lines])


def _signatures(judged):
    rows = [item for item in judged if item.verdict.kind == "signature"]
    if not rows:
        return ""
    lines = [_line(item, item.message) for item in rows]
    return "\n".join(["## Correct networks with the arguments of an older course", "", *TABLE, *lines])


def _line(item, message):
    verdict = f"{item.verdict.kind}: {item.verdict.reason}" if item.verdict.reason else item.verdict.kind
    cells = [
        item.repository,
        item.exercise,
        f"{item.score:g} of {item.points:g}",
        _short(message) or "–",
        _short(verdict),
    ]
    return f"| {' | '.join(cells)} |"


def _short(text):
    text = " ".join(text.split()).replace("|", "\\|")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _named(judged):
    wrong = [item for item in judged if item.verdict.kind == "values"]
    lines = ["| exercise | wrong values | misconception named | a relation instead |", "|---|---|---|---|"]
    by_exercise = collections.defaultdict(list)
    for item in wrong:
        by_exercise[item.exercise].append(item)
    lines += [_named_row(name, items) for name, items in by_exercise.items()]
    lines.append(_named_row("**all**", wrong))
    unnamed = [_line(item, item.message) for item in wrong if not item.misconceptions]
    if unnamed:
        lines += ["", "Without a misconception:", "", *TABLE, *unnamed]
    return "\n".join(["## Misconceptions named, of the functions with wrong values", "", *lines])


def _named_row(name, items):
    named = sum(bool(item.misconceptions) for item in items)
    related = sum(bool(item.relations) and not item.misconceptions for item in items)
    return f"| {name} | {len(items)} | {named} | {related} |"


def _time(judged, seconds):
    times = {
        "a repository as one submission": seconds,
        "one function, all others correct": [item.seconds for item in judged],
    }
    lines = ["| submission | how many | median | range |", "|---|---|---|---|"]
    for name, taken in times.items():
        if taken:
            spread = f"{min(taken):.2f}–{max(taken):.2f} s"
            lines.append(f"| {name} | {len(taken)} | {statistics.median(taken):.2f} s | {spread} |")
    return "\n".join(["## Time of scoring", "", *lines])


def main(arguments=None):
    """Measure a folder, and write and print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="a folder with one subfolder per repository")
    parser.add_argument("--output", type=Path, help="file of the report (default: FOLDER/real_work.md)")
    parser.add_argument("--only", nargs="+", default=(), metavar="EXERCISE", help="exercises to measure (default: all)")
    parser.add_argument("--isolation", help="bwrap, inner or none (default: the best that works)")
    options = parser.parse_args(arguments)
    judged, seconds = measure(options.folder, load_course(ROOT), isolation=options.isolation, only=options.only)
    text = report(judged, seconds)
    write_text(options.output or options.folder / "real_work.md", text)
    print(text)


if __name__ == "__main__":
    main()
