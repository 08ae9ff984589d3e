"""The files of a submission: in a folder, in an archive, or a single notebook."""

import functools
import os
import stat
import zipfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NoReturn

from autograder.intake.archives import Found, Unreadable, Where, find_notebooks, is_at_top, open_archive, unpacked
from autograder.intake.budgets import MAX_ARCHIVE_BYTES, MAX_FILE_BYTES, Budget, SearchEnded
from autograder.intake.files import (
    MISSING,
    PACK,
    files_below,
    is_work,
    link_on_the_way,
    names_in,
    read_bounded,
    read_whole,
)
from autograder.intake.heads import HEAD_BYTES, may_be_notebook
from autograder.printable import clean
from autograder.reasons import Reason
from autograder.repairs import ProblemKind

__all__ = ["HandedIn"]

MAX_LISTED = 5  # files in a message


class HandedIn:
    """A submission: a folder with notebooks or one zip archive, an archive, or one notebook."""

    def __init__(self, path: str | Path, *, below: str | Path | None = None) -> None:
        """Open a submission.

        Inputs:
        - path: a folder, a zip archive or a notebook
        - below: a folder above it; no folder between may be a link, which could lead to others'
          work
        """
        self.path = Path(path)
        self.archive_name = ""
        self.members: zipfile.ZipFile | None = None
        self.problem: Unreadable | None = None
        self.folder: Path | None = None
        self.is_notebook = False
        if below is not None and (link := link_on_the_way(self.path, Path(below))):
            words = Reason.LINK.format(file=clean(link.name))
            self.problem = Unreadable(ProblemKind.LINK, words)
            return
        # A single notebook may have any name, such as X.ipynb.txt.
        self.is_notebook = self.path.suffix == ".ipynb" or (self.path.suffix != ".zip" and self.path.is_file())
        self.folder = None if self.is_notebook or self.path.suffix == ".zip" else self.path
        archive = self._archive()
        if archive is not None:
            self.archive_name = clean(archive.name)
            try:
                subject, kind = f"can't be read: {self.archive_name} ", ProblemKind.BAD_ARCHIVE
                content = read_whole(archive, MAX_ARCHIVE_BYTES, subject, remedy=PACK, kind=kind)
                self.members = open_archive(content)
            except Unreadable as problem:
                self.problem = problem

    def _archive(self) -> Path | None:
        if self.path.suffix == ".zip":
            return self.path
        if self.folder is None:
            return None
        # Names with a leading dot were added by a system, such as ._hw.zip for hw.zip.
        inside = [name for name in names_in(self.folder) if name[0] != "."]
        archives = [self.folder / name for name in inside if _is_archive(self.folder / name)]
        has_notebook = any(name.endswith(".ipynb") for name in inside)
        return archives[0] if len(archives) == 1 and not has_notebook else None

    def read(self, name: str) -> tuple[bytes, Where]:
        """Return the bytes of the file with this exact name, and its place.

        Raises: Unreadable; GraderError if the disk fails.
        """
        if self.problem:
            raise self.problem
        if self.members is not None:
            return self._from_archive(self.members, name)
        if not self.is_notebook:
            return read_whole(self.path / name, MAX_FILE_BYTES, ""), (self.path, "")
        if self.path.name != name:
            raise Unreadable(ProblemKind.NOT_HANDED_IN, MISSING)
        return read_whole(self.path, MAX_FILE_BYTES, ""), (self.path.parent, "")

    def _from_archive(self, members: zipfile.ZipFile, name: str) -> tuple[bytes, Where]:
        # The name itself, or the name in the one folder that a student packed.
        found = [member for member in members.infolist() if is_at_top(member.filename, name)]
        if not found:
            raise Unreadable(ProblemKind.BAD_ARCHIVE, Reason.NOT_IN_ARCHIVE.format(archive=self.archive_name))
        if len(found) > 1:
            words = Reason.SEVERAL.format(count=len(found), archive=self.archive_name)
            raise Unreadable(ProblemKind.BAD_ARCHIVE, words)
        return unpacked(members, found[0], self.archive_name), (members, found[0].filename.rpartition("/")[0])

    def others(self, names: Collection[str], budget: Budget) -> Iterator[Found]:
        """Yield (label, reading function, place) of Python files and notebooks with other names.

        The content decides whether a file is a notebook. Folders and archives inside are searched,
        links are not followed.

        Inputs:
        - names: of the assignment's notebooks
        - budget: limits of the search

        Raises: SearchEnded if the budget is used up, also when a notebook is read.
        """
        if self.members is not None:
            yield from find_notebooks(self.members, self.archive_name, names, budget)
        if self.folder is not None:
            yield from _in_folder(self.folder, names, budget, self.archive_name)
        elif self.is_notebook and not self.problem and self.path.name not in names:
            yield self.path.name, lambda: read_whole(self.path, MAX_FILE_BYTES, "", budget), (self.path.parent, "")

    def no_notebooks(self) -> list[str]:
        """Return the names of files at the top that may be meant as work, but are not read."""
        names = names_in(self.folder) if self.folder is not None and os.path.isdir(self.folder) else []
        if self.members is not None:
            names = [member.filename for member in self.members.infolist() if member.filename.count("/") < 2]
        read = (".ipynb", ".zip", ".py")
        return sorted(clean(name) for name in names if is_work(name) and not name.lower().endswith(read))

    def instead(self, problem: str, used: Collection[str]) -> str:
        """Add other files in the place of a missing notebook to the reason, if there are any.

        Inputs:
        - problem: the reason
        - used: names of files that count already
        """
        folder = self.path if not (self.is_notebook or self.path.suffix == ".zip") else self.path.parent
        if not os.path.lexists(folder):
            astray = [name for name in names_in(folder.parent) if _is_astray(name, folder.name)]
            words = {"problem": problem, "folder": clean(folder.name), "files": _listed(astray)}
            return Reason.ASTRAY.format(**words) if astray else problem
        if self.path != folder or self.members is not None:
            return problem
        others = [name for name in names_in(folder) if is_work(name) and name not in used]
        if not others:
            return problem
        notebooks = any(name.lower().endswith(".ipynb") for name in others)
        return (Reason.INSTEAD if notebooks else Reason.NO_NOTEBOOKS).format(problem=problem, files=_listed(others))


