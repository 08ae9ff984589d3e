"""Solved functions of notebooks that are not released, as modules of the student package."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.source_code import provided_names
from autograder.errors import UsageError

__all__ = ["FOLDER", "check_provided", "provided_files"]

FOLDER = "provided"
# Load all definitions of all copies, as a released notebook does.
PROGRAM = """
import sys
from {package}.notebook import definitions
for notebook, *names in {wanted!r}:
    found = vars(definitions(notebook))
    missing = [name for name in names if name not in found]
    if missing:
        sys.exit(f"{{notebook}} does not define {{', '.join(missing)}}")
"""


def provided_files(assignment: Assignment) -> dict[str, bytes]:
    """Return the modules with solved functions: path in the package → content."""
    return {
        f"{FOLDER}/{name.removesuffix('.ipynb')}.py": text.encode() for name, text in assignment.provided_code.items()
    }


def check_provided(files: Mapping[str, bytes], assignment: Assignment) -> list[str]:
    """Load all solved functions in an unpacked bundle, without their notebooks.

    Inputs:
    - files: path in the bundle → content.

    Returns: at most one line about the check.

    Raises: UsageError if a definition is missing.
    """
    wanted = [[name, *names] for name, names in provided_names(assignment).items()]
    if not wanted:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in files.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        folder = Path(scratch, assignment.name)
        environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", PROGRAM.format(package=assignment.settings.package, wanted=wanted)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or "left out" in done.stderr:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UsageError(f"the solved functions of unreleased notebooks fail in the student bundle: {reason}")
    count = sum(len(names) for _, *names in wanted)
    return [f"{count} definitions of {len(wanted)} unreleased notebooks work in the unpacked bundle"]
