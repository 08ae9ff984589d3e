"""`nbgrader zip_collect` with the kit's rules: it knows whose a file is, and unpacks no more than a download may hold.

nbgrader's own needs a regular expression for the names, and unpacks students' archives without limits.
nbgrader_settings.py puts both classes in place.
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
    """Unpacks downloads. Students' archives in them stay as they are: the kit reads those when it grades."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack each archive of a folder, and copy its folders, into another folder."""
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
    """Tells the owner of a file by the whole download, as `autograder collect` does."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return whose a file is, as nbgrader wants it; None for one that is not collected."""
        if self.named_regexp:
            return super().collect(submitted_file)
        return self._planned.get(Path(submitted_file).resolve())

    @functools.cached_property
    def _planned(self) -> dict[Path, dict[str, str]]:
        """The facts of the files of all downloads that were extracted, by path."""
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
