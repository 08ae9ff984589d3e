"""The trip of an assignment through every command, as an instructor, a student and a grader take it."""

import contextlib
import json
import shutil
import subprocess
import zipfile

from environments import without_repository

__all__ = ["Trip", "fill_in"]


class Trip:
    """A course in a folder, and the program that grades it.

    - python: the interpreter in which the grader is installed.
    - package: the package that students get.
    """

    def __init__(self, python, folder, package):
        self.python, self.folder, self.package = python, folder, package

    def run(self, *arguments, folder=None, status=0, **variables):
        """Run a command of the grader in the course's folder, or another module elsewhere; returns what it prints."""
        done = subprocess.run(
            [self.python, "-m", *map(str, arguments)],
            cwd=folder or self.folder,
            env=without_repository(self.python, **variables),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def autograder(self, *arguments, status=0):
        return self.run("autograder", *arguments, status=status)

    def release(self, assignment, *options):
        """Release an assignment, and unzip the bundle into the folder `home`."""
        self.autograder("release", assignment, *options)
        zipfile.ZipFile(self.folder / "dist" / f"{assignment}-student.zip").extractall(self.folder / "home")

    def submit(self, student, assignment, *, changes=None):
        """Hand in the solutions, with some of their texts replaced, by `python -m PACKAGE.submit`."""
        with self._solved(student, assignment, changes) as folder:
            self.run(f"{self.package}.submit", folder=folder)
            handed_in = self.folder / "submitted" / student / assignment
            zipfile.ZipFile(folder / f"{assignment}-submission.zip").extractall(handed_in)

    def check(self, student, assignment, *, changes=None, status=0):
        """Run all visible checks on the solutions, with some of their texts replaced; returns what they print."""
        with self._solved(student, assignment, changes) as folder:
            return self.run(f"{self.package}.check", folder=folder, status=status)

    @contextlib.contextmanager
    def _solved(self, student, assignment, changes):
        """Make a student's folder with the solutions for as long as it is needed; yields its Path."""
        folder = self.folder / "home" / student
        shutil.copytree(self.folder / "home" / assignment, folder)
        fill_in(folder, self.folder / "source" / assignment, changes or {})
        yield folder
        shutil.rmtree(folder)

    def result(self, student, assignment):
        """The result of a submission: dict."""
        return json.loads((self.folder / "results" / assignment / f"{student}.json").read_text())["result"]

    def gradescope(self, student, assignment):
        """Score a submission as Gradescope does: what it shows, a dict."""
        self.autograder("gradescope", assignment)
        root = self.folder / "gradescope"
        (root / "results").mkdir(parents=True)
        shutil.copytree(self.folder / "submitted" / student / assignment, root / "submission")
        zipfile.ZipFile(self.folder / "dist" / f"{assignment}-gradescope.zip").extractall(root / "source")
        source = root / "source"  # from which setup.sh would install the kit
        command = ("autograder", "gradescope-run", assignment, "--root", root)
        self.run(*command, folder=source / "course", PYTHONPATH=str(source / "kit"))
        return json.loads((root / "results" / "results.json").read_text())


def fill_in(folder, source, changes):
    """Put the solutions into a student's notebooks.

    Inputs:
    - folder: Path of the student. - source: Path of the source notebooks.
    - changes: dict of exercise → (old, new), texts that are replaced in its solution; or None, which leaves the stub.
    """
    solved = 0
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads((source / path.name).read_text())["cells"]
        solutions = {_grade_id(cell): "".join(cell["source"]) for cell in cells}
        notebook = json.loads(path.read_text())
        for cell in notebook["cells"]:
            name = _grade_id(cell)
            if not cell["metadata"].get("nbgrader", {}).get("solution") or changes.get(name, ()) is None:
                continue
            text = solutions[name]
            if name in changes:
                old, new = changes[name]
                assert old in text
                text = text.replace(old, new)
            cell["source"] = text
            solved += 1
        path.write_text(json.dumps(notebook))
    assert solved


def _grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")
