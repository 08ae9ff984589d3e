"""What an entry of the catalogues is: a change of one solution cell of the source notebooks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.errors import UsageError

__all__ = ["Mutant", "Variant"]

SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class _Change:
    """A change of the solution cell of one exercise.

    - name: unique within the exercise, in lower case with hyphens.
    - exercise: the grade_id of the solution cell.
    - words: one sentence; of a mutant the misconception, for students.
    - substitutions: pairs of (old, new); every occurrence of each old text from the beginning of the solution on is
      replaced, one after the other.
    - body: takes the place of the whole solution before that; for a program that has little in common with it. It is
      indented as the solution is.
    - handed_out: the same for what comes before the solution, such as the signature.
    - helper: source of a cell of the student's own that comes after the changed one.
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
        return f"{self.exercise}/{self.name}"

    def applied(self, source: str) -> str:
        """The changed source of the solution cell.

        Raises: UsageError when the solution no longer holds what is to be replaced.
        """
        before, marker, solution = source.partition("### BEGIN SOLUTION")
        if self.body:
            # The marks stay: another change may follow, where two mistakes are combined.
            body = f"### BEGIN SOLUTION\n    {self.body.strip()}\n    ### END SOLUTION"
            marker, solution = "", SOLUTION.sub(lambda block: body, marker + solution)
        return self._replaced(before, self.handed_out) + self._replaced(marker + solution, self.substitutions)

    def _replaced(self, text: str, substitutions: tuple[tuple[str, str], ...]) -> str:
        for old, new in substitutions:
            if old not in text:
                raise UsageError(f"{self.id} can't be made: the solution of {self.exercise} no longer holds {old!r}")
            text = text.replace(old, new)
        return text


@dataclass(frozen=True)
class Mutant(_Change):
    """A known mistake: one idea that is wrong. `words` names it without giving the code away.

    - also_matches: names of other mutants of the exercise whose words are true of this one as well.
    - is_random: its wrong values are drawn at random, so that they can't tell what it is.
    - unless: option of the assignment → value with which the program is correct.
    - undefined_name: it is about a name that does not exist, so all tests that it fails may end in a NameError or the
      like. Of any other mutant that is a slip in its own text, and its sentence is never read.
    """

    also_matches: tuple[str, ...] = ()
    is_random: bool = False
    unless: dict[str, object] = field(default_factory=dict, hash=False)
    undefined_name: bool = False

    def is_wrong_with(self, options: Mapping[str, object]) -> bool:
        """Whether it is a mistake with these options of the assignment."""
        return not any(options.get(name) == value for name, value in self.unless.items())


@dataclass(frozen=True)
class Variant(_Change):
    """A right program in another style."""
