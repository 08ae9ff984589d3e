"""Enters the scores of a class into the gradebook, and writes autograded notebooks and feedback pages."""

import json
import shutil
import tempfile
from pathlib import Path

from autograder.atomic_io import write_text
from autograder.course.manifest import record_releases
from autograder.errors import GraderError, reason_of
from autograder.feedback.released import note_page, page_key, page_path
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.gradebook.student_grades import waiting_words
from autograder.gradebook.timestamps import files_of_exchange, time_of_submission
from autograder.gradebook.writer import Entry, autograded_notebook, enter_scores, penalty_of
from autograder.grading.corrections import Corrections
from autograder.grading.feedback_pages import PageMakers
from autograder.grading.progress import Progress
from autograder.intake.extensions import read_extensions
from autograder.intake.reader import Reader
from autograder.intake.times import read_times
from autograder.release.student_version import make_student_version
from autograder.scoring.cache_keys import hash_of, pages_digest
from autograder.scoring.results import load_stored

__all__ = ["check_settings", "publish"]

SETTINGS = ("course_config.py", "nbgrader_config.py")
AT_ONCE = 20  # submissions in one transaction
SAME = 1e-6  # points: the database and Python may add in another order


def check_settings(course, assignment):
    """Read all that people set for the gradebook: what is wrong with it is said before anything is scored.

    Raises: UsageError.
    """
    NbGrader(course).late_penalty()
    read_times(course.submitted, assignment.name)
    read_extensions(course.submitted, assignment.name)


def publish(course, assignment, students, digests, outcome, jobs=0, *, force=False):
    """Enter into the gradebook, and write feedback for, what has changed or has not got there yet.

    A mark beside the result says that all of it is done. It is taken away first and set last: whatever stops this in
    between, the next run does the submission anew.

    Inputs:
    - students: ids of those who have a result. - digests: dict of student → digest of the submission it is of.
    - force: do it for all of them.
    """
    nbgrader = NbGrader(course)
    outcome.gradebook = nbgrader.database
    released = _enter_assignment(course, assignment, outcome)
    _Publishing(course, assignment, nbgrader, released, digests, outcome).run(students, jobs, force)
    outcome.remarks += nbgrader.without_effect
    cells, notebook_grades = nbgrader.class_grades(assignment.name)
    exercises = {(Path(e.notebook).stem, e.grade_cell): e.name for e in assignment.exercises.values()}
    names = {cell: exercises.get((cell.notebook, cell.grade_id), cell.grade_id) for cell in cells}
    outcome.waiting = [grades.student for grades in notebook_grades if grades.pending]
    outcome.to_grade = waiting_words(notebook_grades, names)
    outcome.late = {s.student: s.late_penalty for s in notebook_grades if s.seconds_late > 0}


