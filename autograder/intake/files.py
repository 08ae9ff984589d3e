"""Reads files that students handed in: bounded, in memory; notebooks alone, by their names first of all.

Nothing is unpacked to disk, no link is followed, no pipe or device waited for.
"""

import itertools
import os
import stat
from pathlib import Path

from autograder.intake.archives import Unreadable, find_notebooks, is_at_top, open_archive, unpacked
from autograder.intake.budgets import MAX_ARCHIVE_BYTES, MAX_DEPTH, MAX_FILE_BYTES, SEARCH
from autograder.plain_text import clean

__all__ = [
    "MAX_FILE_BYTES",
    "MISSING",
    "HandedIn",
    "Unreadable",
    "find_link",
    "is_work",
    "read_bounded",
    "read_whole",
    "unpacked",
]

MAX_LISTED = 5  # files that a message names
# Notebooks, and what is handed in instead of them. Nothing else that the kit gives out lies beside them and ends so.
WORK = (".ipynb", ".py", ".html", ".pdf", ".docx", ".zip", ".rar", ".7z", ".gz")
MISSING = "was not handed in"


class _NotAFile(OSError):
    pass


def read_bounded(file, size):
    """At most `size` bytes of a file that a student handed in.

    Raises: OSError when it can't be read or is no ordinary file.
    """
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(file, os.O_RDONLY | careful)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _NotAFile
    with open(handle, "rb") as stream:
        return stream.read(size)


class HandedIn:
    """What a student handed in: a folder of notebooks, a folder with one zip archive, an archive, or one notebook."""

    def __init__(self, path, *, below=None):
        """`below`: a folder above; what lies on the way from there must be no link, which leads to others' work."""
        self.path = Path(path)
        self.archive_name = self.members = self.problem = None
        if below is not None and (link := _link_on_the_way(self.path, Path(below))):
            self.problem = f"can't be had: {clean(link.name)} is a link: put the files themselves there"
            return
        archive = self._archive()
        if archive is not None:
            self.archive_name = clean(archive.name)
            try:
                content = read_whole(archive, MAX_ARCHIVE_BYTES, f"can't be had: {self.archive_name} ")
                self.members = open_archive(content)
            except Unreadable as problem:
                self.problem = str(problem)

    def _archive(self):
        if self.path.suffix == ".zip":
            return self.path
        if self.path.suffix == ".ipynb":
            return None
        inside = _names(self.path)
        archives = [name for name in inside if name.lower().endswith(".zip")]
        has_notebook = any(name.endswith(".ipynb") for name in inside)
        return self.path / archives[0] if len(archives) == 1 and not has_notebook else None

    def read(self, name):
        """The bytes of the file of that exact name.

        Raises: Unreadable with the reason.
        """
        if self.problem:
            raise Unreadable(self.problem)
        if self.members is not None:
            return self._from_archive(name)
        if self.path.suffix != ".ipynb":
            return read_whole(self.path / name, MAX_FILE_BYTES, "")
        if self.path.name != name:
            raise Unreadable(MISSING)
        return read_whole(self.path, MAX_FILE_BYTES, "")

    def _from_archive(self, name):
        where = f"in {self.archive_name}"
        # The name itself, or the name in the one folder that a student packed.
        found = [member for member in self.members.infolist() if is_at_top(member.filename, name)]
        if not found:
            raise Unreadable(f"is not {where}: pack the notebooks themselves")
        if len(found) > 1:
            raise Unreadable(f"is {len(found)} times {where}: hand in an archive that holds it once")
        return unpacked(self.members, found[0], where)

    def others(self, names, budget):
        """(label, function that reads it) of every notebook whose name is none of these, wherever it lies.

        Folders and archives inside are looked into, links are not followed.

        Raises: SearchEnded when the Budget is used up, also when a notebook is read.
        """
        if self.problem:
            return
        if self.members is not None:
            yield from find_notebooks(self.members, self.archive_name, names, budget)
        elif self.path.suffix == ".ipynb":
            yield self.path.name, lambda: read_whole(self.path, MAX_FILE_BYTES, "", budget)
        else:
            yield from _in_folder(self.path, names, budget)

    def instead(self, used):
        """For whom a notebook is missing: what else lies there. - used: names of files that are in use already."""
        folder = self.path if self.path.suffix not in (".ipynb", ".zip") else self.path.parent
        if not os.path.lexists(folder):
            astray = [name for name in _names(folder.parent) if _is_astray(name, folder.name)]
            return f" (there is no folder {clean(folder.name)}, but {_listed(astray)} beside it)" if astray else ""
        if self.path != folder or self.members is not None:
            return ""
        beside = [name for name in _names(folder) if is_work(name) and name not in used]
        if not beside:
            return ""
        notebooks = any(name.lower().endswith(".ipynb") for name in beside)
        todo = "" if notebooks else ": hand in the notebook itself, the file that ends in .ipynb"
        return f" (there is {_listed(beside)}{todo})"


