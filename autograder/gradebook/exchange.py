"""nbgrader's exchange, where every student can write: releasing, collecting submissions, and releasing feedback.

Names, times and files in the inbound folder are the students' word. One that can't be used is that student's own
matter: it is named at the end, and all others are collected. nbgrader_settings.py puts the classes in place.
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

READABLE = 0o644  # students fetch their feedback themselves, by a name that only they can know
NOBODY = "."  # no student's id, see _path_to_record


class ReleaseWithFiles(ExchangeReleaseAssignment):
    """nbgrader's releasing of an assignment, with files that are not in the release folder."""

    def added_files(self, folder: Path) -> dict[str, bytes]:
        """What students get beside the files of a release folder: dict of path → content. Raises: UsageError."""
        raise NotImplementedError

    def copy_files(self) -> None:
        """Copy the folder and what is added. If something is wrong, what was released before stays."""
        try:
            self.added = self.added_files(Path(self.src_path))
        except UsageError as error:
            self.fail(error.message)
        super().copy_files()

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy the folder; nbgrader sets the permissions of all files afterwards."""
        super().do_copy(src, dest, log)
        for name, content in self.added.items():
            write_bytes(Path(dest, name), content)


class _Inbound(TypedDict):
    """An inbound folder, as nbgrader describes it. - timestamp: in UTC."""

    username: str
    filename: str
    timestamp: datetime.datetime


class _EachStudent:
    """What collecting and releasing share: a failure is one student's, and the end names all of them."""

    left_out: dict[str, str]
    # What nbgrader's exchange has.
    coursedir: CourseDirectory
    fail: Callable[[str], NoReturn]
    log: logging.Logger

    @contextmanager
    def _one(self, student: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # students' files have many ways to be wrong
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
    """nbgrader's collector, which follows no link, and records when each submission was handed in.

    The time is the one in the name of the inbound folder. The timestamp.txt in it belongs to the student, who can
    change it.
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
        """Read the name of an inbound folder. A name that can't be used is NOBODY's, whom init_src leaves out."""
        name = os.path.basename(path)
        # Students' names may hold a +; of nbgrader's times only a zone such as +04 does, and nothing behind them.
        time = r"(?P<time>[^+]+ \+[0-9]{2,4}|[^+]+)"
        pattern = rf"(?P<user>.+)\+{re.escape(self.coursedir.assignment_id)}\+{time}(\+[^+]*)?"
        parts = re.fullmatch(pattern, name)
        when = read_moment(parts["time"], self.timezone) if parts else None
        # A name of the system's own, such as "..", leads out of the folder of submissions, or to the record of times.
        user = parts["user"] if parts else ""
        if not when or not can_be_true(when) or user[0] == "." or not user.isprintable():
            self.log.error("%s: left out: expected <student>+<assignment>+<time>", clean(name))
            self.left_out[name] = "its name can't be read"
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
            raise NotCopied(f"{place} is a link: put a folder in its place")
        there = place.exists()
        if there and not self._is_wanted(when, read_moment(self.times.get(student, ""), self.timezone)):
            hint = "no newer submission" if self.update else "there already, use --update to update"
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
        """Whether a submission takes the place of the one that is there. Only the record tells when that came."""
        newer = self.update and (recorded is None or when > recorded)
        return newer or (self.before_duedate and when != recorded)

    def _put(self, private: Path, place: Path, student: str, time: str) -> None:
        """Move the new folder into place, with its time. If a process ends in between, the place is empty, and the
        next one collects again: work and time of different submissions never meet."""
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
        import pwd  # not on Windows, where there is no exchange

        owner = os.fstat(source).st_uid
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"user {owner}"
        if name != student:
            self.log.warning("%s: the submission belongs to %s (unset check_owner to ignore this)", student, name)


class ReleaseFeedbackReadably(_EachStudent, ExchangeReleaseFeedback):
    """nbgrader's releasing of feedback, which students can read whatever the permissions of the course's own files.

    The secret beside the pages is that of the submission that was graded. One that was collected since has another.
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
        """Returns: whether there is anything that the student can fetch."""
        folder = self._folder(self.coursedir.feedback_directory, student)
        pages = sorted(folder.glob("*.html"))
        if not pages:
            return False
        # An earlier version of the kit left no secret beside the pages.
        secret = read_secret(folder) or read_secret(self._folder(self.coursedir.submitted_directory, student))
        if not secret:
            self.log.warning("%s: not released: no %s, so it did not come by the exchange", clean(student), SECRET_FILE)
            return False
        for page in pages:
            name = f"{notebook_hash(secret=secret, notebook_id=page.stem)}.html"
            with unfinished_file(Path(self.dest_path, name)) as stream:
                os.fchmod(stream.fileno(), READABLE)
                stream.write(page.read_bytes())
            self.log.info("%s: released %s", student, page.stem)
        return True


def _share(folder: Path) -> None:
    """Let the group of graders change a copy, in which there are no links."""
    for place, _, files in os.walk(folder):
        os.chmod(place, 0o2770)
        for name in files:
            os.chmod(Path(place, name), 0o660)
