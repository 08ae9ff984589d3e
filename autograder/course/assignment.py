"""An assignment as its source notebooks describe it."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.cells import BadCell, Earlier, SourceNotebook, read_cell, text_digest
from autograder.course.config import Course
from autograder.course.content import SETTINGS_FILE, Content, load_content
from autograder.course.hints import read_hints
from autograder.course.manifest import read_manifest
from autograder.course.settings import Settings, load_settings
from autograder.course.source_code import provided_modules
from autograder.course.student_notes import derived_texts
from autograder.course.translations import languages, passages_of, translated_texts
from autograder.errors import UsageError
from autograder.model import CHECK_PREFIX, Exercise, Question
from autograder.paths import TOOLS
from autograder.sandbox.import_policy import ImportPolicy, import_policies, package_folder

if TYPE_CHECKING:
    from student_tools.hints import Hints

__all__ = [
    "Assignment",
    "assignment_settings",
    "load_assignment",
    "read_assignment",
    "settings_file",
]


@dataclass(frozen=True)
class Assignment:
    """One assignment: notebooks, exercises and questions in order, settings, and content.

    - folder: source folder.
    - notebooks: file name → released notebook.
    - exercises: name → Exercise.
    - content: hidden tests, mutants, signatures, substitutes and tolerances.
    - questions: name → Question.
    - provided: file name → notebook that is not released; students get its functions solved.
    """

    name: str
    folder: Path
    notebooks: dict[str, SourceNotebook]
    exercises: dict[str, Exercise]
    content: Content
    settings: Settings = field(default_factory=Settings)
    questions: dict[str, Question] = field(default_factory=dict)
    provided: dict[str, SourceNotebook] = field(default_factory=dict)

    @functools.cached_property
    def student_packages(self) -> dict[str, Path]:
        """Dict of name → folder of the packages that students get.

        Raises: UsageError if one is missing.
        """
        package = self.settings.package
        if not package:
            return {TOOLS.name: TOOLS}
        parent = package_folder(package)
        if parent is None:
            raise UsageError(
                f"expected a package in c.Assignment.package, got {package!r}, which does not exist: put its folder"
                " into the course's folder, or install it"
            )
        return {package: Path(parent, package), TOOLS.name: TOOLS}

    @functools.cached_property
    def languages(self) -> dict[str, frozenset[str]]:
        """Dict of code of each language of the translations → hashes of its texts, see cells.text_digest."""
        return {
            code: frozenset(
                text_digest(text) for name in self.notebooks for text in passages_of(self.folder, code, name).values()
            )
            for code in languages(self.folder)
        }

    @functools.cached_property
    def import_policies(self) -> dict[str, ImportPolicy]:
        """Dict of name → import policy; the default policy is first."""
        package = self.settings.package
        return import_policies(package, self.student_packages.get(package), self.settings.import_policies)

    @functools.cached_property
    def hints(self) -> dict[str, Hints]:
        """Dict of exercise → hints for students. Raises: UsageError, see `read_hints`."""
        return read_hints(self.folder, self.settings.tags_of_other_options)

    @functools.cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """Dict of exercise → the other exercises that its tests use, each after those that it uses itself."""
        order = self.content.in_order(self.exercises)
        needed = {name: self.content.needed([name]) - {name} for name in order}
        return {name: tuple(other for other in order if other in used) for name, used in needed.items()}

    @property
    def default_policy(self) -> ImportPolicy:
        """The import policy of hidden tests that name none."""
        return next(iter(self.import_policies.values()))

    @property
    def sources(self) -> dict[str, SourceNotebook]:
        """All notebooks of the source folder: the released ones first."""
        return {**self.notebooks, **self.provided}

    def check_exercise(self, name: str) -> None:
        """Raise a UsageError if the assignment has no released exercise of this name."""
        for file, notebook in self.provided.items():
            if name in {cell.grade_id for cell in notebook.solution_cells}:
                raise UsageError(
                    f"{name} is in {file}, which is not released: add {file} to c.Assignment.notebooks first"
                )
        if name not in self.exercises:
            raise UsageError(f"expected an exercise ({', '.join(self.exercises)}), got {name!r}")

    @functools.cached_property
    def provided_code(self) -> dict[str, str]:
        """Solved code of unreleased notebooks: file name → text of a module."""
        return provided_modules(self)

    @property
    def fixed_scores(self) -> dict[str, float]:
        """Points that every student gets, whatever the work: grade cell → points."""
        every: list[Exercise | Question] = [*self.exercises.values(), *self.questions.values()]
        return {one.grade_cell: one.points for one in every if one.is_given or not one.points}

    @property
    def max_score(self) -> float:
        """The sum of the points of all exercises, which hidden tests score."""
        return float(sum(exercise.points for exercise in self.exercises.values()))

    @property
    def points_by_hand(self) -> float:
        """The sum of the points of all questions, which are graded by hand."""
        return float(sum(question.points for question in self.questions.values()))


def assignment_settings(course: Course, name: str) -> Settings:
    """Load the settings of an assignment. Raises: UsageError, see `load_settings`."""
    return load_settings(*settings_file(course, name))


def settings_file(course: Course, name: str) -> tuple[Path, str]:
    """Return (path of the settings of an assignment, its name in messages)."""
    path = course.assignments / name / SETTINGS_FILE
    return path, str(path.relative_to(course.root)) if path.is_relative_to(course.root) else str(path)


def load_assignment(course: Course, name: str | None = None, *, settings: Settings | None = None) -> Assignment:
    """Read the source notebooks, settings and content of an assignment.

    Inputs:
    - name: by default the course's default assignment, or its only one.
    - settings: Settings to use instead of those in the assignment's file.

    Raises: UsageError if the assignment does not exist, or a source notebook can't be read.
    """
    known = sorted(path.name for path in course.source.glob("*") if path.is_dir())
    name = name or course.assignment or (known[0] if len(known) == 1 else "")
    if not name:
        raise UsageError(
            f"expected the name of an assignment ({', '.join(known) or f'{course.source} has none'}), got none"
        )
    folder = course.source / name
    if not folder.is_dir() or Path(name).name != name:
        raise UsageError(f"expected an assignment ({', '.join(known) or f'{course.source} has none'}), got {name!r}")
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise UsageError(f"expected at least one .ipynb file in {folder}, got none")
    texts = {}
    for path in paths:
        try:
            texts[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the notebook {path}: {type(error).__name__}: {error}") from None
    translated = {name: translated_texts(folder, name) for name in texts}
    assignment = read_assignment(
        name, texts, course, folder, translated, read_manifest(course, name), settings=settings
    )
    _check_exceptions(course, assignment)
    notebooks = {}
    for name, notebook in assignment.notebooks.items():
        derived, asked = derived_texts(assignment, name)
        notebooks[name] = replace(
            notebook, translated=notebook.translated + derived, earlier=notebook.earlier.merged(asked)
        )
    return replace(assignment, notebooks=notebooks)


def _check_exceptions(course: Course, assignment: Assignment) -> None:
    """Check that settings about single exercises or questions name existing ones."""
    known = {cell.grade_id for notebook in assignment.sources.values() for cell in notebook.cells_to_fill_in}
    settings, label = assignment.settings, settings_file(course, assignment.name)[1]
    for option in ("void", "full_points"):
        for name in getattr(settings, option):
            if name not in known:
                raise UsageError(
                    f"{label}: expected names of exercises or questions"
                    f" ({', '.join([*assignment.exercises, *assignment.questions])}) in c.Assignment.{option},"
                    f" got {name!r}"
                )
    if both := sorted({*settings.void} & {*settings.full_points}):
        raise UsageError(
            f"{label} has {both[0]!r} in c.Assignment.void and in c.Assignment.full_points: remove it from one of them"
        )


def read_assignment(
    name: str,
    texts: Mapping[str, str],
    course: Course,
    folder: Path,
    translated: Mapping[str, tuple[str, ...]] | None = None,
    handed_out: Mapping[str, Earlier] | None = None,
    *,
    settings: Settings | None = None,
) -> Assignment:
    """Make an Assignment from the texts of its source notebooks.

    Inputs:
    - texts: file name → text of a notebook.
    - folder: folder of the notebooks.
    - translated: file name → texts of its cells in other languages; intake compares them.
    - handed_out: file name → cells of earlier releases; intake compares them.
    - settings: Settings to use instead of those in the assignment's file.

    Raises: UsageError if a notebook can't be read.
    """
    file, label = settings_file(course, name)
    settings, known, earlier = settings or load_settings(file, label), translated or {}, handed_out or {}
    every = {
        file: _read_notebook(folder / file, text, known.get(file, ()), earlier.get(file, Earlier()), settings)
        for file, text in texts.items()
    }
    notebooks = {file: every[file] for file in _assigned(settings.notebooks, every, label)}
    provided = {file: notebook for file, notebook in every.items() if file not in notebooks}
    exercises: dict[str, Exercise] = {}
    questions: dict[str, Question] = {}
    for notebook in notebooks.values():
        for cell in notebook.question_cells:
            given = cell.name in settings.full_points
            questions[cell.name] = Question(cell.name, notebook.name, cell.points, given)
        points = {cell.grade_id: cell.points for cell in notebook.cells if cell.is_graded}
        for cell in notebook.solution_cells:
            worth, given = points.get(CHECK_PREFIX + cell.name, 0), cell.name in settings.full_points
            exercises[cell.name] = Exercise(cell.name, notebook.name, float(worth), given)
    content = load_content(course.assignments / name)
    return Assignment(name, folder, notebooks, exercises, content, settings, questions, provided)


def _assigned(names: Sequence[str], files: Collection[str], label: str) -> list[str]:
    """Return the file names of the released notebooks: all if the settings name none."""
    wanted = [f"{name.removesuffix('.ipynb')}.ipynb" for name in names]
    for file in wanted:
        if file not in files or wanted.count(file) > 1:
            raise UsageError(
                f"{label} has {file.removesuffix('.ipynb')!r} in c.Assignment.notebooks"
                + (" more than once" if file in files else f", which does not exist: expected {_list(files)}")
            )
    return wanted or sorted(files)


def _list(files: Collection[str]) -> str:
    return ", ".join(sorted(file.removesuffix(".ipynb") for file in files))


def _read_notebook(
    path: Path, text: str, translated: tuple[str, ...], earlier: Earlier, settings: Settings
) -> SourceNotebook:
    try:
        cells = json.loads(text)["cells"]
        others = settings.tags_of_other_options
        kept = [cell for cell in cells if not others & set(cell.get("metadata", {}).get("tags", []))]
        read = (replace(cell, points=0.0) if settings.is_void(cell.grade_id) else cell for cell in map(read_cell, kept))
        known = tuple(replace(cell, earlier=tuple(earlier.cells.get(cell.grade_id or "", ()))) for cell in read)
        return SourceNotebook(path.name, known, text, translated, earlier)
    except BadCell as error:
        raise UsageError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"cannot read the notebook {path}: {type(error).__name__}: {error}") from None
