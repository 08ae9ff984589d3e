"""Reads files that students handed in: bounded, in memory; notebooks alone, by their names first of all.

Nothing is unpacked to disk, no link is followed, no pipe or device waited for.
"""

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path

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

MAX_FILE_BYTES = 20 << 20
MAX_ARCHIVE_BYTES = 50 << 20
MAX_MEMBERS = 1000
MAX_DEPTH = 4  # of folders that are looked into
MAX_INNER_ARCHIVES = 10  # that are looked into, of those in a folder
MAX_LISTED = 5  # files that a message names
# Notebooks, and what is handed in instead of them. Nothing else that the kit gives out lies beside them and ends so.
WORK = (".ipynb", ".py", ".html", ".pdf", ".docx", ".zip", ".rar", ".7z", ".gz")
MISSING = "was not handed in"
DIRECTORY_ENTRY = b"PK\x01\x02"
# Other methods can be made to ask for gigabytes before the first byte is out.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1


class Unreadable(Exception):
    """Why a file can't be used, as a text that goes on from its name."""


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
                self.members = _members(read_whole(archive, MAX_ARCHIVE_BYTES, f"can't be had: {self.archive_name} "))
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
        found = [member for member in self.members.infolist() if _is_at_top(member.filename, name)]
        if not found:
            raise Unreadable(f"is not {where}: pack the notebooks themselves")
        if len(found) > 1:
            raise Unreadable(f"is {len(found)} times {where}: hand in an archive that holds it once")
        return unpacked(self.members, found[0], where)

    def others(self, names):
        """(label, function that reads it) of every notebook whose name is none of these, wherever it lies.

        Folders and archives inside are looked into, links are not followed.
        """
        if self.problem:
            return
        if self.members is not None:
            yield from _in_archive(self.members, self.archive_name, names)
        elif self.path.suffix == ".ipynb":
            yield self.path.name, lambda: read_whole(self.path, MAX_FILE_BYTES, "")
        else:
            yield from _in_folder(self.path, names)

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


def _in_folder(top, names):
    archives = 0
    for place, folders, files in os.walk(top):
        # Jupyter's own copies and what archivers add are nobody's work.
        folders[:] = sorted(name for name in folders if name[0] != "." and name != "__MACOSX")
        if len(Path(place).relative_to(top).parts) >= MAX_DEPTH:
            folders.clear()
        for name in sorted(files):
            path = Path(place, name)
            label = path.relative_to(top).as_posix()
            if name.lower().endswith(".ipynb") and name[0] != "." and label not in names:
                yield label, lambda path=path: read_whole(path, MAX_FILE_BYTES, "")
            elif name.lower().endswith(".zip") and archives < MAX_INNER_ARCHIVES:
                archives += 1
                try:
                    members = _members(read_whole(path, MAX_ARCHIVE_BYTES, ""))
                except Unreadable:
                    continue
                yield from _in_archive(members, label, ())


def _in_archive(members, archive, names):
    for member in members.infolist():
        *folders, last = member.filename.split("/")
        hidden = last[:1] == "." or any(folder == "__MACOSX" or folder[:1] == "." for folder in folders)
        if last.lower().endswith(".ipynb") and not hidden and not any(_is_at_top(member.filename, n) for n in names):
            yield f"{archive}/{member.filename}", lambda member=member: unpacked(members, member, f"in {archive}")


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
        return os.listdir(folder)
    except OSError:
        return []


def read_whole(file, size, subject):
    """The bytes of a file of at most `size`; `subject` begins the reason of an Unreadable."""
    try:
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


def _is_at_top(member, name):
    *folders, last = member.split("/")
    return last == name and (not folders or (len(folders) == 1 and folders[0] not in ("", ".", "..", "__MACOSX")))


def _members(content):
    # Each entry of the directory begins so: an upper bound on their number, before any is read.
    if content.count(DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise Unreadable(f"is in an archive of more than {MAX_MEMBERS} files: pack the notebooks alone")
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError) as error:
        raise Unreadable(f"is in an archive that can't be opened ({clean(str(error))}): pack it again") from None


def unpacked(archive, member, where):
    """The bytes of a member of a zip archive; `where` goes into the reason of an Unreadable."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.is_dir() or kind not in (0, stat.S_IFREG):
        raise Unreadable(f"{where} is not an ordinary file: pack the notebook itself")
    if member.flag_bits & ENCRYPTED:
        raise Unreadable(f"{where} is encrypted: pack it without a password")
    if member.compress_type not in METHODS:
        raise Unreadable(f"{where} is packed by an unusual method: pack it as an ordinary zip")
    try:
        with archive.open(member) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)  # the size that the archive declares is a student's word
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as error:
        raise Unreadable(f"{where} can't be unpacked ({clean(str(error))}): pack it again") from None
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable(f"{where} unpacks to more than {MAX_FILE_BYTES >> 20} MB: clear the outputs of its cells")
    return content
