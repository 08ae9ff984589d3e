"""The matrix of mutants, variants and hidden tests, as text and as a Markdown page."""

from collections import Counter
from collections.abc import Iterator

from autograder.authoring.matrix import Matrix, Row
from autograder.authoring.naming import NAMINGS
from autograder.course.content import Content
from autograder.testing.hidden import HiddenTest

__all__ = ["matrix_page", "matrix_text"]

MECHANICAL = """## Mechanical mutants

Rules apply small changes to the solutions: another operator, an index that is off by one, two
exchanged arguments, a dropped statement, and similar. Of {made} such mutants the hidden tests kill
{killed}. {survivors} survive. Each of these is correct, for the reason below, or the tests have a
gap.

| exercise | made | killed | survivors |
|---|---|---|---|
{counts}

{lists}
"""

NAMING = """## How failures are named

| programs | failing | its own sentence | a relation | nothing | a wrong sentence |
|---|---|---|---|---|---|
{rows}

A *relation* is a sentence about how wrong values relate to the correct ones. In the second row each
mutant is missing from the catalogue, as a mistake that the course does not know yet. In the third
row, each sentence is proven by equal values of a mutant, so no sentence is judged as wrong.
{variants} variants fail no test and get no sentence.

"""

PAGE = """# Proof of the hidden tests

Written by `make mutants`. A *mutant* is a reference solution with one known mistake. A *variant* is
a correct implementation in another style. Each was run through the hidden tests of its exercise
with {seeds} different hidden inputs. Each mutant must lose points, no variant may lose points, each
part of a test must kill a mutant, and the outcomes must not depend on the inputs. {verdict}

✘ means that the mutant fails the test, ◐ that it fails a part of it. The misconception is the
sentence that a student reads if the wrong results match this mutant and no other.

## Tolerances

Errors are max |got − expected| ÷ max |expected|. Errors of correct implementations, also in
float32, are smaller than the tolerance by at least the first factor. Errors of mistakes that a test
must catch are larger by at least the second factor.

| tolerance | value | correct: smaller by | mistakes: larger by | why |
|---|---|---|---|---|
{tolerances}
"""


def _counts(matrix: Matrix) -> tuple[int, int, int]:
    mutants = [row for row in matrix.rows if row.is_mutant]
    return len(mutants), sum(1 for row in mutants if any(row.failed.values())), len(matrix.rows) - len(mutants)


def matrix_text(matrix: Matrix) -> str:
    """Return the matrix for the terminal: exercises, tolerances, problems."""
    lines = [f"{'exercise':28}  mutants  killed  variants  tests"]
    for exercise, rows in _by_exercise(matrix).items():
        failed = [any(row.failed.values()) for row in rows if row.is_mutant]
        variants, tests = len(rows) - len(failed), len(matrix.assignment.content.tests_of(exercise))
        lines.append(f"{exercise:28}  {len(failed):7}  {sum(failed):6}  {variants:8}  {tests:5}")
    lines.append("")
    for name, below, above in _margins(matrix):
        lines.append(
            f"tolerance {name:10} {matrix.tolerances[name].bound:.0e}: variants {below} below, mistakes {above} above"
        )
    mutants, killed, variants = _counts(matrix)
    problems = matrix.problems()
    if matrix.mechanical:
        made, dead, survivors, equivalent = _mechanical_counts(matrix)
        lines += ["", f"{dead} of {made} mechanical mutants killed, {equivalent} of {survivors} survivors equivalent"]
    named = Counter(row.naming for row in matrix.rows if row.naming)
    without = Counter(row.naming_without for row in matrix.rows if row.naming)
    for words, counted in (("mutants", named), ("mutants that are left out", without)):
        shares = ", ".join(f"{name} {share}" for name, share in zip(NAMINGS, _shares(counted)[1:], strict=True))
        lines.append(f"{words} get: {shares}")
    lines += ["", *(f"✘ {line}" for line in problems)]
    lines.append(f"{killed} of {mutants} mutants killed, {variants} variants, {matrix.seeds} hidden inputs each")
    lines.append("the hidden tests are proven" if not problems else f"{len(problems)} problems")
    return "\n".join(lines)


def matrix_page(matrix: Matrix) -> str:
    """Return the whole matrix as Markdown."""
    problems = matrix.problems()
    _, killed, variants = _counts(matrix)
    verdict = f"This holds for {killed} mutants and {variants} variants."
    if problems:
        verdict = "**This does not hold:**\n\n" + "\n".join(f"- {line}" for line in problems)
    tolerances = [
        f"| {name} | {matrix.tolerances[name].bound:.0e} | {below} | {above} | {matrix.tolerances[name].reason} |"
        for name, below, above in _margins(matrix)
    ]
    parts = [PAGE.format(seeds=matrix.seeds, verdict=verdict, tolerances="\n".join(tolerances))]
    parts.append(_naming_section(matrix))
    content = matrix.assignment.content
    parts += [_section(exercise, rows, content) for exercise, rows in _by_exercise(matrix).items()]
    if matrix.mechanical:
        parts.append(_mechanical_section(matrix))
    return "\n".join(parts)


