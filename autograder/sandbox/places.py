"""The lines of a student's code that led to an exception, for messages and pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.language import tr, tr_later
from autograder.model import Place
from autograder.printable import clean

__all__ = ["Step", "cell_in_words", "chain_in_words", "line_in_words", "places_of", "steps_in"]

MOST_STEPS = 4
MAX_LINE = 1_000_000
MAX_CHAIN = 250  # characters
OWN_FILE = "your file "  # start of the label of a file that is not a notebook
# Start of a label of SubmittedCell or of a session's program → words with the rest of the label.
LABELS = {
    OWN_FILE: tr_later("your file {name}"),
    "cell ": tr_later("cell {name}"),
    "your own cell after ": tr_later("your own cell after {name}"),
    "your own first cell": tr_later("your own first cell"),
    "provided copy": tr_later("provided copy"),
}


@dataclass(frozen=True)
class Step:
    """A line of a chain of calls.

    - function: name of the function of the line; "<module>" outside of functions
    - is_after_gap: whether calls are left out before it
    """

    place: Place
    function: str
    is_after_gap: bool


def steps_in(value: object) -> list[Step]:
    """Return the chain of calls in a reply of the worker, innermost first. Malformed entries are left out."""
    found = value[:MOST_STEPS] if type(value) is list else []
    return [
        Step(Place(clean(item[0], limit=80), clean(item[1], limit=80), item[3]), clean(item[2], limit=80), item[4])
        for item in found
        if type(item) is list and [type(part) for part in item] == [str, str, str, int, bool] and 0 < item[3] < MAX_LINE
    ]


def places_of(steps: Sequence[Step]) -> tuple[Place, ...]:
    """Return the places of a chain of calls."""
    return tuple(dict.fromkeys(step.place for step in steps))


def chain_in_words(steps: Sequence[Step], notebook: str) -> str:
    """Return a chain of calls as text, "" without steps.

    For example "cell backward, line 11, called from Network.loss, line 107".

    Inputs:
    - steps: innermost first
    - notebook: that of the exercise; the text names other notebooks only
    """
    text = ""
    for step in steps:
        if text:
            words = _called_from(step, notebook)
        else:
            words = tr("{cell}, line {line}", cell=_cell(step, notebook), line=step.place.line)
        if len(text) + len(words) > MAX_CHAIN and text:
            break
        text += words
    return text


def _called_from(step: Step, notebook: str) -> str:
    cell, function = _cell(step, notebook), step.function.replace("<lambda>", "a lambda")
    if function == "<module>":
        who = cell
    elif step.place.cell == f"cell {function.partition('.')[0]}":
        who = _in_notebook(function, step.place, notebook)
    else:
        who = tr("{function} in {cell}", function=function, cell=cell)
    words = tr(", called from {who}, line {line}", who=who, line=step.place.line)
    return ", …" + words if step.is_after_gap else words


def _cell(step: Step, notebook: str) -> str:
    return _in_notebook(cell_in_words(step.place.cell), step.place, notebook)


def _in_notebook(words: str, place: Place, notebook: str) -> str:
    is_here = place.notebook == notebook or place.cell.startswith(OWN_FILE)
    return words if is_here else tr("{cell} of {notebook}", cell=words, notebook=place.notebook)


def cell_in_words(label: str) -> str:
    """Return the label of a cell in the current language. Labels themselves are English."""
    for start, words in LABELS.items():
        if label.startswith(start):
            return tr(words, name=label.removeprefix(start))
    return label


def line_in_words(place: Place) -> str:
    """Return the cell and line of a place, without its notebook."""
    return tr("{cell}, line {line}", cell=cell_in_words(place.cell), line=place.line)
