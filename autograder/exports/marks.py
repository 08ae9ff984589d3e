"""The marks of a class: what counts, from nbgrader's gradebook, and what the stored results say of each submission."""

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

# Headings of a table of marks, before the cells' own and after them.
HEADINGS = (
    ("student", "last_name", "first_name", "email", "state", "repairs", "isolation"),
    ("late_penalty", "total", "max_score", "pending"),
)


@dataclass(frozen=True)
class Graded:
    """What a stored result says of a submission: its state, number of repairs, and isolation; None if unknown."""

    state: str | None = None
    repairs: int | None = None
    isolation: str | None = None


NO_SUBMISSION = Graded("no submission")
NO_RESULT = Graded()  # as after a plain `nbgrader autograde`


@dataclass(frozen=True)
class Marks:
    """The marks of a class.

    - columns: heading → cell: the exercises in their order, then cells that people grade. - results: by student.
    - problems: lines on teams whose members don't get their marks.
    """

    assignment: str
    columns: dict[str, GradedCell]
    class_grades: list[StudentGrades]
    results: dict[str, Graded]
    problems: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        return float(sum(cell.max_score for cell in self.columns.values()))

    @property
    def scored(self) -> list[StudentGrades]:
        """The grades of students who submitted something."""
        return [grades for grades in self.class_grades if grades.submitted]

    def state_of(self, grades: StudentGrades) -> Graded:
        """What is known of a student's submission."""
        return self.results.get(grades.student, NO_RESULT) if grades.submitted else NO_SUBMISSION

    def pending_of(self, grades: StudentGrades) -> list[str]:
        """The headings of the cells that wait for a score by hand."""
        return [name for name, cell in self.columns.items() if cell in grades.pending]


@dataclass
class Export:
    """A file's text, and what is to be said about it.

    - notes: lines worth knowing. - problems: lines that somebody has to do something about.
    """

    text: str = ""
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def class_marks(course: Course, assignment: Assignment) -> Marks:
    """Read the marks of a class. Members of a team in teams.csv are in the team's place.

    Raises: UsageError when the gradebook does not have the assignment.
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
    """Headings of the cells: an exercise's name, or a grade_id; with the notebook where that is not enough."""
    exercises = {(e.notebook.removesuffix(".ipynb"), e.grade_cell): e.name for e in assignment.exercises.values()}
    ranks = {key: rank for rank, key in enumerate(exercises)}
    by_key = {(cell.notebook, cell.grade_id): cell for cell in cells}
    names = {key: exercises.get(key, key[1]) for key in by_key}
    often = Counter([*names.values(), *HEADINGS[0], *HEADINGS[1]])
    return {
        names[key] if often[names[key]] == 1 else "/".join(key): by_key[key]
        for key in sorted(by_key, key=lambda key: (ranks.get(key, len(ranks)), key))
    }
