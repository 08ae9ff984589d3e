"""Pyodide, which is Python in a browser: its packages, from a folder or from a server."""

import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.errors import UsageError

__all__ = ["CDN", "VERSION", "copy_pyodide", "packages_to_load", "read_packages"]

VERSION = "0.27.7"  # tested with the pinned JupyterLite
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
LOCK = "pyodide-lock.json"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL_NEEDS = ("ipython", "jedi", "micropip", "packaging", "sqlite3", "ssl")

Packages = Mapping[str, Mapping[str, Any]]


def read_packages(place: str) -> Packages:
    """Read which packages a copy of Pyodide has: name → entry of its lock.

    Inputs:
    - place: folder or address; an address ends with "/".

    Raises: UsageError if the lock cannot be read, or is of another version.
    """
    try:
        if "://" in place:
            with urllib.request.urlopen(place + LOCK, timeout=60) as answer:
                lock = json.load(answer)
        else:
            lock = json.loads(Path(place, LOCK).read_text(encoding="utf-8"))
        version, packages = lock["info"]["version"], lock["packages"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"expected {LOCK} of Pyodide {VERSION} in {place}, got {error!r}: use --pyodide DIR") from None
    if version != VERSION:
        raise UsageError(f"expected Pyodide {VERSION} in {place}, got {version}: use --pyodide DIR")
    return packages if "://" in place else {name: entry for name, entry in packages.items() if _is_in(place, entry)}


def packages_to_load(packages: Packages, requirements: Iterable[str]) -> list[str]:
    """Return the names of NumPy and of those requirements that Pyodide has; the others come with JupyterLite."""
    names = [re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower() for requirement in ("numpy", *requirements)]
    return [name for name in dict.fromkeys(names) if name in packages]


def copy_pyodide(folder: Path, target: Path, packages: Packages, needed: Iterable[str]) -> None:
    """Copy Pyodide with the needed packages, and those that they and the kernel depend on.

    Raises: UsageError if a file is missing.
    """
    found: dict[str, Mapping[str, Any]] = {}
    waiting = [*KERNEL_NEEDS, *needed]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name not in found and name in packages:
            found[name] = packages[name]
            waiting += packages[name]["depends"]
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8")) | {"packages": found}
    target.mkdir(parents=True)
    (target / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    for name in (*CORE, *(entry["file_name"] for entry in found.values())):
        try:
            shutil.copyfile(folder / name, target / name)
        except OSError as error:
            raise UsageError(
                f"expected {name} in {folder}, got {error.strerror}: unpack all of Pyodide there"
            ) from None


def _is_in(folder: str, entry: Mapping[str, Any]) -> bool:
    return Path(folder, entry["file_name"]).is_file()
