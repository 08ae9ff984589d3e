"""Get the data with ``python -m cs231n.datasets cifar10`` or ``… synthetic``, the stand-in.

``--to FOLDER`` sets the folder; the default is CS231N_DATA if set, else ``./data``. Existing data
are kept.
"""

import argparse
import hashlib
import http.client
import io
import os
import re
import shutil
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from cs231n.data_utils import ARCHIVE_NAME, REAL_FOLDER, STAND_IN_FOLDER, TEST_FILE, TRAIN_FILES
from cs231n.synthetic import make_synthetic
from cs231n.training_bar import progress_bar
from student_tools.atomic_write import remove_left_behind, unfinished_folder
from student_tools.command_line import argparse_in_language
from student_tools.language import tr

__all__ = ["DatasetError", "download_cifar10", "main", "unpack"]

ARCHIVE = f"{ARCHIVE_NAME}.tar.gz"
ARCHIVE_MD5 = "c58f30108f718f92721af3b95e74349a"
BASE_URL = "https://www.cs.toronto.edu/~kriz/"
BATCH_MD5S = {
    "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}

_PIECE = 1 << 18
_TIMEOUT_SECONDS = 30
_LARGEST_MEMBER = 40_000_000  # a batch has 31 MB
_IGNORED_MEMBERS = ("readme.html",)


class DatasetError(RuntimeError):
    """Error if the data cannot be downloaded or unpacked; its message is one line."""


def download_cifar10(folder, *, base_url=BASE_URL, archive_md5=ARCHIVE_MD5, batch_md5s=None):
    """Download, check and unpack CIFAR-10 to folder/cifar-10-batches-py; return its path.

    An interrupted download continues where it stopped. An existing archive, in folder or in its
    parent, is unpacked without a download. If the target folder exists, nothing is done.

    Inputs:
    - folder: parent of the new folder; created if missing
    - base_url: URL of the archive's folder
    - archive_md5: checksum of the archive
    - batch_md5s: dict of file name → checksum; None means those of CIFAR-10

    Raises DatasetError if the server fails, a checksum is wrong, or the archive has unexpected
    files.
    """
    folder = Path(folder)
    target = folder / REAL_FOLDER
    if target.exists():
        return target
    if sys.platform == "emscripten":
        raise DatasetError(tr("a browser cannot download CIFAR-10: its server does not allow other sites"))
    folder.mkdir(parents=True, exist_ok=True)
    for archive in (folder / ARCHIVE, folder.resolve().parent / ARCHIVE):
        if archive.is_file() and _md5(archive) == archive_md5:
            unpack(archive, target, BATCH_MD5S if batch_md5s is None else batch_md5s)
            return target
    part = folder / (ARCHIVE + ".part")
    _download(base_url.rstrip("/") + "/" + ARCHIVE, part)
    got = _md5(part)
    if got != archive_md5:
        part.unlink()
        raise DatasetError(
            tr(
                "{file}: expected md5 {expected}, got {got}; the download was deleted, run the command again",
                file=ARCHIVE,
                expected=archive_md5,
                got=got,
            )
        )
    unpack(part, target, BATCH_MD5S if batch_md5s is None else batch_md5s)
    part.unlink()
    return target


def unpack(archive, target, batch_md5s):
    """Unpack the batch files of the archive, check them, and then move them to the folder target.

    Inputs:
    - archive: a .tar.gz with regular files '<name of target>/<expected name>' of a plausible size
    - target: the new folder
    - batch_md5s: dict of file name → checksum

    Raises DatasetError for any other file, a missing file or a wrong checksum.
    """
    target = Path(target)
    with unfinished_folder(target.parent) as workshop:
        try:
            with tarfile.open(archive, "r:gz") as tar:
                for member in tar:
                    _unpack_member(tar, member, workshop, batch_md5s)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise DatasetError(tr("{archive} cannot be unpacked: {error}", archive=archive, error=error)) from error
        for name, md5 in batch_md5s.items():
            if not (workshop / name).is_file():
                raise DatasetError(tr("{archive} lacks the file {name}", archive=archive, name=name))
            got = _md5(workshop / name)
            if got != md5:
                words = {"file": name, "expected": md5, "got": got, "archive": archive}
                raise DatasetError(
                    tr("{file}: expected md5 {expected}, got {got}; delete {archive} and run again", **words)
                )
        workshop.chmod(0o755)  # readable by all: a class often shares one copy
        workshop.rename(target)


@argparse_in_language()
def main(arguments=None):
    """Run the command line; return the exit status, 0 done or 2 failed."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n.datasets", description=tr("Get the data of the assignment.")
    )
    parser.add_argument(
        "dataset",
        choices=("cifar10", "synthetic"),
        help=tr("cifar10: download CIFAR-10 (163 MB); synthetic: make a stand-in, without a network"),
    )
    to_help = tr("target folder (default: CS231N_DATA if set, else ./data)")
    parser.add_argument("--to", metavar="FOLDER", help=to_help)
    large_help = tr("with synthetic: 60,000 images, as many as CIFAR-10 has, and not 12,000")
    parser.add_argument("--large", action="store_true", help=large_help)
    options = parser.parse_args(arguments)
    if options.large and options.dataset == "cifar10":
        parser.error(tr("expected synthetic with --large"))
    folder = Path(options.to or os.environ.get("CS231N_DATA") or "data")
    real = options.dataset == "cifar10"
    target = folder / (REAL_FOLDER if real else STAND_IN_FOLDER)
    if target.exists():
        remove_left_behind(folder)
        inside = target / target.name if (target / target.name).is_dir() else target  # find_data finds it there too
        missing = [name for name in (*TRAIN_FILES, TEST_FILE) if not (inside / name).is_file()]
        if missing:
            words = tr(
                "{folder} lacks {missing}: delete that folder and run the command again",
                folder=inside,
                missing=", ".join(missing),
            )
            print(f"python -m cs231n.datasets: {words}", file=sys.stderr)
            return 2
        print(tr("{folder} already exists; nothing to do.", folder=target))
        return 0
    try:
        if real:
            download_cifar10(folder)
        else:
            make_synthetic(folder, large=options.large)
    except (DatasetError, OSError) as error:
        if isinstance(error, OSError):
            error = tr(
                "cannot write {folder} ({error}): free some space, or use another folder with --to",
                folder=target,
                error=error.strerror,
            )
        print(f"python -m cs231n.datasets: {error}", file=sys.stderr)
        if real:
            words = tr("Without a network, `python -m cs231n.datasets synthetic` makes a stand-in.")
            print(words, file=sys.stderr)
        return 2
    print(tr("{folder} is ready.", folder=target), _next_step(folder))
    return 0


def _next_step(folder):
    """Return how to use the data of this folder, which find_data searches."""
    if os.environ.get("CS231N_DATA") and folder.resolve() == Path(os.environ["CS231N_DATA"]).resolve():
        return tr("Next: open the notebook; get_CIFAR10_data() finds the data through CS231N_DATA.")
    if folder.name == "data":
        return tr(
            "Next: open the notebook; get_CIFAR10_data() finds the data from {folder} and the folders in it.",
            folder=folder.resolve().parent,
        )
    return tr(
        "Next: open the notebook; get_CIFAR10_data() finds the data if you set CS231N_DATA={folder}.",
        folder=folder.resolve(),
    )


def _download(url, part):
    """Download url to the file part, after its existing bytes; raise DatasetError on failure."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            # A server that knows no ranges sends everything, with status 200: start again then.
            if have and _range_start(answer) != have:
                have = 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with (
                part.open("ab" if have else "wb") as file,
                progress_bar(total, initial=have, unit="B", unit_scale=True, desc=ARCHIVE) as progress,
            ):
                while piece := answer.read(_PIECE):
                    file.write(piece)
                    progress.update(len(piece))
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:
            return  # no bytes after ours: the file is complete, or its checksum is wrong
        raise DatasetError(
            tr("{url}: the server answered {code} {reason}", url=url, code=error.code, reason=error.reason)
        ) from error
    except (OSError, http.client.HTTPException) as error:
        kept = part.stat().st_size if part.exists() else 0
        words = {"url": url, "reason": getattr(error, "reason", None) or error, "kept": f"{kept:,}"}
        if kept:
            fault = tr(
                "cannot download {url}: {reason}; {kept} bytes are kept, run the command again to continue", **words
            )
        else:
            fault = tr("cannot download {url}: {reason}", **words)
        raise DatasetError(fault) from error
    size = part.stat().st_size
    if total is not None and size < total:
        words = {"url": url, "expected": f"{total:,}", "got": f"{size:,}"}
        raise DatasetError(
            tr("{url}: expected {expected} bytes, got {got}; run the command again to continue", **words)
        )


def _range_start(answer):
    """Return the first byte that a partial answer (status 206) begins with, else None."""
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(match.group(1)) if answer.status == 206 and match else None


def _unpack_member(tar, member, workshop, batch_md5s):
    """Write one member of the archive to workshop; raise DatasetError for an unexpected one."""
    if member.isdir() and member.name.rstrip("/") == REAL_FOLDER:
        return
    folder, _, name = member.name.rpartition("/")
    if folder != REAL_FOLDER or name not in (*batch_md5s, *_IGNORED_MEMBERS):
        raise DatasetError(tr("unexpected file {name!r} in the archive; nothing was unpacked", name=member.name))
    if not member.isreg() or member.size > _LARGEST_MEMBER:
        raise DatasetError(
            tr(
                "the archive's member {name!r} is not a regular file of plausible size; nothing was unpacked",
                name=member.name,
            )
        )
    if name in batch_md5s:
        # Written under a name from our own list, so nothing in the archive chooses a path or permissions.
        with tar.extractfile(member) as source, (workshop / name).open("xb") as file:
            shutil.copyfileobj(source, file, _PIECE)


def _md5(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a pipe on Windows may be unable to encode a translation
    sys.exit(main())
