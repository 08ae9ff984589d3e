"""Small edits of a solution: candidates for the mistake behind wrong values.

There are many more of them than mechanical mutants. A mechanical mutant that survives is a hole in
the tests, so their rules make few. A candidate that explains nothing costs only time. Candidates
are:

- the changes of mechanical_rules at one place
- the same change at all equal places, such as every `np.zeros(...)`
- the same change for rows and for columns, or for mean and variance
- the same change under one condition of the cell only, such as test mode
- the changes of known mutants, also of other exercises, if their texts occur in the solution
- two statements in reverse order
- the changes of draft_rules, up to a limit
"""

import ast
import itertools
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.authoring.draft_rules import PAIRED_RULES, SINGLE_RULES, Rule, Terms
from autograder.authoring.mechanical_rules import DROPPED, TWINS_OF, Words, replacements
from autograder.errors import UsageError
from autograder.mutants.models import Mutant

__all__ = ["Candidate", "candidates", "joined", "substitutions_of"]

BEGIN = "### BEGIN SOLUTION"
SENTENCE = "TODO: what the code does. TODO: what to do."
MAX_WIDE = 25_000  # wide candidates of an exercise; the searches of most exercises end below it
MAX_CHOICES = 100  # combinations of substitution texts that are tried
WORD = re.compile(r"\w+")
IMAGE_SIZE = re.compile(r"\.shape\[([23])\]")  # height and width
# Expressions that need no parentheses in another expression.
ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.JoinedStr)
# Parts of names that a twin exchanges; see mechanical_rules.TWINS.
SYMMETRIC = {
    *("H", "W", "HH", "WW", "h", "w", "height", "width", "top", "left", "rows", "columns", "i", "j"),
    *("mean", "var", "gamma", "beta", "dgamma", "dbeta", "m", "v", "beta1", "beta2"),
}


@dataclass(frozen=True)
class Edit:
    """One changed place of a cell.

    - start, end: of the old text, in characters
    - statement: start and end of the statement around it
    - new: the new text
    """

    start: int
    end: int
    statement: tuple[int, int]
    new: str


@dataclass(frozen=True)
class Candidate:
    """A changed solution, as `Reference.changed_by` expects it.

    - exercise: name
    - source: the whole changed cell
    - edits: the changed places; () for the change of a known mutant
    - known: the known mutant, or None
    - is_wide: True if the candidate is tried alone, and not in pairs
    """

    exercise: str
    source: str
    edits: tuple[Edit, ...] = ()
    known: Mutant | None = None
    is_wide: bool = False
    helper = ""

    def applied(self, source: str) -> str:
        """Return the changed source of the solution cell."""
        return self.source


def candidates(exercise: str, source: str, mutants: Iterable[Mutant]) -> list[Candidate]:
    """Return the candidates of an exercise, the simplest first. Their sources are unique.

    Inputs:
    - exercise: name
    - source: its solution cell
    - mutants: known mutants of any exercise
    """
    tree = ast.parse(source)
    places, words, terms = list(_places(tree, source)), Words.of(tree), Terms.of(tree)
    found: dict[str, Candidate] = {}
    simple = [(place, new) for place in places for new in _texts(place, replacements(place.node, words))]

    def add(candidate: Candidate | None) -> None:
        if candidate and candidate.source != source and candidate.source not in found and _compiles(candidate.source):
            found[candidate.source] = candidate

    for edits in itertools.chain(
        _everywhere(simple, places),
        *(_everywhere(_by_rule(rule, places, terms), places) for rule in PAIRED_RULES),
    ):
        add(_candidate(exercise, source, edits))
    for mutant in mutants:
        add(_transferred(exercise, source, mutant.substitutions, mutant))
        for pair in mutant.substitutions:
            add(_transferred(exercise, source, (pair,), mutant))
    wide = itertools.chain(
        _exchanged_statements(places),
        _under_conditions(tree, simple),
        *(_everywhere(_by_rule(rule, places, terms), places) for rule in SINGLE_RULES),
    )
    most = len(found) + MAX_WIDE
    for edits in wide:
        add(_candidate(exercise, source, edits, is_wide=True))
        if len(found) >= most:
            break
    return list(found.values())


