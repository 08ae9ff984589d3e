"""`unexplained`: group the failures of a class that no misconception explains, and draft mutants.

Hidden inputs differ between submissions. So each submission runs again in the sandbox, on inputs
that are the same for all. Submissions with equal results form a group. The runs change no marks.
"""

import difflib
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.authoring.drafts import Draft, find_drafts
from autograder.course.secret import hidden_seed
from autograder.errors import UsageError
from autograder.intake.class_list import students_of
from autograder.intake.reader import Reader
from autograder.intake.submission import Submission
from autograder.model import ExerciseResult
from autograder.printable import clean, in_words
from autograder.scoring.diagnosis import NO, Seen, agreement
from autograder.scoring.results import load_stored
from autograder.scoring.scorer import Scorer
from autograder.scoring.test_runner import observe_submission

__all__ = ["Group", "find_groups", "group_text"]

MAX_SHOWN = 8  # students and tests that are named
MAX_CODE = 5000  # characters
COMMON_SEED = "unexplained"  # takes the place of a submission's digest


@dataclass(frozen=True)
class Group:
    """Submissions with equal wrong results in one exercise.

    - students: ids, that with the shortest code first
    - code: the shortest code
    - failed: titles of the failed tests and parts
    - draft: a change of the solution that gives the same results, or None
    """

    students: tuple[str, ...]
    code: str
    failed: tuple[str, ...]
    draft: Draft | None


@dataclass(frozen=True)
class _Member:
    student: str
    code: str
    seen: Seen


def find_groups(scorer: Scorer, *, exercise: str = "", jobs: int = 1) -> Iterator[tuple[str, list[Group]]]:
    """Yield (exercise, its groups, the largest first) for each exercise with unexplained failures.

    Inputs:
    - scorer: of the assignment; its sandbox runs the submissions
    - exercise: name of the only exercise; "" means all
    - jobs: number of processes that search for drafts

    Raises: UsageError without submissions or results, SandboxError if the sandbox breaks.
    """
    course, assignment = scorer.course, scorer.assignment
    stored = {student: load_stored(course, assignment.name, student) for student in students_of(course, assignment)}
    results = {student: one.result for student, one in stored.items() if one}
    if not results:
        raise UsageError(f"expected results for {assignment.name}, got none: run `autograder grade` first")
    found = {
        name: [s for s, result in results.items() if name in result.exercises and _is_open(result.exercises[name])]
        for name in assignment.exercises
        if exercise in ("", name)
    }
    wanted = {student for students in found.values() for student in students}
    with Reader(assignment) as reader:
        read = {
            student: reader.read(course.handed_in(student, assignment.name), student=student, below=course.submitted)
            for student in sorted(wanted)
        }
    seed = hidden_seed(course.secret, COMMON_SEED)
    for name, students in found.items():
        members = [_observed(scorer, read[student], name, seed) for student in students]
        grouped = _grouped(member for member in members if any(o.fault for o in member.seen.values()))
        if grouped:
            seen = [group[0].seen for group in grouped]
            drafts = find_drafts(name, seen, scorer.reference, seed, assignment, jobs=jobs)
            yield name, [_group(group, draft) for group, draft in zip(grouped, drafts, strict=True)]


def _is_open(exercise: ExerciseResult) -> bool:
    """Return whether an exercise has wrong results and no misconception."""
    failed = [test for test in exercise.tests if test.status in ("failed", "error")]
    return bool(failed) and not any(test.misconception for test in exercise.tests)


def _observed(scorer: Scorer, submission: Submission, exercise: str, seed: list[int]) -> _Member:
    assignment, course = scorer.assignment, scorer.course
    seen = observe_submission(submission, assignment, scorer.reference, scorer.sandbox, course, exercise, seed)
    cells = [cell for cells in submission.notebooks.values() for cell in cells if cell.grade_id == exercise]
    return _Member(submission.student, cells[0].source if cells else "", seen)


def _grouped(members: Iterable[_Member]) -> list[list[_Member]]:
    groups: list[list[_Member]] = []
    for member in sorted(members, key=lambda member: (len(member.code), member.student)):
        group = next((group for group in groups if _are_equal(group[0].seen, member.seen)), None)
        if group:
            group.append(member)
        else:
            groups.append([member])
    return sorted(groups, key=lambda group: -len(group))


def _are_equal(one: Seen, other: Seen) -> bool:
    if set(one) != set(other):
        return False
    for check, mine in one.items():
        theirs = other[check]
        if (mine.fault is None) != (theirs.fault is None):
            return False
        if mine.fault and agreement(theirs, mine) == NO:
            return False
    return True


def _group(members: list[_Member], draft: Draft | None) -> Group:
    first = members[0]
    failed = [check.title for check, observation in first.seen.items() if observation.fault]
    return Group(tuple(member.student for member in members), first.code, tuple(failed), draft)


def group_text(number: int, group: Group, source: str, mutants_file: str) -> str:
    """Return a group as text for the terminal.

    Inputs:
    - number: of the group within its exercise
    - source: solution cell of the exercise
    - mutants_file: path of the file for a draft
    """
    students = [clean(student) for student in group.students]
    submissions = "1 submission" if len(students) == 1 else f"{len(students)} submissions"
    lines = [
        f"{number}. {submissions}: {_shortened(students)}",
        *(f"   failed: {title}" for title in group.failed[:MAX_SHOWN]),
        f"   shortest code ({students[0]}):",
        _indented(_printable(group.code)),
    ]
    if group.draft is None:
        lines.append("   no small change of the solution gives these results")
    elif group.draft.mutant is None:
        diff = difflib.unified_diff(source.splitlines(), group.draft.source.splitlines(), n=0, lineterm="")
        changed = [line for line in diff if not line.startswith(("---", "+++", "@@"))]
        lines += ["   this change of the solution gives these results:", _indented("\n".join(changed))]
    else:
        mutant = group.draft.mutant
        pairs = " ".join(f"({_quoted(old)}, {_quoted(new)})," for old, new in mutant.substitutions)
        values = [*map(_quoted, (mutant.exercise, mutant.name, mutant.words)), f"({pairs})"]
        entry = "\n".join(["Mutant(", *(f"    {value}," for value in values), "),"])
        lines += [f"   draft for {mutants_file}:", _indented(entry)]
    return "\n".join(lines)


def _printable(code: str) -> str:
    """Sanitize code; the indentation stays."""
    lines = [(line, line.lstrip()) for line in code[:MAX_CODE].expandtabs(4).splitlines()]
    return "\n".join(" " * (len(line) - len(text)) + clean(text, limit=MAX_CODE) for line, text in lines)


def _quoted(text: str) -> str:
    return repr(text) if '"' in text or "\\" in repr(text) else f'"{text}"'


def _shortened(names: list[str]) -> str:
    more = len(names) - MAX_SHOWN
    return in_words([*names[:MAX_SHOWN], f"{more} more"] if more > 0 else names)


def _indented(text: str) -> str:
    return textwrap.indent(text.strip("\n"), "       ")
