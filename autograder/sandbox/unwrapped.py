"""The worker without bubblewrap: an ordinary process, for the isolations "inner" and "none"."""

import os
from collections.abc import Callable
from typing import Any

from autograder.sandbox.import_policy import (
    WORKER,
    ImportPolicy,
    import_settings,
    module_files,
    package_folder,
    package_trees,
    runtime_files,
)

__all__ = ["command", "settings"]


def command(worker_command: Callable[[str], list[str]]) -> list[str]:
    """Return the command that starts the worker."""
    return worker_command(str(WORKER / "worker.py"))


def settings(policy: ImportPolicy) -> tuple[dict[str, Any], dict[str, str]]:
    """Return (import settings, readable paths), see bubblewrap.settings, with real paths."""
    material = runtime_files()
    readable = {path: "file" for path in material.files}
    for tree in material.trees:
        # Landlock can't hide a folder inside a readable one: list the siblings of the masked folders.
        masked = {os.path.basename(path) for path in material.masked if os.path.dirname(path) == tree}
        if not masked:
            readable[tree] = "tree"
            continue
        readable[tree] = "list"
        readable |= {entry.path: "tree" for entry in os.scandir(tree) if entry.name not in masked}
    for name in policy.every_package:
        readable |= {tree: "tree" for tree in package_trees(name)}
    readable |= {str(path): "file" for path in (*WORKER.glob("*.py"), *module_files(policy))}
    readable |= {str(folder): "list" for _, folder in policy.student_packages}
    folders = {name: str(folder.parent) for name, folder in policy.student_packages}
    return import_settings(policy, lambda name: folders.get(name) or package_folder(name)), readable