def joined(source: str, one: Candidate, other: Candidate) -> Candidate | None:
    """Return a candidate with the edits of two others; None if they overlap.

    Inputs:
    - source: the solution cell
    """
    if not one.edits or not other.edits:
        return None
    candidate = _candidate(one.exercise, source, (*one.edits, *other.edits))
    return candidate if candidate and _compiles(candidate.source) else None


def substitutions_of(source: str, candidate: Candidate) -> Mutant | None:
    """Return a candidate as a Mutant with few, short substitutions; None if that is impossible.

    Inputs:
    - source: the solution cell
    """
    if candidate.known:
        return replace(candidate.known, words=SENTENCE)
    solution = source[source.index(BEGIN) :]
    choices: list[list[tuple[str, str]]] = []
    for edit in candidate.edits:
        is_everywhere = solution.count(source[edit.start : edit.end]) == len(candidate.edits)
        texts = dict.fromkeys(_with_context(source, edit))
        choices.append([(old, new) for old, new in texts if is_everywhere or solution.count(old) == 1])
    for chosen in itertools.islice(itertools.product(*choices), MAX_CHOICES):
        mutant = Mutant(candidate.exercise, "draft", SENTENCE, tuple(dict.fromkeys(chosen)))
        with_it = _transferred(candidate.exercise, source, mutant.substitutions, mutant)
        if with_it and with_it.source == candidate.source:
            return mutant
    return None


@dataclass(frozen=True)
class _Place:
    """A node of the solution, with its text and the statement around it."""

    node: ast.AST
    text: str
    start: int
    end: int
    statement: tuple[int, int]

    def edit(self, new: str) -> Edit:
        return Edit(self.start, self.end, self.statement, new)


Change = tuple[_Place, str]  # (place, new text)


def _candidate(exercise: str, source: str, edits: Sequence[Edit], *, is_wide: bool = False) -> Candidate | None:
    """A candidate with these edits; None if two of them overlap."""
    ordered = sorted(edits, key=lambda edit: edit.start)
    if any(one.end > other.start for one, other in itertools.pairwise(ordered)):
        return None
    changed = source
    for edit in reversed(ordered):
        changed = changed[: edit.start] + edit.new + changed[edit.end :]
    return Candidate(exercise, changed, tuple(edits), is_wide=is_wide)


def _transferred(
    exercise: str, source: str, substitutions: tuple[tuple[str, str], ...], mutant: Mutant
) -> Candidate | None:
    """A candidate with the substitutions of a mutant, perhaps of another exercise; None if a text is missing."""
    changed = Mutant(exercise, mutant.name, mutant.words, substitutions)
    try:
        return Candidate(exercise, changed.applied(source), known=changed) if substitutions else None
    except UsageError:
        return None


def _everywhere(changes: Iterable[Change], places: Sequence[_Place]) -> Iterator[list[Edit]]:
    """Each change at its place alone, then at all equal places, and at its place and its twin."""
    by_text: dict[str, list[_Place]] = {}
    for place in places:
        by_text.setdefault(place.text, []).append(place)
    changes = list(changes)
    for place, new in changes:
        yield [place.edit(new)]
    for place, new in changes:
        alike = by_text[place.text]
        if len(alike) > 1 and place is alike[0]:
            yield [other.edit(new) for other in alike]
        twin = _twin(place.text)
        if twin != place.text:
            for other in by_text.get(twin, ()):
                yield [place.edit(new), other.edit(_twin(new))]


def _twin(text: str) -> str:
    """The same text for columns in place of rows, for the variance in place of the mean, and so on."""
    return WORD.sub(_twin_of_word, IMAGE_SIZE.sub(lambda found: f".shape[{5 - int(found[1])}]", text))