def is_work(name):
    """Whether a file's name is that of a notebook, or of what is handed in instead of one."""
    return name.lower().endswith(WORK) and not name.startswith(".")


def _is_astray(name, folder):
    """Whether something beside a folder that is missing may be what should be in it, or the folder itself."""
    return is_work(name) or name.lower() == folder.lower()


def _listed(names):
    return ", ".join(clean(name) for name in sorted(names)[:MAX_LISTED])


def _in_folder(top, names, budget):
    for path in _files_below(top, budget):
        label = path.relative_to(top).as_posix()
        if path.name.lower().endswith(".ipynb") and path.name[0] != "." and label not in names:
            yield label, lambda path=path: read_whole(path, MAX_FILE_BYTES, "", budget)
        elif path.name.lower().endswith(".zip"):
            budget.take("archives")
            try:
                members = open_archive(read_whole(path, MAX_ARCHIVE_BYTES, "", budget))
            except Unreadable:
                continue
            yield from find_notebooks(members, label, (), budget)


def _files_below(top, budget):
    """The files in a folder in the order of their names, then those in the folders in it. os.walk would first make a
    list of a whole folder, however large."""
    waiting = [(Path(top), 1)]
    while waiting:
        place, depth = waiting.pop()
        files, folders = [], []
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    budget.take("entries")
                    (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        except OSError:
            continue
        yield from (place / name for name in sorted(files))
        if depth <= MAX_DEPTH:
            # Jupyter's own copies and what archivers add are nobody's work.
            inside = sorted((name for name in folders if name[0] != "." and name != "__MACOSX"), reverse=True)
            waiting += [(place / name, depth + 1) for name in inside]


def find_link(folder):
    """The first link among the files and folders in a folder, or None."""
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            if os.path.islink(os.path.join(place, name)):
                return Path(place, name)
    return None


def _link_on_the_way(path, below):
    way = [path, *path.parents]
    return next((place for place in way[: way.index(below)] if place.is_symlink()), None)


def _names(folder):
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in itertools.islice(entries, SEARCH["entries"][0])]
    except OSError:
        return []


def read_whole(file, size, subject, budget=None):
    """The bytes of a file of at most `size`.

    Inputs:
    - subject: begins the reason of an Unreadable. - budget: the Budget that pays for the bytes, also of a file that is
      too large.
    """
    try:
        if budget:
            budget.take("bytes", min(os.lstat(file).st_size, size))
        content = read_bounded(file, size + 1)
    except _NotAFile:
        raise Unreadable(f"{subject}is not an ordinary file: hand in the notebook itself") from None
    except FileNotFoundError:
        raise Unreadable(f"{subject}{MISSING}") from None
    except OSError as error:
        raise Unreadable(f"{subject}can't be read ({error.strerror}): hand in the notebook itself") from None
    if len(content) > size:
        raise Unreadable(
            f"{subject}is larger than {size >> 20} MB: clear the outputs of its cells, save, and hand it in again"
        )
    return content
