"""The assignment as its source notebooks describe it: exercises, questions, points, and what each cell is for."""

import functools
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.course.cells import INSTRUCTOR_TAG, Earlier, NoNumber, SourceNotebook, read_cell
from autograder.course.config import CHOICES, CONFIG_FILE
from autograder.course.manifest import read_manifest
from autograder.course.source_code import provided_modules
from autograder.course.translations import translated_texts
from autograder.errors import UsageError

__all__ = [
    "Assignment",
    "Exercise",
    "Question",
    "is_void",
    "load_assignment",
    "read_assignment",
    "tags_left_out",
]

TIES_TAG = "max-pool-ties-"  # + a value of max_pool_ties: the cell is for courses that set this one
CHECK_PREFIX = "check_"


@dataclass(frozen=True)
class Exercise:
    """Something a student writes: one solution cell, and the grade cell that carries its points."""

    name: str  # grade_id of the solution cell, and the name of the function or class
    notebook: str
    points: float
    is_given: bool = False  # everybody gets all of the points

    @property
    def grade_cell(self):
        return CHECK_PREFIX + self.name


@dataclass(frozen=True)
class Question:
    """Something that students answer in words, and that a person gives points for."""

    name: str  # grade_id of the cell for the answer
    notebook: str
    points: float
    is_given: bool = False

    @property
    def grade_cell(self):
        return self.name


@dataclass(frozen=True)
class Assignment:
    """The notebooks, exercises and questions of one assignment, in the order of course_config.py and of the notebooks.

    - notebooks, exercises, questions: dicts of name → SourceNotebook, Exercise, Question.
    - provided: the notebooks of the source folder that are not handed out; students get their functions solved.
    """

    name: str
    folder: Path
    notebooks: dict
    exercises: dict
    tags_left_out: frozenset = frozenset()
    questions: dict = field(default_factory=dict)
    provided: dict = field(default_factory=dict)

    @property
    def sources(self):
        """All notebooks of the source folder: those that are handed out, then the others."""
        return {**self.notebooks, **self.provided}

    @functools.cached_property
    def provided_code(self):
        """What of the other notebooks students get: dict of notebook name → text of a module."""
        return provided_modules(self)

    @property
    def fixed_scores(self):
        """What everybody gets for an exercise or question, whatever it holds: dict of its grade cell → points."""
        every = [*self.exercises.values(), *self.questions.values()]
        return {one.grade_cell: one.points for one in every if one.is_given or not one.points}

    @property
    def max_score(self):
        """The points that hidden tests give."""
        return float(sum(exercise.points for exercise in self.exercises.values()))

    @property
    def points_by_hand(self):
        """The points that persons give."""
        return float(sum(question.points for question in self.questions.values()))


def tags_left_out(course):
    """The tags of cells that students don't get: those for instructors, and those for courses with other settings."""
    others = {choice for choice in CHOICES["max_pool_ties"] if choice != course.max_pool_ties}
    return frozenset({INSTRUCTOR_TAG} | {TIES_TAG + choice for choice in others})


def is_void(course, grade_id):
    """Whether the points of a cell count for nobody, as course_config.py says of the exercise or question."""
    return grade_id is not None and grade_id.removeprefix(CHECK_PREFIX) in course.void


