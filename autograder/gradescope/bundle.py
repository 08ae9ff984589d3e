"""Make the reproducible zip that an instructor uploads to Gradescope.

It contains the solutions and the course's secret, so it is only for Gradescope, and only its owner
can read it.
"""

import os
import re
import shlex
import tomllib
from pathlib import Path

from autograder.atomic_io import write_bytes
from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import CONFIG_FILE, Course, imported_files
from autograder.course.content import files_for_scoring
from autograder.course.manifest import manifest_text, read_manifest, record_path
from autograder.course.secret import SECRET_FILE
from autograder.course.translations import translation_files
from autograder.errors import UsageError
from autograder.grading.self_check import check_source_notebooks
from autograder.paths import KIT
from autograder.release.bundle import package_files, zip_bytes
from autograder.release.validate import validate_source
from autograder.scoring.scorer import Scorer
from student_tools.atomic_write import unfinished_folder

__all__ = ["bundle_for_gradescope", "gradescope_files"]

SCRIPTS = {"setup.sh": "setup.sh", "run_autograder": "run_autograder.sh"}  # name in the zip → file in this folder
PROJECT_FILES = ("pyproject.toml", "README.md", "LICENSE")  # pip needs these with the packages of a clone
REQUIREMENT = re.compile(r"[\w.-]+")  # matches the name of the package
WHEEL_PROJECT = KIT / "grader_pyproject.toml"  # pip needs this with the packages of an installed grader


def bundle_for_gradescope(course: Course, name: str | None = None) -> None:
    """Write `dist/<assignment>-gradescope.zip`, and print the settings to enter in Gradescope.

    Inputs:
    - name: name of the assignment; by default the course's default assignment.

    Raises: UsageError if the source is invalid, or a folder is outside the course; GraderError if
    the solutions fail a hidden test.
    """
    assignment = load_assignment(course, name)
    for line in validate_source(course, assignment):
        print(f"✔ {line}")
    # Our own solutions need no sandbox.
    scorer = Scorer(course, assignment, "none")
    with scorer.sandbox:
        check_source_notebooks(course, assignment, "none", scorer.outcomes, keep=False)
    files = gradescope_files(course, assignment)
    archive = course.dist / f"{assignment.name}-gradescope.zip"
    course.dist.mkdir(parents=True, exist_ok=True)
    # In a private folder: other users could read a file of write_bytes for a moment.
    with unfinished_folder(course.dist) as private:
        new = private / archive.name
        write_bytes(new, zip_bytes(files, executable=SCRIPTS))
        new.chmod(0o600)
        os.replace(new, archive)
    print(f"Gradescope bundle: {archive}")
    print(f"Autograder points to enter in Gradescope's settings: {assignment.max_score:g}")
    if assignment.questions:
        asked = ", ".join(
            f"{question.name} ({Path(question.notebook).stem}) {question.points:g}"
            for question in assignment.questions.values()
        )
        print(f"Questions to add to the outline for manual grading: {asked}")
        print(f"Total: {assignment.max_score + assignment.points_by_hand:g}")
    print("It contains the solutions and the course's secret: upload it to Gradescope, and do not share it.")


def gradescope_files(course: Course, assignment: Assignment) -> dict[str, bytes]:
    """Return the files of the zip: path → content.

    setup.sh installs `kit/`. `course/` is the course with only this assignment. It includes the
    secret, so scores are the same as on the instructor's machine.

    Raises: UsageError if the source or the content of the assignment is outside the course's
    folder.
    """
    scripts = {name: (KIT / "gradescope" / file).read_text(encoding="utf-8") for name, file in SCRIPTS.items()}
    words = {
        "@ASSIGNMENT@": shlex.quote(assignment.name),
        "@KIT@": "kit[grader]" if _is_clone_of(assignment) else "kit",
        "@REQUIREMENTS@": shlex.join(_requirements(assignment)),
    }
    for word, text in words.items():
        scripts = {name: script.replace(word, text) for name, script in scripts.items()}
    files = {name: script.encode() for name, script in scripts.items()}
    files |= {f"kit/{name}": content for name, content in _kit_files(assignment).items()}
    source = Path(os.path.normpath(assignment.folder))
    if not source.is_relative_to(course.root):
        raise UsageError(
            f"{source} is not in the course's folder {course.root}, the only one that is packed: set"
            " c.CourseDirectory.source_directory to a folder in it"
        )
    notebooks = [source / name for name in assignment.sources]
    own = course.assignments / assignment.name
    if not own.is_relative_to(course.root):
        raise UsageError(
            f"{own} is not in the course's folder {course.root}, the only one that is packed: set"
            " c.AssignmentKit.assignments to a folder in it"
        )
    for path in [course.root / CONFIG_FILE, *notebooks, *files_for_scoring(own), *translation_files(source)]:
        files[f"course/{path.relative_to(course.root).as_posix()}"] = path.read_bytes()
    # Students may submit notebooks of earlier releases to Gradescope too.
    record = Path(os.path.normpath(record_path(course, assignment.name)))
    if read_manifest(course, assignment.name) and record.is_relative_to(course.root):
        name = record.relative_to(course.root).as_posix()
        files[f"course/{name}"] = manifest_text(course, assignment.name).encode()
    for path in imported_files(course.root):  # by course_config.py, such as a late policy
        files[f"course/{path.name}"] = path.read_bytes()
    files[f"course/{SECRET_FILE}"] = f"{course.secret}\n".encode()
    return files


def _requirements(assignment: Assignment) -> list[str]:
    """Return the requirements of the import policies from the students' project file."""
    project = assignment.folder / PROJECT_FILES[0]
    declared = tomllib.loads(project.read_text(encoding="utf-8")) if project.exists() else {}
    lines = declared.get("project", {}).get("dependencies", [])
    allowed = {name for policy in assignment.settings.import_policies.values() for name in policy.get("packages", ())}
    named = ((line, REQUIREMENT.match(line)) for line in lines)
    return [line for line, found in named if found and found[0].lower().replace("-", "_") in allowed]


def _is_clone_of(assignment: Assignment) -> bool:
    """Return True if the grader runs from a clone that also contains the student package."""
    package, project = assignment.settings.package, KIT.parent / PROJECT_FILES[0]
    is_beside = package and assignment.student_packages[package].parent == KIT.parent
    return bool(is_beside and project.is_file() and f'"{package}", ' in project.read_text(encoding="utf-8"))


def _kit_files(assignment: Assignment) -> dict[str, bytes]:
    """Return the files of grader and student package for an installation by pip: path → content."""
    files = package_files(assignment)
    for path in sorted(KIT.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not path.is_relative_to(KIT / "assignments"):
            files[f"autograder/{path.relative_to(KIT).as_posix()}"] = path.read_bytes()
    if _is_clone_of(assignment):
        return files | {name: (KIT.parent / name).read_bytes() for name in PROJECT_FILES}
    return files | {"pyproject.toml": WHEEL_PROJECT.read_bytes()}
