"""Puts what students read about corrections, and about regrade requests, on their pages."""

from dataclasses import replace

from autograder.feedback.changes import changes_since, page_facts
from autograder.feedback.released import read_released
from autograder.feedback.texts import SUBMISSION_KEY, feedback_markdown
from autograder.regrade_requests.requests import decisions

__all__ = ["Corrections"]


class Corrections:
    """What the pages of a class tell about corrections.

    - released: what students have, see released.read_released. - decided: see requests.decisions.
    """

    def __init__(self, course, assignment):
        self.assignment = assignment
        self.released = read_released(course, assignment.name)
        self.decided = decisions(course, assignment.name)

    def tell(self, entry, notebook_grades):
        """The entry of a submission with its corrections: in place in the notebooks' metadata, and in the summary.

        Inputs:
        - entry: Entry. - notebook_grades: dict of notebook name → NotebookGrades.
        """
        released, decided = self.released.get(entry.student), self.decided.get(entry.student, {})
        facts = page_facts(self.assignment, entry.stored.result, notebook_grades, entry.timestamp)
        told = []
        if released:
            change = changes_since(released, facts, entry.stored.causes, decided)
            told = [change] * bool(change) + released["told"]
        for name, notebook in entry.notebooks.items():
            changes = [{"since": c["since"], **c["notebooks"][name]} for c in told if name in c["notebooks"]]
            notebook["metadata"][SUBMISSION_KEY] |= {"changes": changes, "decisions": decided}
        summary = feedback_markdown(entry.stored.result, told=told, decided=decided)
        return replace(entry, summary=summary, facts=facts, told=told)