def _is_astray(name: str, folder: str) -> bool:
    """Return whether a file next to a missing folder belongs into it, or is the folder."""
    return is_work(name) or name.lower() == folder.lower()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(clean(name) for name in sorted(names)[:MAX_LISTED])


def _in_folder(top: Path, names: Collection[str], budget: Budget, known: str) -> Iterator[Found]:
    """Others in a folder, without the archive `known`.

    Archives come last, the largest at the end.
    """
    archives: list[tuple[int, str, Path]] = []
    ended: SearchEnded | None = None
    try:
        for path in files_below(top, budget):
            label = path.relative_to(top).as_posix()
            if path.name[0] == ".":
                continue
            if label in names:
                continue
            if clean(label) != known and _is_archive(path):
                size = os.lstat(path).st_size
                if size <= MAX_ARCHIVE_BYTES:
                    archives.append((size, label, path))
                else:
                    budget.beyond = Reason.LARGE_ARCHIVE.format(file=clean(label), size=MAX_ARCHIVE_BYTES >> 20)
            elif ".ipynb" in path.name.lower() or path.name.endswith(".py") or may_be_notebook(_head(path)):
                read = functools.partial(read_whole, path, MAX_FILE_BYTES, "", budget)
                yield label, read, (top, label.rpartition("/")[0])
    except SearchEnded as limit:
        ended = limit
    for _, label, path in sorted(archives):
        budget.take("archives")
        try:
            members = open_archive(read_whole(path, MAX_ARCHIVE_BYTES, "", budget))
        except Unreadable as reason:
            yield label, functools.partial(_refuse, reason), (top, "")
            continue
        yield from find_notebooks(members, label, (), budget)
    if ended:
        raise ended


def _refuse(reason: Unreadable) -> NoReturn:
    raise reason


def _head(path: Path) -> bytes:
    """The first bytes of a file; b"" if it can't be read."""
    try:
        return read_bounded(path, HEAD_BYTES)
    except OSError:
        return b""


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(".zip") and stat.S_ISREG(os.lstat(path).st_mode)
