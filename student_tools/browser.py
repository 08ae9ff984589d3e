"""Check, hand in and keep the work of notebooks that run in a browser, without a terminal.

The notebook HandIn.ipynb of such a site calls these functions. The working folder is the folder of
the notebooks, which the browser keeps.
"""

from __future__ import annotations

import base64
import html
import zipfile
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from student_tools import run_checks, submit
from student_tools.archive import write_zip
from student_tools.atomic_write import unfinished_file
from student_tools.language import tr
from student_tools.manifest import read_manifest

__all__ = ["HAND_IN", "back_up", "check", "hand_in", "restore"]

HAND_IN = "HandIn.ipynb"
MOST_BYTES = 64 * 2**20  # of the files in a backup


def check(package: str, *notebooks: str) -> None:
    """Run the visible checks of notebooks in this kernel, and list what is left to do.

    Inputs:
    - package: name of the course's package
    - notebooks: file names; none means all
    """
    run_checks.main(list(notebooks), package=_folder(package))


def hand_in(package: str) -> None:
    """Look for faults, pack the submission into a zip, and show a link to download it.

    Input:
    - package: name of the course's package
    """
    if submit.main([], package=_folder(package)) == 0:
        _offer(f"{read_manifest(_folder(package))['assignment']}-submission.zip")


def back_up(name: str = "backup.zip") -> None:
    """Pack all files of the folder into a zip, and show a link to download it.

    HandIn.ipynb stays out: its output contains the zip.

    Raises: ValueError if the files are too large.
    """
    files = (path for path in sorted(Path().rglob("*")) if path.is_file())
    paths = [path for path in files if path.suffix != ".zip" and path.name != HAND_IN]
    if (size := sum(path.stat().st_size for path in paths)) > MOST_BYTES:
        words = {"size": size // 2**20, "most": MOST_BYTES // 2**20}
        raise ValueError(tr("the files have {size} MiB, expected at most {most}: delete large files first", **words))
    with unfinished_file(name) as file:
        write_zip(file, {path.as_posix(): path.read_bytes() for path in paths})
    _offer(name)


def restore(name: str = "backup.zip") -> None:
    """Unpack a backup that was uploaded into the folder. Files that differ are kept as "old-…".

    Raises: FileNotFoundError if there is no such file, ValueError if it is not a backup.
    """
    if not Path(name).is_file():
        raise FileNotFoundError(tr("expected {file} in this folder: upload it first", file=name))
    try:
        with zipfile.ZipFile(name) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
            files = {} if sum(sizes) > MOST_BYTES else {entry: archive.read(entry) for entry in archive.namelist()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError) as error:
        raise ValueError(tr("{file} is not a backup ({error}): upload it again", file=name, error=error)) from None
    if not files or any(PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts for path in files):
        raise ValueError(tr("{file} is not a backup: expected a zip of `back_up`", file=name))
    for path, content in files.items():
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_file() and (before := target.read_bytes()) != content:
            _write(target.with_name(f"old-{target.name}"), before)
        _write(target, content)
    print(tr("{count} files restored; reload this page, and open your notebooks again", count=len(files)))


def _write(path: Path, content: bytes) -> None:
    """Write a file as another one, and rename it.

    JupyterLite never answers if a file of its site is overwritten, and knows a notebook by the name
    under which it was written.
    """
    new = path.with_name(f"new-{path.name}")
    new.write_bytes(content)
    new.replace(path)


def _folder(package: str) -> Path:
    """Return the folder of an installed package."""
    found = find_spec(package)
    return Path((found and found.origin) or package).parent


def _offer(name: str) -> None:
    """Show a link that downloads a file of the folder."""
    from IPython.display import HTML, display

    content = base64.b64encode(Path(name).read_bytes()).decode()
    words = html.escape(tr("download {file}", file=name))
    link = f'<a download="{html.escape(name)}" href="data:application/zip;base64,{content}">{words}</a>'
    display(HTML(link))