def _naming_section(matrix: Matrix) -> str:
    """The table of sentences by kind."""
    mutants = [row for row in matrix.rows if row.naming]
    counts = {
        "mutants": Counter(row.naming for row in mutants),
        "mutants, each left out of the catalogue": Counter(row.naming_without for row in mutants),
    }
    if matrix.mechanical:
        counts["every tenth mechanical mutant"] = sum((result.namings for result in matrix.mechanical), Counter())
    lines = [f"| {words} | {' | '.join(_shares(counted))} |" for words, counted in counts.items()]
    return NAMING.format(rows="\n".join(lines), variants=_counts(matrix)[2])


def _shares(counted: Counter[str]) -> list[str]:
    total = counted.total()
    return [str(total), *(f"{counted[name]} ({100 * counted[name] / max(1, total):.0f} %)" for name in NAMINGS)]


def _section(exercise: str, rows: list[Row], content: Content) -> str:
    tests = content.tests_of(exercise)
    lines = [f"## {exercise}", ""]
    lines += [f"{number}. {_titled(test)}" for number, test in enumerate(tests, start=1)]
    lines += ["", f"| mutant | {' | '.join(str(n) for n in range(1, len(tests) + 1))} | earns | misconception |"]
    lines.append("|---|" + "---|" * (len(tests) + 2))
    for row in rows:
        if row.is_mutant:
            marks = " | ".join(_mark(row, test) for test in tests)
            lines.append(f"| {row.entry.name} | {marks} | {100 * row.score(content):.0f} % | {row.entry.words} |")
    lines += ["", "| variant | what is different |", "|---|---|"]
    lines += [f"| {row.entry.name} | {row.entry.words} |" for row in rows if not row.is_mutant]
    return "\n".join([*lines, ""])


def _titled(test: HiddenTest) -> str:
    """Return the title of a hidden test with its weight and its parts."""
    parts = f", shared by {', '.join(test.parts)}" if test.parts else ""
    return f"{test.title.replace('{part}', '…')} (weight {test.weight}{parts})"


def _mark(row: Row, test: HiddenTest) -> str:
    """Return the symbol for a test that a mutant fails completely, in part, or not at all."""
    failed = [bool(row.failed[check.node]) for check in test.checks]
    return "✘" if all(failed) else "◐" if any(failed) else "·"


def _mechanical_counts(matrix: Matrix) -> tuple[int, int, int, int]:
    """Return the numbers (made, killed, survivors, equivalents) of all exercises."""
    results = matrix.mechanical
    return (
        sum(result.made for result in results),
        sum(result.killed for result in results),
        sum(len(result.survivors) for result in results),
        sum(len(result.equivalents) for result in results),
    )


def _mechanical_section(matrix: Matrix) -> str:
    made, killed, survivors, _ = _mechanical_counts(matrix)
    counts = [f"| {r.exercise} | {r.made} | {r.killed} | {len(r.survivors)} |" for r in matrix.mechanical]
    lists: list[str] = []
    for result in matrix.mechanical:
        groups: dict[str, list[str]] = {}
        for description in result.survivors:
            reason = result.equivalents.get(description, "**A gap: no hidden test fails.**")
            groups.setdefault(reason, []).append(f"  - `{description}`")
        if groups:
            lists += [f"{result.exercise}:", ""]
            for reason, descriptions in groups.items():
                lists += [f"- {reason}", *descriptions]
            lists.append("")
    return MECHANICAL.format(
        made=made, killed=killed, survivors=survivors, counts="\n".join(counts), lists="\n".join(lists).strip()
    )


def _by_exercise(matrix: Matrix) -> dict[str, list[Row]]:
    exercises: dict[str, list[Row]] = {}
    for row in matrix.rows:
        exercises.setdefault(row.entry.exercise, []).append(row)
    return exercises


def _margins(matrix: Matrix) -> Iterator[tuple[str, str, str]]:
    """Yield (tolerance, factor of correct implementations, factor of mistakes) as text.

    Unused tolerances are omitted.
    """
    for name, ((worst, passes), (smallest, fails)) in matrix.margins().items():
        bound = matrix.tolerances[name].bound
        if passes or fails:
            yield name, f"{bound / worst:.2g}" if worst else "∞", f"{smallest / bound:.2g}"
