"""nbgrader settings that the grader requires.

Do not change them; change course_config.py instead.
"""

import sys

from autograder.gradebook.nbgrader_revision import read_revision_in_this_process
from autograder.gradebook.nbgrader_times import read_times_as_the_kit_does
from autograder.paths import let_alembic_be_found

c = get_config()  # type: ignore[name-defined] # noqa: F821 - given by the configuration loader

let_alembic_be_found()
read_revision_in_this_process()
read_times_as_the_kit_does()

# Cells that are not released are dropped first, before cells are stored in the gradebook.
c.GenerateAssignment.preprocessors = [
    "autograder.gradebook.preprocessors.LeaveOutCells",
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "autograder.gradebook.preprocessors.NameStubs",
    "autograder.gradebook.preprocessors.AddNotes",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
]

# A submission is inserted into the source notebook, and scored by the hidden tests instead of being executed.
c.Autograde.exporter_class = "autograder.gradebook.sanitizing.SanitizingExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.gradebook.preprocessors.RebuildSubmission",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.gradebook.preprocessors.ScoreSubmission",
    "autograder.gradebook.preprocessors.SaveScores",
    "autograder.gradebook.preprocessors.EnterTime",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Students need the package with the assignment from the exchange. They can write to the exchange, so it is not trusted.
c.ExchangeFactory.release_assignment = "autograder.release.to_exchange.ReleaseWithPackage"
c.ExchangeFactory.collect = "autograder.gradebook.exchange.CollectSafely"
c.ExchangeFactory.release_feedback = "autograder.gradebook.exchange.ReleaseFeedbackReadably"

# The owners of a download's files are found without a regular expression for names; students' archives stay packed.
c.ZipCollectApp.extractor_plugin = "autograder.gradebook.zip_collecting.ExtractWithLimits"
c.ZipCollectApp.collector_plugin = "autograder.gradebook.zip_collecting.CollectByOwner"

# Feedback pages are our own.
c.GenerateFeedback.exporter_class = "autograder.feedback.page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["autograder.gradebook.preprocessors.EnterScores"]

# For the other pages of nbgrader: formgrader.
c.HTMLExporter.filters = {
    "markdown2html": "autograder.feedback.safe_html.markdown_of_cell",
    "highlight_code": "autograder.feedback.safe_html.safe_code",
}

# Protect the formgrader of any Jupyter server that opens this course. Commands do not import it.
if "jupyter_server.serverapp" in sys.modules:
    from autograder.gradebook.formgrader_sanitizer import guard_running_server

    guard_running_server()
