"""Reads files that a notebook refers to, such as pictures, only from the submission."""

from __future__ import annotations

import os
import posixpath
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.intake.archives import unpacked
from autograder.intake.budgets import PICTURE_BYTES
from autograder.intake.files import Unreadable, names_in, read_whole
from autograder.language import tr_later
from autograder.reasons import Reason
from autograder.repairs import ProblemKind

__all__ = ["Place", "place_of"]

SMALLER = tr_later("make it smaller")

Listed = dict[str, list[str]]  # normalized name, see _plain → names in the folder


def place_of(container: Path | zipfile.ZipFile, inside: str, listed: dict[Path, Listed]) -> Place:
    """Return the Place of a notebook, which reads the files that its text refers to.

    Inputs:
    - container: folder or archive
    - inside: the notebook's folder in the container, a path with slashes
    - listed: cache of folder listings, shared by the places of a submission; changed in place
    """
    return _FolderPlace(container, inside, listed) if isinstance(container, Path) else _ArchivePlace(container, inside)


class Place:
    """The place of a notebook. - inside: its folder in the submission, a path with slashes."""

    def __init__(self, inside: str) -> None:
        self.inside = inside

    def read(self, name: str) -> bytes | None:
        """Return the content of a file, or None if it does not exist.

        The name is relative to the notebook, as in Jupyter. Learning management systems drop
        folders, and some names are paths on the student's own disk. So as a fallback, the last part
        of the name is searched next to the notebook.

        Raises: Unreadable if the file is too large or damaged; GraderError if the disk fails.
        """
        path = re.sub(r"^file:/*", "/", name, flags=re.IGNORECASE).replace("\\", "/")
        if not path.isprintable():
            return None
        for wanted in dict.fromkeys((path, path.partition("?")[0], path.partition("?")[0].rpartition("/")[2])):
            place = posixpath.normpath(posixpath.join(self.inside, wanted))
            if wanted and place[0] != "/" and place.partition("/")[0] not in ("..", "."):
                content = self._content(place)
                if content is not None:
                    return content
        return None

    def _content(self, path: str) -> bytes | None:
        """The content of the file with this path from the top, or None."""
        raise NotImplementedError


class _FolderPlace(Place):
    """The place of a notebook in a folder."""

    def __init__(self, top: Path, inside: str, listed: dict[Path, Listed]) -> None:
        super().__init__(inside)
        self.top, self.listed = top, listed

    def _content(self, path: str) -> bytes | None:
        place = self.top
        for part in path.split("/"):
            if place not in self.listed:
                self.listed[place] = _by_case(names_in(place))
            name = _found(self.listed[place], part)
            if name is None or os.path.islink(place / name):
                return None
            place = place / name
        try:
            if not stat.S_ISREG(os.lstat(place).st_mode):
                return None
        except OSError:
            return None  # it was removed in the meantime
        return read_whole(place, PICTURE_BYTES, "", remedy=SMALLER)


class _ArchivePlace(Place):
    """The place of a notebook in a zip archive."""

    def __init__(self, members: zipfile.ZipFile, inside: str) -> None:
        super().__init__(inside)
        self.members = members
        self.listed: Listed | None = None

    def _content(self, path: str) -> bytes | None:
        if self.listed is None:
            self.listed = _by_case(member.filename for member in self.members.infolist())
        name = _found(self.listed, path)
        if name is None:
            return None
        member = self.members.getinfo(name)
        if member.is_dir():
            return None
        if member.file_size > PICTURE_BYTES:
            raise Unreadable(ProblemKind.TOO_LARGE, Reason.TOO_LARGE.format(size=PICTURE_BYTES >> 20, remedy=SMALLER))
        return unpacked(self.members, member, tr_later("the archive"))


def _by_case(names: Iterable[str]) -> Listed:
    found: Listed = {}
    for name in names:
        found.setdefault(_plain(name), []).append(name)
    return found


def _found(listed: Mapping[str, list[str]], name: str) -> str | None:
    """The name itself, or a name that some file systems treat as equal."""
    names = listed.get(_plain(name), ())
    return name if name in names else next(iter(names), None)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()
