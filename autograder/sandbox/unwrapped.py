"""The worker without bubblewrap: an ordinary process, for the inner layer alone or, on explicit demand, for none."""

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
    """The whole command."""
    return worker_command(str(WORKER / "worker.py"))


def settings(policy: ImportPolicy) -> tuple[dict[str, Any], dict[str, str]]:
    """(import settings, what is readable), see bubblewrap.settings: the same things, where they lie on this machine."""
    material = runtime_files()
    readable = {path: "file" for path in material.files}
    for tree in material.trees:
        # No folder can be taken out of one that may be read: name what lies beside the masked ones.
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
