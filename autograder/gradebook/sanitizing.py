"""Keep `nbgrader autograde` from opening or copying a student's files, since it has no limits.

RebuildSubmission reads the submission in a process with limits, and makes the notebook.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.coursedir import CourseDirectory

from autograder.intake.times import TIMESTAMP, read_stamp

if TYPE_CHECKING:
    from nbgrader.converters.base import BaseConverter

__all__ = ["SanitizingExporter"]

NOTHING_ELSE = ["*"]  # pattern of files that are not copied; it does not affect notebooks


class SanitizingExporter(NotebookExporter):
    """Replace a submitted notebook by an empty one.

    Notebooks that are already rebuilt are opened as usual.
    """

    parent: "BaseConverter"

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        settings = self.parent.coursedir
        # A copy for this converter: formgrader uses the original to release assignments with all their files.
        self.parent.coursedir = CourseDirectory(
            parent=settings.parent, **(settings.trait_values(config=True) | {"ignore": NOTHING_ELSE})
        )

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **keywords: Any
    ) -> tuple[nbformat.NotebookNode, dict[str, Any]]:
        """Return (empty notebook, resources) for a submission, else the notebook in the file."""
        converter = self.parent
        if not converter._sanitizing:
            return super().from_filename(filename, resources, **keywords)
        resources = resources or {}
        names = resources["nbgrader"]
        target = Path(converter._format_dest(names["assignment"], names["student"]), TIMESTAMP)
        # nbgrader compares the time with that of a later submission.
        if (stamp := read_stamp(Path(filename).parent)) and not target.exists():
            resources["outputs"] = {TIMESTAMP: stamp}
        resources["metadata"] = {"name": names["notebook"], "path": os.path.dirname(filename)}
        return self.from_notebook_node(nbformat.v4.new_notebook(), resources, **keywords)
