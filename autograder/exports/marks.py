"""The points of a class from nbgrader's gradebook, with the states from the stored results."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.exports.teams import TEAMS, read_teams, shared_out
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.gradebook.student_grades import GradedCell, StudentGrades
from autograder.scoring.results import load_results

__all__ = ["HEADINGS", "Export", "Marks", "class_marks"]

# Headings of a table of points, before and after those of the cells.
HEADINGS = (
    ("student", "last_name", "first_name", "email", "state", "repairs", "isolation"),
    ("late_penalty", "total", "max_score", "pending"),
)


@dataclass(frozen=True)
class Graded:
    """State, repairs and isolation of a submission; None if unknown."""

    state: str | None = None
    repairs: int | None = None
    isolation: str | None = None


NO_SUBMISSION = Graded("no submission")
NO_RESULT = Graded()  # after a plain `nbgrader autograde`


@dataclass(frozen=True)
class Marks:
    """The points of a class.

    - assignment: name of the assignment.
    - columns: heading → cell: the exercises in order, then the cells that are graded by hand.
    - class_grades: grades of all students.
    - results: student → Graded.
    - problems: lines about teams whose members do not get the points.
    """

    assignment: str
    columns: dict[str, GradedCell]
    class_grades: list[StudentGrades]
    results: dict[str, Graded]
    problems: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        """Maximum number of points of the assignment."""
        return float(sum(cell.max_score for cell in self.columns.values()))

    @property
    def scored(self) -> list[StudentGrades]:
        """The grades of students with a submission."""
        return [grades for grades in self.class_grades if grades.submitted]

    def state_of(self, grades: StudentGrades) -> Graded:
        """Return the Graded of a student's submission."""
        return self.results.get(grades.student, NO_RESULT) if grades.submitted else NO_SUBMISSION

    def pending_of(self, grades: StudentGrades) -> list[str]:
        """Return the headings of the cells that still must be graded by hand."""
        return [name for name, cell in self.columns.items() if cell in grades.pending]


@dataclass
class Export:
    """The text of an exported file, and messages about it.

    - notes: lines for information.
    - problems: lines that need an action.
    """

    text: str = ""
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def class_marks(course: Course, assignment: Assignment) -> Marks:
    """Read the points of a class. The members of a team in teams.csv replace the team.

    Raises: UsageError if the gradebook does not have the assignment.
    """
    cells, class_grades = NbGrader(course).class_grades(assignment.name)
    results = {
        result.student: Graded(result.state.value, len(result.repairs), result.isolation)
        for result in load_results(course, assignment.name)
    }
    shared, members, problems = shared_out(class_grades, read_teams(course.root / TEAMS))
    gone = {grades.student for grades in class_grades} - {grades.student for grades in shared}
    of_members = {member: results[team] for member, team in members.items() if team in results}
    results = {name: result for name, result in results.items() if name not in gone} | of_members
    return Marks(assignment.name, _columns(cells, assignment), shared, results, tuple(problems))


def _columns(cells: Iterable[GradedCell], assignment: Assignment) -> dict[str, GradedCell]:
    """Return heading → cell; an ambiguous heading gets the notebook's name."""
    exercises = {(e.notebook.removesuffix(".ipynb"), e.grade_cell): e.name for e in assignment.exercises.values()}
    ranks = {key: rank for rank, key in enumerate(exercises)}
    by_key = {(cell.notebook, cell.grade_id): cell for cell in cells}
    names = {key: exercises.get(key, key[1]) for key in by_key}
    often = Counter([*names.values(), *HEADINGS[0], *HEADINGS[1]])
    return {
        names[key] if often[names[key]] == 1 else "/".join(key): by_key[key]
        for key in sorted(by_key, key=lambda key: (ranks.get(key, len(ranks)), key))
    }
