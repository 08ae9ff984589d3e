"""Drafts of mutants: small changes of a solution that give the same wrong values as some submissions.

First every mechanical mutant of the exercise is compared with the submissions on the same inputs,
then pairs of mechanical mutants. A draft has the substitutions of a `Mutant`; an instructor writes
its misconception.
"""

import ast
import difflib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tqdm import tqdm

from autograder.authoring.mechanical import MechanicalMutant, SmallChange, answer_of_child, small_changes
from autograder.course.assignment import Assignment
from autograder.errors import UsageError
from autograder.mutants.models import Mutant
from autograder.scoring.diagnosis import Fit, Kept, Seen, fit_of
from autograder.scoring.reference import Reference

__all__ = ["Draft", "find_drafts"]

MAX_PAIRS = 150  # for each group, as in a diagnosis
WORDS = "TODO: what the code does. What to do."


@dataclass(frozen=True)
class Draft:
    """A change of a solution that gives the same results as some submissions.

    - description: of the change, or of both changes of a pair
    - mutant: the entry for mutants.py; None if no text of the change occurs exactly once in the solution
    """

    description: str
    mutant: Mutant | None


def find_drafts(
    exercise: str, groups: Sequence[Seen], reference: Reference, seed: list[int], assignment: Assignment
) -> list[Draft | None]:
    """Search for a draft for each group of equal results.

    Inputs:
    - exercise: name of the exercise.
    - groups: what was seen of each Check of the exercise, of one submission of each group.
    - reference: the solution.
    - seed: what the inputs of those tests were drawn from.

    Returns: a Draft for each group, or None where nothing gives these results.
    """
    source = reference.sources[exercise]
    changes = {change.description: change for change in small_changes(source)}
    mutants = {name: MechanicalMutant(exercise, name, change.source) for name, change in changes.items()}
    case = _Search(exercise, groups, reference, seed, assignment)
    fits = {name: case.fits(mutant, range(len(groups))) for name, mutant in tqdm(mutants.items(), desc=exercise)}
    drafts: list[Draft | None] = []
    for number in range(len(groups)):
        of_group = {name: found[number] for name, found in fits.items() if number in found}
        single = next((name for name, fit in of_group.items() if fit.explains), None)
        if single:
            drafts.append(_draft(source, exercise, mutants[single], [changes[single]]))
            continue
        drafts.append(None)
        for one, other in _pairs(groups[number], of_group):
            both = _merged(source, mutants[one], mutants[other])
            found = case.fits(both, [number]).get(number) if both else None
            if both and found and found.explains:
                drafts[-1] = _draft(source, exercise, both, [changes[one], changes[other]])
                break
    return drafts


@dataclass(frozen=True)
class _Search:
    """What mutants are compared with."""

    exercise: str
    groups: Sequence[Seen]
    reference: Reference
    seed: list[int]
    assignment: Assignment

    def fits(self, mutant: MechanicalMutant, numbers: Iterable[int]) -> dict[int, Fit]:
        """Compare a mutant with some groups, in a process of its own: number → Fit, where it is possible at all."""

        def compared() -> str:
            kept: Kept = {}
            found = {}
            for number in numbers:
                seen = self.groups[number]
                fit = fit_of(mutant, self.exercise, seen, self.reference, self.seed, self.assignment, kept)
                if fit:
                    found[number] = [fit.explains, sorted(fit.shows), sorted(fit.fits)]
            return json.dumps(found)

        answer = json.loads(answer_of_child(compared) or "{}")
        return {
            int(number): Fit(explains, frozenset(shows), frozenset(fits))
            for number, (explains, shows, fits) in answer.items()
        }


def _pairs(seen: Seen, fits: dict[str, Fit]) -> list[tuple[str, str]]:
    """The pairs of changes that together can give what was seen, those first that agree with most of it."""
    failed = {check.node for check, observation in seen.items() if observation.fault}
    pairs = [
        (one, other)
        for one, other in itertools.combinations(fits, 2)
        if fits[one].shows | fits[other].shows == failed
        and fits[one].shows - fits[other].shows <= fits[one].fits
        and fits[other].shows - fits[one].shows <= fits[other].fits
    ]
    pairs.sort(key=lambda pair: -len(fits[pair[0]].fits | fits[pair[1]].fits))
    return pairs[:MAX_PAIRS]


def _merged(source: str, one: MechanicalMutant, other: MechanicalMutant) -> MechanicalMutant | None:
    """Both changes in one program; None where they are in the same lines."""
    base = ast.unparse(ast.parse(source)).splitlines()
    edits = sorted((*_edits(base, one.source), *_edits(base, other.source)))
    if any(before[1] > after[0] or before[:2] == after[:2] for before, after in itertools.pairwise(edits)):
        return None
    for start, end, lines in reversed(edits):
        base[start:end] = lines
    return replace(one, description=f"{one.description}; {other.description}", source="\n".join(base))


def _edits(base: list[str], changed: str) -> list[tuple[int, int, list[str]]]:
    """(first line, line after the last, new lines) of each place in which a program differs from another."""
    lines = changed.splitlines()
    matcher = difflib.SequenceMatcher(None, base, lines, autojunk=False)
    return [(a, b, lines[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def _draft(source: str, exercise: str, mutant: MechanicalMutant, changes: Sequence[SmallChange]) -> Draft:
    """The change as an entry for mutants.py, in as few words of the solution as say it."""
    wanted = ast.unparse(ast.parse(mutant.source))
    for texts in itertools.product(*(list(_substitutions(source, change)) for change in changes)):
        entry = Mutant(exercise, "draft", WORDS, tuple(texts))
        try:
            if ast.unparse(ast.parse(entry.applied(source))) == wanted:
                return Draft(mutant.description, entry)
        except (UsageError, SyntaxError):
            pass
    return Draft(mutant.description, None)


def _substitutions(source: str, change: SmallChange) -> Iterator[tuple[str, str]]:
    """(text of the solution, text in its place), from the smallest part of it to the whole statement."""
    text = source.encode()
    starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]
    start, end = _place(change.node, starts)
    first, last = _place(change.statement, starts)
    lines = (max(n for n in starts if n <= start), min(n for n in starts if n >= end))
    new = ast.unparse(change.new).encode()
    for low, high in ((start, end), (max(first, lines[0]), min(last, lines[1])), (first, last)):
        for put in (new, b"(%s)" % new):
            old = text[low:high]
            yield old.decode(), (text[low:start] + put + text[end:high]).decode()


def _place(node: Any, starts: Sequence[int]) -> tuple[int, int]:
    """The first byte of a node, and the one after its last."""
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
