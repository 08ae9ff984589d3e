"""nbgrader's exchange, where all students can write: release and collect safely.

Names, times and files in the inbound folder are from students, so they are not trusted. A
submission that can't be used affects only its student: it is listed at the end, and all others are
collected. nbgrader_settings.py installs the classes.
"""

import datetime
import fnmatch
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypedDict

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseAssignment, ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash

from autograder.atomic_io import write_bytes
from autograder.course.config import load_course
from autograder.course.permissions import keep_private, protect_gradebook
from autograder.errors import UsageError, lack_of_machine
from autograder.feedback.released import note_released, read_released
from autograder.gradebook.copying import CopyRules, NotCopied, copy_folder, open_folder
from autograder.gradebook.timestamps import SECRET_FILE, can_be_true, read_secret
from autograder.intake.moments import read_moment
from autograder.intake.times import add_times, read_times
from autograder.printable import clean
from student_tools.atomic_write import unfinished_file, unfinished_folder

__all__ = ["CollectSafely", "ReleaseFeedbackReadably", "ReleaseWithFiles"]

READABLE = 0o644  # students fetch their feedback themselves, under a name that only they can know
NOBODY = "."  # not the id of a student, see _path_to_record


class ReleaseWithFiles(ExchangeReleaseAssignment):
    """Release an assignment, with additional files that are not in the release folder."""

    def added_files(self, folder: Path) -> dict[str, bytes]:
        """Return the files to add to a release folder: dict of path → content.

        Raises: UsageError.
        """
        raise NotImplementedError

    def copy_files(self) -> None:
        """Copy the folder and the added files.

        If the added files fail, the earlier release stays.
        """
        try:
            self.added = self.added_files(Path(self.src_path))
        except UsageError as error:
            self.fail(error.message)
        super().copy_files()

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy the folder, and add the files. nbgrader sets all permissions afterwards."""
        super().do_copy(src, dest, log)
        for name, content in self.added.items():
            write_bytes(Path(dest, name), content)


class _Inbound(TypedDict):
    """An inbound folder, as nbgrader describes it. `timestamp`: in UTC."""

    username: str
    filename: str
    timestamp: datetime.datetime


class _EachStudent:
    """Base class: a failure affects one student; all are listed at the end."""

    left_out: dict[str, str]
    # Attributes of nbgrader's exchange.
    coursedir: CourseDirectory
    fail: Callable[[str], NoReturn]
    log: logging.Logger

    @contextmanager
    def _one(self, student: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # students' files can be wrong in many ways
            if (lack := lack_of_machine(error)) and not isinstance(error, PermissionError):
                self.fail(lack)
            reason = str(error) if isinstance(error, NotCopied) else f"{type(error).__name__}: {error}"
            self.log.error("%s: left out: %s", clean(student), clean(reason))
            self.left_out[student] = reason

    def _name_left_out(self) -> None:
        if self.left_out:
            self.fail(f"left out, see above: {', '.join(map(clean, sorted(self.left_out)))}")

    def _times(self) -> dict[str, str]:
        try:
            return read_times(self._submitted, self.coursedir.assignment_id)
        except UsageError as error:
            self.fail(str(error))

    @property
    def _submitted(self) -> Path:
        return Path(self.coursedir.root, self.coursedir.submitted_directory)

    def _folder(self, step: str, student: str) -> Path:
        return Path(self.coursedir.format_path(step, student, self.coursedir.assignment_id))


class CollectSafely(_EachStudent, ExchangeCollect):
    """Collect submissions without following links, and record their times.

    The time is taken from the name of the inbound folder, since students can change the
    timestamp.txt in it.
    """

    src_records: list[_Inbound]

    def init_src(self) -> None:
        """Choose the submission of each student."""
        course = load_course(self.coursedir.root)
        keep_private(course)
        self.left_out = {}
        self.times = self._times()
        super().init_src()
        protect_gradebook(self.coursedir.db_url, course)  # opened meanwhile
        self.src_records = [record for record in self.src_records if record["username"] != NOBODY]

    def _path_to_record(self, path: str) -> _Inbound:
        """Parse the name of an inbound folder.

        An invalid name becomes NOBODY, which init_src drops.
        """
        name = os.path.basename(path)
        # Students' names can contain a +. In nbgrader's times only a zone such as +04 does, at the end.
        time = r"(?P<time>[^+]+ \+[0-9]{2,4}|[^+]+)"
        pattern = rf"(?P<user>.+)\+{re.escape(self.coursedir.assignment_id)}\+{time}(\+[^+]*)?"
        parts = re.fullmatch(pattern, name)
        when = read_moment(parts["time"], self.timezone) if parts else None
        # A special name such as ".." would lead out of the folder of submissions, or to the record of times.
        user = parts["user"] if parts else ""
        if not when or not can_be_true(when) or user[0] == "." or not user.isprintable():
            self.log.error("%s: left out: expected <student>+<assignment>+<time>", clean(name))
            self.left_out[name] = "its name can't be parsed"
            return {"username": NOBODY, "filename": name, "timestamp": datetime.datetime.min}
        return {"username": user, "filename": name, "timestamp": when}

    def copy_files(self) -> None:
        """Collect each submission on its own."""
        self._submitted.mkdir(parents=True, exist_ok=True)
        if not self.src_records:
            self.log.warning("No submissions of '%s' to collect", self.coursedir.assignment_id)
        for record in self.src_records:
            with self._one(record["username"]):
                self._collect(record)
        self._name_left_out()

    def _collect(self, record: _Inbound) -> None:
        student, when = record["username"], record["timestamp"]
        place = self._folder(self.coursedir.submitted_directory, student)
        if place.is_symlink() or place.parent.is_symlink():
            raise NotCopied(f"expected a folder, got the link {place}: replace it by a folder")
        there = place.exists()
        if there and not self._is_wanted(when, read_moment(self.times.get(student, ""), self.timezone)):
            hint = "no newer submission" if self.update else "already collected, use --update to update"
            self.log.info("%s: %s", student, hint)
            return
        self.log.info("%s: %s", student, "updating" if there else "collecting")
        with unfinished_folder(self._submitted) as private:
            with open_folder(os.path.join(self.inbound_path, record["filename"])) as source:
                self._warn_of_owner(source, student)
                copy_folder(source, private / "new", self._rules(student))
            if self.coursedir.groupshared:
                _share(private / "new")
            self._put(private, place, student, f"{when:%Y-%m-%d %H:%M:%S.%f} UTC")

    def _is_wanted(self, when: datetime.datetime, recorded: datetime.datetime | None) -> bool:
        """Return True if a submission replaces the one with the recorded time."""
        newer = self.update and (recorded is None or when > recorded)
        return newer or (self.before_duedate and when != recorded)

    def _put(self, private: Path, place: Path, student: str, time: str) -> None:
        """Move the new folder into place, and record its time.

        If the process is killed in between, the place is empty and the next run collects again. So
        the work of one submission never gets the time of another.
        """
        place.parent.mkdir(exist_ok=True)
        there = place.exists()
        if there:
            place.rename(private / "old")
        try:
            add_times(self._submitted, self.coursedir.assignment_id, {student: time})
            (private / "new").rename(place)
        except BaseException:
            if there:
                (private / "old").rename(place)
            raise

    def _rules(self, student: str) -> CopyRules:
        return CopyRules(
            ignore=self.coursedir.ignore,
            include=self.coursedir.include,
            file_bytes=1000 * self.coursedir.max_file_size,
            total_bytes=1000 * self.coursedir.max_dir_size,
            warn=lambda sentence: self.log.warning("%s: %s", student, sentence),
        )

    def _warn_of_owner(self, source: int, student: str) -> None:
        if not self.check_owner:
            return
        import pwd  # missing on Windows, which has no exchange

        owner = os.fstat(source).st_uid
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"user {owner}"
        if name != student:
            self.log.warning("%s: the files are owned by %s (unset check_owner to ignore this)", student, name)


class ReleaseFeedbackReadably(_EachStudent, ExchangeReleaseFeedback):
    """Release feedback that students can read, whatever the permissions of the course's files.

    The secret next to the pages belongs to the graded submission. A submission collected later has
    another secret.
    """

    def copy_files(self) -> None:
        """Release the feedback of each student on its own."""
        self.left_out = {}
        released: list[str] = []
        course, name = load_course(self.coursedir.root), self.coursedir.assignment_id
        try:
            read_released(course, name)
        except UsageError as error:
            self.fail(error.message)
        pattern = self.coursedir.student_id or "*"
        excluded = self.coursedir.student_id_exclude.split(",")
        feedback = Path(self.coursedir.root, self.coursedir.feedback_directory)
        for student in sorted(path.name for path in feedback.glob("[!.]*")):
            if fnmatch.fnmatchcase(student, pattern) and student not in excluded:
                with self._one(student):
                    released += [student] * self._release(student)
        keep_private(course)
        note_released(course, name, released)
        self._name_left_out()

    def _release(self, student: str) -> bool:
        """Release the pages of one student. Returns: True if there are pages to fetch."""
        folder = self._folder(self.coursedir.feedback_directory, student)
        pages = sorted(folder.glob("*.html"))
        if not pages:
            return False
        # Earlier versions wrote no secret next to the pages.
        secret = read_secret(folder) or read_secret(self._folder(self.coursedir.submitted_directory, student))
        if not secret:
            self.log.warning("%s: not released: no %s, so it is not from the exchange", clean(student), SECRET_FILE)
            return False
        for page in pages:
            name = f"{notebook_hash(secret=secret, notebook_id=page.stem)}.html"
            with unfinished_file(Path(self.dest_path, name)) as stream:
                os.fchmod(stream.fileno(), READABLE)
                stream.write(page.read_bytes())
            self.log.info("%s: released %s", student, page.stem)
        return True


def _share(folder: Path) -> None:
    """Let the group of graders change a copy. The copy contains no links."""
    for place, _, files in os.walk(folder):
        os.chmod(place, 0o2770)
        for name in files:
            os.chmod(Path(place, name), 0o660)
