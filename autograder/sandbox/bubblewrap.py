"""The outer layer: the command that starts the worker under bubblewrap, in its own namespaces.

The worker sees only read-only mounts of what the import policy names. It has no /proc, no /dev, no
network, no environment, and the user id of nobody. See https://github.com/containers/bubblewrap.
"""

import os
import shutil
from collections.abc import Callable
from typing import Any

from autograder.sandbox.import_policy import (
    WORKER,
    ImportPolicy,
    import_settings,
    module_files,
    package_trees,
    runtime_files,
)

__all__ = ["command", "find", "settings"]

KIT, SITE = "/kit", "/site"  # mount points of the worker with the student packages, and of NumPy
NOBODY = "65534"

ISOLATE = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--as-pid-1",
    *("--uid", NOBODY, "--gid", NOBODY, "--hostname", "grader"),
)


def find() -> str | None:
    """Return the path of the program bwrap, or None."""
    return shutil.which("bwrap")


def command(program: str, policy: ImportPolicy, worker_command: Callable[[str], list[str]]) -> list[str]:
    """Return the command that starts the worker. It needs bubblewrap 0.4 or newer.

    Inputs:
    - program: path of bwrap
    - policy: the files to mount
    - worker_command: function that maps the worker's path inside to the command that starts it
    """
    return [program, *ISOLATE, *_mounts(policy), "--chdir", "/", "--", *worker_command(f"{KIT}/worker.py")]


def _mounts(policy: ImportPolicy) -> list[str]:
    material = runtime_files()
    words: list[str] = []
    for path in [*material.trees, material.interpreter, *material.files]:
        words += ["--ro-bind", path, path]
    for path in material.masked:
        words += ["--tmpfs", path, "--remount-ro", path]
    for folder in ("/lib", "/lib64", "/usr/lib64"):  # locations of the dynamic loader
        if os.path.islink(folder):
            words += ["--symlink", os.readlink(folder), folder]
    loader = "/usr/lib64"
    if os.path.isdir(loader) and not os.path.islink(loader) and loader not in material.trees:
        words += ["--ro-bind", loader, loader]
    for path in _packages(policy):
        words += ["--ro-bind", path, f"{SITE}/{os.path.basename(path)}"]
    for file in sorted(WORKER.glob("*.py")):
        words += ["--ro-bind", str(file), f"{KIT}/{file.name}"]
    for file in module_files(policy):
        words += ["--ro-bind", str(file), f"{KIT}/{file.parent.name}/{file.name}"]
    return [*words, "--remount-ro", "/"]


def _packages(policy: ImportPolicy) -> list[str]:
    return [tree for name in policy.every_package for tree in package_trees(name)]


def settings(policy: ImportPolicy) -> tuple[dict[str, Any], dict[str, str]]:
    """Return (import settings, readable paths) for the worker, with paths inside the sandbox.

    See imports.Finder and landlock.create_ruleset for their formats.
    """
    material = runtime_files()
    readable = {path: "tree" for path in (*material.trees, "/lib", "/lib64", "/usr/lib64", KIT, SITE)}
    readable |= {path: "file" for path in material.files}
    return import_settings(policy, lambda name: KIT if name in dict(policy.student_packages) else SITE), readable
