"""`nbgrader zip_collect` with the rules and limits of `autograder collect`.

nbgrader's own plugins need a regular expression for the names, and unpack students' archives
without limits. nbgrader_settings.py installs both classes.
"""

import functools
from pathlib import Path

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from autograder.atomic_io import write_bytes
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.intake.downloads import Entry, open_download
from autograder.intake.files import Unreadable
from autograder.intake.lms_import import Collected, plan
from autograder.intake.safe_names import safe_path
from autograder.printable import clean
from autograder.repairs import ProblemKind

__all__ = ["CollectByOwner", "ExtractWithLimits"]


class ExtractWithLimits(ExtractorPlugin):
    """Unpack downloads. Students' archives in them stay packed until grading."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack the archives of a folder into another folder, and copy its folders there."""
        for place in sorted(Path(archive_path).iterdir()):
            try:
                with open_download(place) as entries:
                    for entry in entries:
                        self._write(entry, Path(extracted_path, place.stem))
            except UsageError as error:
                self.parent.fail(str(error))

    def _write(self, entry: Entry, folder: Path) -> None:
        target = safe_path(entry.name)
        try:
            if target is None:
                raise Unreadable(ProblemKind.UNREADABLE, "leads out of the download")
            write_bytes(folder / target, entry.read())
        except Unreadable as reason:
            self.log.error("%s: left out: %s", clean(entry.name), clean(str(reason)))


class CollectByOwner(FileNameCollectorPlugin):
    """Find the owner of a file from the whole download, as `autograder collect` does."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return the student and the name of a file for nbgrader; None if it is not collected."""
        if self.named_regexp:
            return super().collect(submitted_file)
        return self._planned.get(Path(submitted_file).resolve())

    @functools.cached_property
    def _planned(self) -> dict[Path, dict[str, str]]:
        """Dict of path → student and name, for the files of all extracted downloads."""
        app = self.parent
        course = load_course(app.coursedir.root)
        planned = {}
        for folder in sorted(Path(app._format_collect_path(app.extracted_directory)).iterdir()):
            found = Collected()
            try:
                with open_download(folder) as entries:
                    files, _ = plan(folder, list(entries), course, found)
            except UsageError as error:
                app.fail(str(error))
            for name, reason in found.left_out.items():
                self.log.error("%s: left out: %s", clean(name), clean(reason))
            for student, theirs in files.items():
                for file in theirs:
                    facts = {"student_id": student, "file_id": str(file.target)}
                    planned[(folder / file.entry.name).resolve()] = facts
        return planned
