"""Enter the scores of a class into the gradebook, and write notebooks and pages."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.course.manifest import record_releases
from autograder.errors import reason_of
from autograder.feedback.changes import Change, changes_since, page_facts
from autograder.feedback.released import note_page, page_key, page_path, read_released
from autograder.feedback.texts import SUBMISSION_KEY, feedback_markdown
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.gradebook.student_grades import StudentGrades, waiting_words
from autograder.gradebook.timestamps import files_of_exchange, time_of_submission
from autograder.gradebook.writer import Entry, NotebookGrades, autograded_notebook, enter_scores, penalty_of
from autograder.grading.feedback_pages import PageMakers
from autograder.grading.outcome import ClassOutcome
from autograder.grading.progress import Progress
from autograder.grading.spool import Spool, Spooled
from autograder.intake.extensions import read_extensions
from autograder.intake.times import read_times
from autograder.language import in_language
from autograder.regrade_requests.requests import decisions
from autograder.release.student_version import make_student_version
from autograder.scoring.cache_keys import hash_of, pages_digest

__all__ = ["Publisher"]

SETTINGS = ("course_config.py", "nbgrader_config.py")
AT_ONCE = 20  # submissions in one transaction
STAMP = ".entered"  # in the folder of the results: what the gradebook knows of the assignment
SAME = 1e-6  # points; the database and Python may add numbers in a different order


class Publisher:
    """Publish new and changed results of a class.

    A stamp file next to the result records that a submission is completely published. It is removed
    first and written last, so after an interruption the next run publishes the submission again.

    Raises: UsageError if a setting of the gradebook is wrong, before any submission is scored.
    """

    def __init__(self, course: Course, assignment: Assignment):
        self.course, self.assignment = course, assignment
        files = [course.root / name for name in SETTINGS]
        # Read before they are used: if they are edited during the run, the next run publishes again.
        self.settings = [file.read_text(encoding="utf-8") for file in files if file.exists()]
        self.nbgrader = NbGrader(course)
        self.late_penalty = self.nbgrader.late_penalty()
        self._read_records()

    def _read_records(self) -> None:
        self.times = read_times(self.course.submitted, self.assignment.name)
        self.granted = read_extensions(self.course.submitted, self.assignment.name)

    def publish(
        self, graded: list[Spooled], spool: Spool, outcome: ClassOutcome, jobs: int = 0, *, force: bool = False
    ) -> None:
        """Enter results into the gradebook, and write their feedback.

        Inputs:
        - graded: the submissions in the spool.
        - outcome: changed in place.
        - jobs: number of processes for pages; 0 for that of the settings, or one per core.
        - force: True to publish unchanged submissions again.
        """
        course, assignment, nbgrader = self.course, self.assignment, self.nbgrader
        self.outcome, self.spool = outcome, spool
        outcome.gradebook = nbgrader.database
        self.metadata = self._enter_assignment()
        self._read_records()  # again, since scoring may have taken long
        self.by_hand = nbgrader.by_hand(assignment.name)
        self.released, self.decided = read_released(course, assignment.name), decisions(course, assignment.name)
        outcome.unreleased = not self.released
        self.extensions = nbgrader.extensions(assignment.name, self.granted)
        self.arrived: dict[str, tuple[str | None, dict[str, str]]] = {}  # student → (time, files of the exchange)
        self.keys: dict[str, str] = {}  # student → key of the pages
        self._run(graded, jobs, force)
        outcome.remarks += nbgrader.without_effect
        cells, notebook_grades = nbgrader.class_grades(assignment.name)
        exercises = {(Path(e.notebook).stem, e.grade_cell): e.name for e in assignment.exercises.values()}
        names = {cell: exercises.get((cell.notebook, cell.grade_id), cell.grade_id) for cell in cells}
        outcome.waiting = [grades.student for grades in notebook_grades if grades.pending]
        outcome.to_grade = waiting_words(notebook_grades, names)
        outcome.late = {s.student: s.late_penalty for s in notebook_grades if s.seconds_late > 0}

    def _enter_assignment(self) -> dict[str, dict[str, Any]]:
        """Update the assignment in the gradebook, without a change of the released student version.

        nbgrader takes seconds for that. So it runs only if the assignment, the files next to it, the
        settings or the cells in the gradebook have changed since the last run.

        Returns: file name of a notebook → grade_id → metadata of that cell in the student version.
        """
        course, assignment, nbgrader = self.course, self.assignment, self.nbgrader
        # A header of nbgrader lies next to the assignment, and the course's own steps next to its settings.
        found = {*assignment.folder.rglob("*"), *course.source.glob("*"), *course.root.glob("*.py")}
        files = sorted(path for path in found if path.is_file())
        texts = [[os.path.relpath(file, course.root), hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]
        key = hash_of([texts, self.settings, repr(assignment.settings), pages_digest(assignment), version("nbgrader")])
        stamp = course.results / assignment.name / STAMP
        last = _read_stamp(stamp)
        if last.get("key") == key and last.get("gradebook") == hash_of(nbgrader.cells(assignment.name)):
            self.outcome.taken_out = nbgrader.fit_gradebook(assignment)
            return last["cells"]
        with tempfile.TemporaryDirectory() as scratch:
            self.outcome.taken_out = make_student_version(course, assignment, Path(scratch))
            folder = Path(scratch) / assignment.name
            record_releases(course, assignment.name, folder)
            cells = {name: _metadata(folder / name) for name in assignment.notebooks}
        now = {"key": key, "gradebook": hash_of(nbgrader.cells(assignment.name)), "cells": cells}
        write_text(stamp, json.dumps(now))
        return cells

    def _run(self, graded: list[Spooled], jobs: int, force: bool) -> None:
        notebook_grades = self.nbgrader.class_grades(self.assignment.name)[1]
        known = {grades.student: grades for grades in notebook_grades if grades.submitted}
        base, changed = self._hash_of_settings(), []
        for spooled in graded:
            student = spooled.student
            try:
                self.keys[student] = self._key(spooled, base)
                if force or student not in known or not self._is_published(known[student]):
                    changed.append(spooled)
            except Exception as error:
                self.outcome.not_entered[student] = reason_of(error)
        with (
            PageMakers(self.course, jobs, len(changed)) as makers,
            Progress("gradebook and feedback", len(changed)) as progress,
        ):
            waiting: list[tuple[Entry, Callable[[], dict[str, str]]]] = []
            for start in range(0, len(changed), AT_ONCE):
                entries = [entry for item in changed[start : start + AT_ONCE] if (entry := self._entry(item))]
                entered = self._entered(entries)
                begun = [(e, makers.submit(e, entered[e.student])) for e in self._told(entries, entered)]
                # Finish the previous pages while the next ones are being made, so that only few are in memory.
                self._finish(waiting, progress)
                waiting = begun
            self._finish(waiting, progress)

    def _hash_of_settings(self) -> str:
        """Return a hash of everything that affects the entries and pages of all students."""
        sources = {name: notebook.text for name, notebook in self.assignment.notebooks.items()}
        settings = [*self.settings, repr(self.assignment.settings)]
        due = str(self.nbgrader.due_date(self.assignment.name) or "")
        return hash_of([sources, settings, due, pages_digest(self.assignment)])

    def _key(self, spooled: Spooled, base: str) -> str:
        """Return a hash of everything that affects a student's entries and pages."""
        student = spooled.student
        handed_in = self.course.handed_in(student, self.assignment.name)
        when, problem = time_of_submission(handed_in, self.times.get(student), self.course.zone)
        if problem:
            self.outcome.remarks.append(f"{student}: {problem}")
        self.arrived[student] = when, files_of_exchange(handed_in, when)
        facts = [spooled.result, spooled.work, *self.arrived[student], self.by_hand.get(student)]
        return hash_of([base, *facts, self.decided.get(student), self.extensions.get(student)])

    def _entry(self, spooled: Spooled) -> Entry | None:
        """Invalidate the pages of a submission, and return its entry; None if it can't be made."""
        assignment, student = self.assignment, spooled.student
        try:
            page_path(self.course, assignment.name, student).unlink(missing_ok=True)
            graded = self.spool.take(spooled)
            notebooks = {
                name: autograded_notebook(graded.submission, name, assignment, graded.result, self.metadata[name])
                for name in assignment.notebooks
            }
            when, known_by = self.arrived[student]
            return Entry(student, graded.stored, notebooks, when, known_by, extension=self.granted.get(student))
        except Exception as error:  # an error of one student must not affect the others
            self.outcome.not_entered[student] = reason_of(error)
            return None

    def _entered(self, entries: list[Entry]) -> dict[str, dict[str, NotebookGrades]]:
        """Enter several submissions together.

        If that fails, enter them one by one, to leave out only the wrong one.
        """
        try:
            with self.nbgrader.open() as gradebook:
                return enter_scores(gradebook, self.assignment, entries, self.late_penalty)
        except Exception as error:
            if len(entries) == 1:
                self.outcome.not_entered[entries[0].student] = reason_of(error)
                return {}
        notebook_grades: dict[str, dict[str, NotebookGrades]] = {}
        for entry in entries:
            notebook_grades |= self._entered([entry])
        return notebook_grades

    def _told(self, entries: Iterable[Entry], entered: dict[str, dict[str, NotebookGrades]]) -> Iterator[Entry]:
        """Yield the entries in the gradebook, with the corrections for their pages."""
        for entry in entries:
            if entry.student in entered:
                try:
                    yield self._with_corrections(entry, entered[entry.student])
                except Exception as error:
                    self.outcome.not_published[entry.student] = reason_of(error)

    def _with_corrections(self, entry: Entry, notebook_grades: dict[str, NotebookGrades]) -> Entry:
        """Add the corrections to an entry: its notebooks (in place) and its summary."""
        released, decided = self.released.get(entry.student), self.decided.get(entry.student, {})
        facts = page_facts(self.assignment, entry.stored.result, notebook_grades, entry.timestamp)
        told: list[Change] = []
        if released:
            with in_language(entry.stored.result.language):
                change = changes_since(released, facts, entry.stored.causes, decided)
            told = [*([change] if change else []), *released.told]
        for name, notebook in entry.notebooks.items():
            changes = [change.in_notebook(name) for change in told if name in change.notebooks]
            notebook["metadata"][SUBMISSION_KEY] |= {"changes": changes, "decisions": decided}
        summary = feedback_markdown(entry.stored.result, told=told, decided=decided, facts=facts)
        return replace(entry, summary=summary, facts=facts, told=told)

    def _finish(self, waiting: list[tuple[Entry, Callable[[], dict[str, str]]]], progress: Progress) -> None:
        """Write the notebooks and pages of some entries, as the pages are finished."""
        for entry, pages in waiting:
            student = entry.student
            try:
                autograded, feedback = self._folders(student)
                for folder in (autograded, feedback):
                    shutil.rmtree(folder, ignore_errors=True)
                for name, notebook in entry.notebooks.items():
                    # In one line: Python indents JSON slowly.
                    write_text(autograded / name, json.dumps(notebook, ensure_ascii=False) + "\n")
                for name, page in pages().items():
                    write_text(feedback / f"{name.removesuffix('.ipynb')}.html", page)
                write_text(feedback / "feedback.md", entry.summary)
                for name, text in entry.known_by.items():
                    write_text(autograded / name, text)
                    write_text(feedback / name, text)
                note_page(self.course, self.assignment.name, student, self.keys[student], entry.facts, entry.told)
                released = self.released.get(student)
                if released and len(entry.told) > len(released.told):
                    self.outcome.corrected.append(student)
            except Exception as error:  # such as a killed process: only this student's pages are missing
                self.outcome.not_published[student] = reason_of(error)
            progress.done()

    def _folders(self, student: str) -> list[Path]:
        return [folder / student / self.assignment.name for folder in (self.course.autograded, self.course.feedback)]

    def _is_published(self, grades: StudentGrades) -> bool:
        return (
            page_key(self.course, self.assignment.name, grades.student) == self.keys[grades.student]
            and all(map(Path.is_dir, self._folders(grades.student)))
            and self._has_its_penalties(grades)
        )

    def _has_its_penalties(self, grades: StudentGrades) -> bool:
        """Return True if the late policy's code still gives these penalties."""
        for notebook, there in grades.penalties.items():
            score = sum(points or 0 for cell, points in grades.scores.items() if cell.notebook == notebook)
            penalty = penalty_of(self.late_penalty, grades.student, score, grades.seconds_late)
            if (penalty is None) != (there is None) or abs((penalty or 0) - (there or 0)) > SAME:
                return False
        return True


def _read_stamp(path: Path) -> dict[str, Any]:
    """Return the content of a stamp of `_enter_assignment`, {} if there is none."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _metadata(path: Path) -> dict[str, Any]:
    """Return grade_id → metadata of that cell, for all cells of a notebook that nbgrader knows."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"] for cell in cells if "nbgrader" in cell["metadata"]
    }