class _Publishing:
    def __init__(self, course, assignment, nbgrader, released, digests, outcome):
        self.course, self.assignment, self.nbgrader, self.released = course, assignment, nbgrader, released
        self.digests, self.outcome = digests, outcome
        self.late_penalty, self.by_hand = nbgrader.late_penalty(), nbgrader.by_hand(assignment.name)
        self.times = read_times(course.submitted, assignment.name)
        self.corrections = Corrections(course, assignment)
        outcome.unreleased = not self.corrections.released
        self.granted = read_extensions(course.submitted, assignment.name)
        self.extensions = nbgrader.extensions(assignment.name, self.granted)
        self.arrived = {}  # student → (time of handing in, files of the exchange)
        sources = {name: notebook.text for name, notebook in assignment.notebooks.items()}
        files = [course.root / name for name in SETTINGS]
        settings = [file.read_text(encoding="utf-8") for file in files if file.exists()]
        settings.append(repr(assignment.settings))
        due = str(nbgrader.due_date(assignment.name) or "")
        self.base = hash_of([sources, settings, due, pages_digest(assignment)])

    def run(self, students, jobs, force):
        notebook_grades = self.nbgrader.class_grades(self.assignment.name)[1]
        known = {grades.student: grades for grades in notebook_grades if grades.submitted}
        changed = {}  # student → what the mark will say
        for student in students:
            try:
                key = self._key(student)
                if force or student not in known or not self._is_published(known[student], key):
                    changed[student] = key
            except Exception as error:
                self.outcome.not_entered[student] = reason_of(error)
        with (
            Reader(self.assignment) as self.reader,
            PageMakers(self.course, jobs, len(changed)) as makers,
            Progress("gradebook and feedback", len(changed)) as progress,
        ):
            waiting, queue = [], list(changed)
            for start in range(0, len(queue), AT_ONCE):
                entries = [entry for student in queue[start : start + AT_ONCE] if (entry := self._entry(student))]
                notebook_grades = self._entered(entries)
                begun = [
                    (e, makers.submit(e, notebook_grades[e.student])) for e in self._told(entries, notebook_grades)
                ]
                # The pages of the submissions before these: others are being made meanwhile, and few wait in memory.
                self._finish(waiting, changed, progress)
                waiting = begun
            self._finish(waiting, changed, progress)

    def _key(self, student):
        """A hash of all that a student's entries and pages depend on."""
        stored = load_stored(self.course, self.assignment.name, student)
        handed_in = self.course.handed_in(student, self.assignment.name)
        when, problem = time_of_submission(handed_in, self.times.get(student), self.course.zone)
        if problem:
            self.outcome.remarks.append(f"{student}: {problem}")
        self.arrived[student] = when, files_of_exchange(handed_in, when)
        facts = [stored and stored.digest, self.digests[student], *self.arrived[student], self.by_hand.get(student)]
        facts += [self.corrections.decided.get(student), self.extensions.get(student)]
        return hash_of([self.base, *facts])

    def _entry(self, student):
        """What is entered of a submission, whose mark is gone then; None when it can't be entered."""
        course, assignment = self.course, self.assignment
        try:
            page_path(course, assignment.name, student).unlink(missing_ok=True)
            stored = load_stored(course, assignment.name, student)
            if stored is None:
                raise GraderError(f"there is no stored result of {student}")
            folder = course.handed_in(student, assignment.name)
            submission = self.reader.read(folder, student=student, below=course.submitted)
            if submission.whole_digest() != self.digests[student]:
                raise GraderError("its files were changed meanwhile")
            notebooks = {
                name: autograded_notebook(submission, name, assignment, stored.result, self.released[name])
                for name in assignment.notebooks
            }
            when, known_by = self.arrived[student]
            return Entry(student, notebooks, "", when, known_by, stored, extension=self.granted.get(student))
        except Exception as error:  # of one student, and the others have a right to their marks
            self.outcome.not_entered[student] = reason_of(error)
            return None

    def _entered(self, entries):
        """Enter some submissions together; if that fails, one by one, so that one alone is left out."""
        try:
            with self.nbgrader.open() as gradebook:
                return enter_scores(gradebook, self.assignment, entries, self.late_penalty)
        except Exception as error:
            if len(entries) == 1:
                self.outcome.not_entered[entries[0].student] = reason_of(error)
                return {}
        notebook_grades = {}
        for entry in entries:
            notebook_grades |= self._entered([entry])
        return notebook_grades

    def _told(self, entries, notebook_grades):
        """Those of the entries that are in the gradebook, with what their pages tell of corrections."""
        for entry in entries:
            if entry.student in notebook_grades:
                try:
                    yield self.corrections.tell(entry, notebook_grades[entry.student])
                except Exception as error:
                    self.outcome.not_published[entry.student] = reason_of(error)

    def _finish(self, waiting, keys, progress):
        """Write what belongs to each entry of the gradebook, as its pages come."""
        for entry, pages in waiting:
            student = entry.student
            try:
                autograded, feedback = self._folders(student)
                for folder in (autograded, feedback):
                    shutil.rmtree(folder, ignore_errors=True)
                for name, notebook in entry.notebooks.items():
                    write_text(autograded / name, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
                for name, page in pages().items():
                    write_text(feedback / f"{name.removesuffix('.ipynb')}.html", page)
                write_text(feedback / "feedback.md", entry.summary)
                for name, text in entry.known_by.items():
                    write_text(autograded / name, text)
                    write_text(feedback / name, text)
                note_page(self.course, self.assignment.name, student, keys[student], entry.facts, entry.told)
                released = self.corrections.released.get(student)
                if released and len(entry.told) > len(released["told"]):
                    self.outcome.corrected.append(student)
            except Exception as error:  # a killed process, for instance: this student's pages alone are missing
                self.outcome.not_published[student] = reason_of(error)
            progress.done()

    def _folders(self, student):
        return [folder / student / self.assignment.name for folder in (self.course.autograded, self.course.feedback)]

    def _is_published(self, grades, key):
        return (
            page_key(self.course, self.assignment.name, grades.student) == key
            and all(map(Path.is_dir, self._folders(grades.student)))
            and self._has_its_penalties(grades)
        )

    def _has_its_penalties(self, grades):
        """Whether the late policy still takes off what the gradebook has: it is a program, and can have changed."""
        for notebook, there in grades.penalties.items():
            score = sum(points or 0 for cell, points in grades.scores.items() if cell.notebook == notebook)
            penalty = penalty_of(self.late_penalty, grades.student, score, grades.seconds_late)
            if (penalty is None) != (there is None) or abs((penalty or 0) - (there or 0)) > SAME:
                return False
        return True


def _enter_assignment(course, assignment, outcome):
    """Bring the gradebook's idea of the assignment up to date, without touching the student version that is released.

    Returns: dict of notebook name → dict of grade_id → metadata of that cell in the student version.
    """
    with tempfile.TemporaryDirectory() as scratch:
        outcome.taken_out = make_student_version(course, assignment, scratch)
        record_releases(course, assignment.name, Path(scratch) / assignment.name)
        return {
            name: {
                cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"]
                for cell in json.loads((Path(scratch) / assignment.name / name).read_text(encoding="utf-8"))["cells"]
                if "nbgrader" in cell["metadata"]
            }
            for name in assignment.notebooks
        }