def load_assignment(course, name=None):
    """Read the source notebooks of an assignment (the course's default one without a name).

    Raises: UsageError when the assignment does not exist or a source notebook can't be read.
    """
    name = name or course.assignment
    folder = course.source / name
    if not folder.is_dir() or Path(name).name != name:
        known = sorted(path.name for path in course.source.glob("*") if path.is_dir())
        raise UsageError(
            f"there is no assignment {name!r} in {course.source}: "
            + (f"there is {', '.join(known)}" if known else "it has no assignment at all")
        )
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise UsageError(f"{folder} holds no notebook: an assignment needs at least one .ipynb file")
    texts = {}
    for path in paths:
        try:
            texts[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is not a notebook that can be read: {type(error).__name__}: {error}") from None
    translated = {name: translated_texts(folder, name) for name in texts}
    assignment = read_assignment(name, texts, course, folder, translated, read_manifest(course, name))
    _check_exceptions(course, assignment)
    return assignment


def _check_exceptions(course, assignment):
    """Settings about single exercises or questions have to name some, of this assignment or of another one."""
    known = {cell.grade_id for notebook in assignment.sources.values() for cell in notebook.cells_to_fill_in}
    for option in ("void", "full_points"):
        for name in getattr(course, option):
            if name not in known and not _is_elsewhere(course, name):
                raise UsageError(
                    f"{CONFIG_FILE} has {name!r} in c.AssignmentKit.{option}, but there is no such exercise or"
                    f" question: there is {', '.join([*assignment.exercises, *assignment.questions])}"
                )
    if both := sorted({*course.void} & {*course.full_points}):
        raise UsageError(
            f"{CONFIG_FILE} has {both[0]!r} in c.AssignmentKit.void and in c.AssignmentKit.full_points: take it out of"
            " one of them"
        )


def _is_elsewhere(course, name):
    """Whether another assignment has an exercise or question of this name."""
    for path in course.source.glob("*/*.ipynb"):
        try:
            cells = map(read_cell, json.loads(path.read_text(encoding="utf-8"))["cells"])
            if any(cell.grade_id == name and cell.is_solution for cell in cells):
                return True
        except (OSError, ValueError, KeyError, TypeError, AttributeError, NoNumber):
            continue  # who uses that assignment is told
    return False


def read_assignment(name, texts, course, folder, translated=None, handed_out=None):
    """The Assignment that source notebooks describe.

    Inputs:
    - texts: dict of file name → text of a notebook. - course: Course. - folder: where they are from.
    - translated: dict of file name → texts of its cells in other languages; handed_out: dict of file name → Earlier.
      Intake has to know both.

    Raises: UsageError when one can't be read.
    """
    left_out = tags_left_out(course)
    known, earlier, others = translated or {}, handed_out or {}, left_out - {INSTRUCTOR_TAG}
    every = {
        file: _read_notebook(folder / file, text, others, known.get(file, ()), earlier.get(file, Earlier()), course)
        for file, text in texts.items()
    }
    notebooks = {file: every[file] for file in _assigned(course.notebooks, every)}
    provided = {file: notebook for file, notebook in every.items() if file not in notebooks}
    exercises, questions = {}, {}
    for notebook in notebooks.values():
        for cell in notebook.question_cells:
            given = cell.grade_id in course.full_points
            questions[cell.grade_id] = Question(cell.grade_id, notebook.name, cell.points, given)
        points = {cell.grade_id: cell.points for cell in notebook.cells if cell.is_graded}
        for cell in notebook.solution_cells:
            worth, given = points.get(CHECK_PREFIX + cell.grade_id, 0), cell.grade_id in course.full_points
            exercises[cell.grade_id] = Exercise(cell.grade_id, notebook.name, float(worth), given)
    return Assignment(name, folder, notebooks, exercises, left_out, questions, provided)


def _assigned(names, files):
    """File names of the notebooks that are handed out: all where course_config.py names none."""
    wanted = [f"{name.removesuffix('.ipynb')}.ipynb" for name in names]
    for file in wanted:
        if file not in files or wanted.count(file) > 1:
            raise UsageError(
                f"course_config.py has {file.removesuffix('.ipynb')!r} in c.AssignmentKit.notebooks"
                + (" more than once" if file in files else f", but there is no such notebook: there is {_list(files)}")
            )
    return wanted or sorted(files)


def _list(files):
    return ", ".join(sorted(file.removesuffix(".ipynb") for file in files))


def _read_notebook(path, text, left_out, translated, earlier, course):
    try:
        cells = json.loads(text)["cells"]
        kept = [cell for cell in cells if not left_out & set(cell.get("metadata", {}).get("tags", []))]
        read = (replace(cell, points=0.0) if is_void(course, cell.grade_id) else cell for cell in map(read_cell, kept))
        known = tuple(replace(cell, earlier=tuple(earlier.cells.get(cell.grade_id, ()))) for cell in read)
        return SourceNotebook(path.name, known, text, translated, earlier)
    except NoNumber as error:
        raise UsageError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not a notebook that can be read: {type(error).__name__}: {error}") from None
