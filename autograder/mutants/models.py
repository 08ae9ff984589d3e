"""Mutants and variants: changes of one solution cell of the source notebooks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.errors import UsageError

__all__ = ["Mutant", "Variant"]

SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class _Change:
    """A change of the solution cell of one exercise.

    - exercise: grade_id of the solution cell.
    - name: unique within the exercise, in lower case with hyphens.
    - words: for a mutant the misconception that students read, two sentences: the mistake, then
      what to do; for a variant its style.
    - substitutions: pairs (old text, new text), applied in order to all occurrences from the start
      of the solution on.
    - body: replaces the whole solution, before the substitutions; indented like the solution.
    - handed_out: pairs (old text, new text) for the code before the solution, such as the
      signature.
    - helper: source of a cell that the student adds after the changed one.
    """

    exercise: str
    name: str
    words: str
    substitutions: tuple[tuple[str, str], ...] = ()
    body: str = ""
    handed_out: tuple[tuple[str, str], ...] = ()
    helper: str = ""

    @property
    def id(self) -> str:
        """Unique name: exercise/name."""
        return f"{self.exercise}/{self.name}"

    def applied(self, source: str) -> str:
        """Return the changed source of the solution cell.

        Raises: UsageError if the source does not contain a text to replace.
        """
        before, marker, solution = source.partition("### BEGIN SOLUTION")
        if self.body:
            # Keep the markers for a second change, if two mistakes are combined.
            body = f"### BEGIN SOLUTION\n    {self.body.strip()}\n    ### END SOLUTION"
            marker, solution = "", SOLUTION.sub(lambda block: body, marker + solution)
        return self._replaced(before, self.handed_out) + self._replaced(marker + solution, self.substitutions)

    def _replaced(self, text: str, substitutions: tuple[tuple[str, str], ...]) -> str:
        for old, new in substitutions:
            if old not in text:
                raise UsageError(f"{self.id}: expected {old!r} in the solution of {self.exercise}, got none: update it")
            text = text.replace(old, new)
        return text


@dataclass(frozen=True)
class Mutant(_Change):
    """A known mistake: one misconception. `words` names it without giving the code away.

    - also_matches: names of other mutants of the exercise whose `words` also apply to this one.
    - is_random: True if its wrong values are random, so that a diagnosis can't recognize it.
    - unless: option of the assignment → value with which the code is correct.
    - undefined_name: True if the mistake is an undefined name, so all failed tests may end in a
      NameError or similar. For other mutants, such errors mean a typo in the mutant.
    """

    also_matches: tuple[str, ...] = ()
    is_random: bool = False
    unless: dict[str, object] = field(default_factory=dict, hash=False)
    undefined_name: bool = False

    def is_wrong_with(self, options: Mapping[str, object]) -> bool:
        """Return True if the code is wrong with these options of the assignment."""
        return not any(options.get(name) == value for name, value in self.unless.items())


@dataclass(frozen=True)
class Variant(_Change):
    """A correct implementation in another style."""