def _twin_of_word(word: re.Match[str]) -> str:
    return "_".join(TWINS_OF[part][0] if part in SYMMETRIC else part for part in word[0].split("_"))


def _exchanged_statements(places: Iterable[_Place]) -> Iterator[list[Edit]]:
    statements = [place for place in places if isinstance(place.node, ast.stmt)]
    for one, other in itertools.pairwise(statements):
        if one.end <= other.start:
            yield [one.edit(other.text), other.edit(one.text)]


def _under_conditions(tree: ast.AST, changes: Iterable[Change]) -> Iterator[list[Edit]]:
    """Each change of an expression under one of the cell's conditions only."""
    conditions = dict.fromkeys(ast.unparse(node.test) for node in ast.walk(tree) if isinstance(node, ast.If))
    for condition, (place, new) in itertools.product(conditions, changes):
        if isinstance(place.node, ast.expr):
            yield [place.edit(f"({new} if {condition} else {place.text})")]
            yield [place.edit(f"({place.text} if {condition} else {new})")]


def _by_rule(rule: Rule, places: Sequence[_Place], terms: Terms) -> Iterator[Change]:
    return ((place, new) for place in places for new in _texts(place, rule(place.node, terms)))


def _places(tree: ast.AST, source: str) -> Iterator[_Place]:
    """The statements and expressions from the start of the solution on."""
    lines = source.splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, lines))]
    begin = source.find(BEGIN)

    def offset(line: int, column: int) -> int:
        # Columns of a syntax tree count bytes.
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def walk(node: ast.AST, statement: tuple[int, int]) -> Iterator[_Place]:
        if isinstance(node, ast.Raise):
            return
        if isinstance(node, ast.stmt | ast.expr) and node.end_lineno and node.end_col_offset is not None:
            start, end = offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)
            if isinstance(node, ast.stmt):
                statement = (start, end)
            if begin < start:
                yield _Place(node, source[start:end], start, end, statement)
        if not isinstance(node, ast.JoinedStr):  # the columns inside of an f-string differ between versions of Python
            for child in ast.iter_child_nodes(node):
                yield from walk(child, statement)

    yield from walk(tree, (0, 0))


def _texts(place: _Place, changed: Iterable[ast.AST]) -> Iterator[str]:
    """The texts of the nodes that replace the node of a place."""
    for new in changed:
        if new is DROPPED:
            yield "pass"
        elif isinstance(place.node, ast.If | ast.While) and isinstance(new, ast.If | ast.While):
            old = ast.unparse(place.node.test)
            if place.text.count(old) == 1:
                yield place.text.replace(old, ast.unparse(new.test))
        elif isinstance(new, ast.Module):
            indent = " " * (place.node.col_offset if isinstance(place.node, ast.stmt) else 0)
            yield f"\n{indent}".join(ast.unparse(ast.fix_missing_locations(statement)) for statement in new.body)
        else:
            text = ast.unparse(ast.fix_missing_locations(new))
            yield f"({text})" if isinstance(new, ast.expr) and not isinstance(new, ATOMS) else text


def _with_context(source: str, edit: Edit) -> Iterator[tuple[str, str]]:
    """(old text, new text) of an edit: alone, with more and more words of its line, with its statement."""
    first, last = source.rfind("\n", 0, edit.start) + 1, source.find("\n", edit.end)
    words = [(first + found.start(), first + found.end()) for found in re.finditer(r"\w+|\S", source[first:last])]
    starts = [start for start, _ in words if start < edit.start][::-1]
    ends = [end for _, end in words if end > edit.end]
    spans = [(edit.start, edit.end)]
    for count in range(1, len(words)):
        for before in range(count + 1):
            low = (starts[:before] or [edit.start])[-1]
            high = (ends[: count - before] or [edit.end])[-1]
            spans.append((low, high))
    for low, high in (*spans, edit.statement):
        yield source[low:high], source[low : edit.start] + edit.new + source[edit.end : high]


def _compiles(source: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "changed", "exec")
    except (SyntaxError, ValueError):
        return False
    return True
