"""Reads files that students handed in: bounded, in memory; notebooks alone, by their names first of all.

Nothing is unpacked to disk, no link is followed, no pipe or device waited for.
"""

import errno
import functools
import itertools
import os
import stat
from pathlib import Path

from autograder.errors import GraderError
from autograder.intake.archives import TooLarge, Unreadable, find_notebooks, is_at_top, open_archive, unpacked
from autograder.intake.budgets import MAX_ARCHIVE_BYTES, MAX_DEPTH, MAX_FILE_BYTES, SEARCH, SearchEnded
from autograder.plain_text import clean

__all__ = [
    "MAX_FILE_BYTES",
    "MISSING",
    "HandedIn",
    "Unreadable",
    "find_link",
    "is_work",
    "link_on_the_way",
    "names_in",
    "read_bounded",
    "read_whole",
    "unpacked",
]

MAX_LISTED = 5  # files that a message names
# Notebooks, and what is handed in instead of them. Nothing else that the kit gives out lies beside them and ends so.
WORK = (".ipynb", ".py", ".html", ".pdf", ".docx", ".zip", ".rar", ".7z", ".gz")
MISSING = "was not handed in"
CLEAR = "clear the outputs of its cells, save, and hand it in again"
PACK = "pack the notebooks alone, without data"
# A student's own files can bring about these. All other errors are the disk's, or this machine's.
OF_STUDENTS = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO, errno.EISDIR)


class _NotAFile(OSError):
    pass


def read_bounded(file, size):
    """At most `size` bytes of a file that a student handed in.

    Raises: OSError when it can't be read or is no ordinary file.
    """
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(file, os.O_RDONLY | careful)
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        os.close(handle)
        raise _NotAFile
    with open(handle, "rb") as stream:
        return stream.read(min(size, facts.st_size + 1))  # memory is taken for all that is asked for


class HandedIn:
    """What a student handed in: a folder of notebooks, a folder with one zip archive, an archive, or one notebook."""

    def __init__(self, path, *, below=None):
        """`below`: a folder above; what lies on the way from there must be no link, which leads to others' work."""
        self.path = Path(path)
        self.archive_name = self.members = self.problem = self.folder = None
        if below is not None and (link := link_on_the_way(self.path, Path(below))):
            self.problem = Unreadable(f"can't be had: {clean(link.name)} is a link: put the files themselves there")
            return
        self.folder = None if self.path.suffix in (".zip", ".ipynb") else self.path
        archive = self._archive()
        if archive is not None:
            self.archive_name = clean(archive.name)
            try:
                content = read_whole(archive, MAX_ARCHIVE_BYTES, f"can't be had: {self.archive_name} ", remedy=PACK)
                self.members = open_archive(content)
            except Unreadable as problem:
                self.problem = problem

    def _archive(self):
        if self.path.suffix == ".zip":
            return self.path
        if self.folder is None:
            return None
        # What begins with a dot was put there by a system, such as ._hw.zip beside hw.zip.
        inside = [name for name in names_in(self.folder) if name[0] != "."]
        archives = [self.folder / name for name in inside if _is_archive(self.folder / name)]
        has_notebook = any(name.endswith(".ipynb") for name in inside)
        return archives[0] if len(archives) == 1 and not has_notebook else None

    def read(self, name):
        """The bytes of the file of that exact name, and where it is: (folder or ZipFile, folder in it).

        Raises: Unreadable with the reason.
        """
        if self.problem:
            raise self.problem
        if self.members is not None:
            return self._from_archive(name)
        if self.path.suffix != ".ipynb":
            return read_whole(self.path / name, MAX_FILE_BYTES, ""), (self.path, "")
        if self.path.name != name:
            raise Unreadable(MISSING)
        return read_whole(self.path, MAX_FILE_BYTES, ""), (self.path.parent, "")

    def _from_archive(self, name):
        where = f"in {self.archive_name}"
        # The name itself, or the name in the one folder that a student packed.
        found = [member for member in self.members.infolist() if is_at_top(member.filename, name)]
        if not found:
            raise Unreadable(f"is not {where}: pack the notebooks themselves")
        if len(found) > 1:
            raise Unreadable(f"is {len(found)} times {where}: hand in an archive that holds it once")
        return unpacked(self.members, found[0], where), (self.members, found[0].filename.rpartition("/")[0])

    def others(self, names, budget):
        """(label, function that reads it, where it is, see read) of every notebook of another name, wherever it lies.

        Folders and archives inside are looked into, links are not followed.

        Raises: SearchEnded when the Budget is used up, also when a notebook is read.
        """
        if self.members is not None:
            yield from find_notebooks(self.members, self.archive_name, names, budget)
        if self.folder is not None:
            yield from _in_folder(self.folder, names, budget, self.archive_name)
        elif self.path.suffix == ".ipynb" and not self.problem:
            yield self.path.name, lambda: read_whole(self.path, MAX_FILE_BYTES, "", budget), (self.path.parent, "")

    def instead(self, used):
        """For whom a notebook is missing: what else lies there. - used: names of files that are in use already."""
        folder = self.path if self.path.suffix not in (".ipynb", ".zip") else self.path.parent
        if not os.path.lexists(folder):
            astray = [name for name in names_in(folder.parent) if _is_astray(name, folder.name)]
            return f" (there is no folder {clean(folder.name)}, but {_listed(astray)} beside it)" if astray else ""
        if self.path != folder or self.members is not None:
            return ""
        beside = [name for name in names_in(folder) if is_work(name) and name not in used]
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


