"""The cells of a source notebook: what each is for, and what students get in its place."""

import re
from dataclasses import dataclass

__all__ = ["INSTRUCTOR_TAG", "SOLUTION_BLOCK", "Cell", "NoNumber", "name_stubs", "read_cell"]

INSTRUCTOR_TAG = "instructor-only"
SOLUTION_BLOCK = re.compile(r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*$", re.DOTALL | re.MULTILINE)
# What nbgrader puts in the place of a solution block.
STUBS = {"code": ("# YOUR CODE HERE", "raise NotImplementedError()"), "markdown": ("YOUR ANSWER HERE",)}
NAMELESS = re.compile(r"^([ \t]*)raise NotImplementedError\(\)$", re.MULTILINE)
METHOD = re.compile(r"^[ \t]+def (\w+)", re.MULTILINE)


class NoNumber(Exception):
    """The points of a cell are no number."""


@dataclass(frozen=True)
class Cell:
    """One cell of a source notebook."""

    kind: str  # code or markdown
    source: str
    grade_id: str | None
    is_solution: bool
    is_graded: bool
    is_locked: bool
    is_for_instructors: bool
    points: float

    @property
    def is_exercise(self):
        """Whether hidden tests score what students write here; the points are those of its grade cell."""
        return self.is_solution and not self.is_graded

    @property
    def is_question(self):
        """Whether a person grades what students write here; the cell carries the points itself."""
        return self.is_solution and self.is_graded

    @property
    def stub(self):
        """A cell to fill in as students get it; the release makes the same text through nbgrader."""
        return name_stubs(self.plain_stub, self.grade_id)

    @property
    def plain_stub(self):
        """What nbgrader alone makes of it, and what students got from releases before stubs had a text."""
        return SOLUTION_BLOCK.sub(lambda block: "\n".join(block[1] + line for line in STUBS[self.kind]), self.source)

    @property
    def solution_lines(self):
        """The lines between the solution markers, stripped, without blank ones."""
        lines = (line.strip() for block in SOLUTION_BLOCK.finditer(self.source) for line in block[0].split("\n")[1:-1])
        return [line for line in lines if line]


def name_stubs(source, grade_id):
    """The text of a cell to fill in, with stubs that say what is not written yet: the exercise, in a class its method.

    Inputs:
    - source: the text with nbgrader's stubs. - grade_id: of the cell.
    """

    def named(stub):
        what = ".".join([grade_id, *METHOD.findall(source[: stub.start()])[-1:]])
        return f'{stub[1]}raise NotImplementedError("{what} is not written yet: put your code in its cell")'

    return NAMELESS.sub(named, source)


def read_cell(cell):
    """A cell as JSON has it, as a Cell. Raises: NoNumber; KeyError and its like where it is no cell."""
    metadata = cell.get("metadata", {})
    nbgrader = metadata.get("nbgrader", {})
    source = cell["source"]
    return Cell(
        kind=cell["cell_type"],
        source=source if isinstance(source, str) else "".join(source),
        grade_id=nbgrader.get("grade_id"),
        is_solution=bool(nbgrader.get("solution")),
        is_graded=bool(nbgrader.get("grade")),
        is_locked=bool(nbgrader.get("locked")),
        is_for_instructors=INSTRUCTOR_TAG in metadata.get("tags", []),
        points=_points(nbgrader),
    )


def _points(nbgrader):
    points = nbgrader.get("points") or 0
    try:
        return float(points)
    except (TypeError, ValueError):
        raise NoNumber(f"the points of the cell {nbgrader.get('grade_id')} are {points!r}: write a number") from None