def _in_folder(top, names, budget, known):
    """The same of a folder, but for the archive in it that is known. Large archives are left to the last."""
    archives, ended = [], None
    try:
        for path in _files_below(top, budget):
            label = path.relative_to(top).as_posix()
            if path.name[0] == ".":
                continue
            if path.name.lower().endswith(".ipynb") and label not in names:
                read = functools.partial(read_whole, path, MAX_FILE_BYTES, "", budget)
                yield label, read, (top, label.rpartition("/")[0])
            elif clean(label) != known and _is_archive(path):
                size = os.lstat(path).st_size
                if size <= MAX_ARCHIVE_BYTES:
                    archives.append((size, label, path))
                else:
                    budget.beyond = f"{clean(label)}, an archive of more than {MAX_ARCHIVE_BYTES >> 20} MB"
    except SearchEnded as limit:
        ended = limit
    for _, label, path in sorted(archives):
        budget.take("archives")
        try:
            members = open_archive(read_whole(path, MAX_ARCHIVE_BYTES, "", budget))
        except Unreadable:
            continue
        yield from find_notebooks(members, label, (), budget)
    if ended:
        raise ended


def _is_archive(path):
    return path.name.lower().endswith(".zip") and stat.S_ISREG(os.lstat(path).st_mode)


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
        except OSError as error:
            _raise_unless_of_student(error, place)
            continue
        yield from (place / name for name in sorted(files))
        # Jupyter's own copies and what archivers add are nobody's work.
        inside = sorted((name for name in folders if name[0] != "." and name != "__MACOSX"), reverse=True)
        if inside and depth > MAX_DEPTH:
            budget.beyond = f"folders that are more than {MAX_DEPTH} deep"
        else:
            waiting += [(place / name, depth + 1) for name in inside]


def find_link(folder):
    """The first link among the files and folders in a folder, or None."""
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            if os.path.islink(os.path.join(place, name)):
                return Path(place, name)
    return None


def link_on_the_way(path, below):
    """The nearest link among a path and the folders above it, up to `below`, which is left out; None without one."""
    way = [path, *path.parents]
    return next((place for place in way[: way.index(below)] if place.is_symlink()), None)


def names_in(folder):
    """The names of what lies in a folder; none when a student's files are the reason that it can't be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in itertools.islice(entries, SEARCH["entries"][0])]
    except OSError as error:
        _raise_unless_of_student(error, folder)
        return []


def _raise_unless_of_student(error, file):
    if error.errno not in OF_STUDENTS:
        raise GraderError(
            f"{clean(str(file))} can't be read ({error.strerror}), which is not the student's fault: let this user read"
            " it, or see what the disk and the system say"
        ) from None


def read_whole(file, size, subject, budget=None, *, remedy=CLEAR):
    """The bytes of a file of at most `size`.

    Inputs:
    - subject: begins the reason of an Unreadable, and `remedy` ends it when the file is too large.
    - budget: the Budget that pays for the bytes that are read.

    Raises: Unreadable; GraderError when the disk or this machine fails.
    """
    too_large = TooLarge(f"{subject}is larger than {size >> 20} MB: {remedy}")
    try:
        declared = os.lstat(file).st_size
        if declared > size:
            raise too_large
        if budget:
            budget.take("bytes", declared)
        content = read_bounded(file, size + 1)
    except _NotAFile:
        raise Unreadable(f"{subject}is not an ordinary file: hand in the notebook itself") from None
    except FileNotFoundError:
        raise Unreadable(f"{subject}{MISSING}") from None
    except OSError as error:
        _raise_unless_of_student(error, file)
        raise Unreadable(f"{subject}can't be read ({error.strerror}): hand in the notebook itself") from None
    if len(content) > size:
        raise too_large
    return content
