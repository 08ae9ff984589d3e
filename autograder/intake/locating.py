"""Finds each notebook of an assignment among the files that a student handed in: by its name, else by its cells."""

import functools
import re
from dataclasses import dataclass, field, replace

from autograder.course.cells import bare, text_digest
from autograder.intake.archives import TooLarge, Unreadable
from autograder.intake.beside import place_of
from autograder.intake.budgets import MEMORY_MB, SOFT_CPU_SECONDS, Budget, OutOfTime, SearchEnded
from autograder.intake.decoding import NotANotebook, TooMuch, notebook_cells
from autograder.intake.files import MISSING
from autograder.plain_text import clean

__all__ = [
    "TOO_LONG",
    "TOO_MUCH",
    "Located",
    "Search",
    "defined_names",
    "is_untouched",
    "locate",
    "waiting_for_a_person",
]

TOO_MUCH = f"needs more than {MEMORY_MB} MB of memory to be read: clear the outputs of its cells"
TOO_LONG = "takes too long to be read: clear the outputs of its cells"
MANY = 3  # lines about cells in one reason
NO_TIME = f"{SOFT_CPU_SECONDS} s of processor time"
DEFINITION = re.compile(r"^(?:def|class)[ \t]+([^\W\d]\w{0,99})", re.MULTILINE)
# Docstrings and comments, but for the comment that nbgrader puts into a stub.
WORDS = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|#(?! YOUR CODE HERE[ \t]*$)[^\n]*", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Located:
    """A notebook's cells, what had to be put right, and the file's name where it is another one.

    - cells: list of (kind, grade_id or None, source). - left_out: those of the repairs by which cells were left out.
    - over_limit: those of left_out that a limit is the reason of. - files: see Pictures.look_up.
    """

    cells: list
    repairs: tuple = ()
    label: str = ""
    left_out: tuple = ()
    over_limit: tuple = ()
    files: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Search:
    """What came of the search for the notebooks of an assignment.

    - located: dict of notebook name → Located. - unusable: dict of notebook name → why it can't be had.
    - limited: dict of notebook name → a limit, because of which there may be more work than was found.
    """

    located: dict
    unusable: dict
    limited: dict


class _Candidate:
    """A file that may be one of the notebooks: its cells, and for each cell that says so, what it is for."""

    def __init__(self, label, raw, place, pictures):
        content = notebook_cells(raw, pictures)
        self.label, self.repairs, self.left_out = clean(label), tuple(content.repairs), tuple(content.left_out)
        self.over_limit = tuple(content.over_limit)
        self.cells = [cell for cell in content.cells if cell[2] is not None]
        self.files = {}
        for kind, _, text in self.cells:
            if kind != "code":
                self.files |= pictures.look_up(text, place)
        self.texts = {}  # name of an exercise, or of anything else that is defined → texts of cells
        for _, grade_id, text in content.cells:
            for name in {grade_id, *defined_names(text)} - {None}:
                self.texts.setdefault(name, []).append(text)

    def located(self, repairs, label=""):
        """This file as the notebook that it is."""
        return Located(self.cells, repairs, label, self.left_out, self.over_limit, self.files)

    def known_cells(self, source):
        """How many of a notebook's exercises have a cell here, by name or by what it defines."""
        return sum(cell.grade_id in self.texts for cell in source.solution_cells)

    def is_edited(self, source):
        """Whether one of these cells differs from what was handed out."""
        return any(
            text is not None and not is_untouched(text, cell)
            for cell in source.cells_to_fill_in
            for text in self.texts.get(cell.grade_id, ())
        )

    def work(self, source):
        """What is in a notebook's cells to fill in: dict of name → texts, but for blanks at the ends of lines."""
        return {
            cell.grade_id: [bare(text) for text in self.texts.get(cell.grade_id, ())]
            for cell in source.cells_to_fill_in
        }


def locate(files, assignment, pictures):
    """Find the notebooks.

    Inputs:
    - files: HandedIn. - pictures: the Pictures of the submission, which gets those of the notebooks.

    Returns: a Search.
    """
    by_name, reasons, limited, listed = {}, {}, {}, {}
    time_left = True

    def opened(label, raw, where):
        return _Candidate(label, raw, place_of(*where, listed), pictures)

    for name in assignment.notebooks:
        try:
            if not time_left:
                raise TooLarge(TOO_LONG)
            by_name[name] = opened(name, *files.read(name))
        except (Unreadable, NotANotebook) as reason:
            reasons[name] = f"{name} {reason}"
            if isinstance(reason, (TooLarge, TooMuch)):
                limited[name] = reasons[name]
        except MemoryError:
            reasons[name] = limited[name] = f"{name} {TOO_MUCH}"
        except OutOfTime:
            reasons[name] = limited[name] = f"{name} {TOO_LONG}"
            time_left = False
    wanting = [
        name
        for name, source in assignment.notebooks.items()
        if name not in by_name or not by_name[name].is_edited(source)
    ]
    others, ended, beyond = _others(files, assignment, opened) if time_left else ([], NO_TIME, "")
    located = {}
    for name, source in assignment.notebooks.items():
        found = _among(others, source, assignment) if name in wanting else []
        named = by_name.get(name)
        if found and (named is None or found[-1].is_edited(source)):
            chosen = found[-1]
            note = f"was found as {chosen.label}"
            edited = [other.label for other in found if other.is_edited(source)]
            if len(edited) > 1:
                note += f", the last of {len(edited)} edited ones ({', '.join(edited[:5])})"
            located[name] = chosen.located((note, *chosen.repairs), chosen.label)
            reasons.pop(name, None)
            limited.pop(name, None)
        elif named is not None:
            if named.cells and not named.known_cells(source):
                reasons[name] = (
                    f"{name} holds none of this assignment's cells: hand in the notebook that you were given, with your"
                    " code in its cells"
                )
            else:
                copies = _among(others, source, assignment)
                newest = _newest(named, copies, source)
                notes = _other_versions([named, *copies], newest, source)
                label = newest.label if newest is not named else ""
                if label:
                    notes.insert(0, f"was found as {label}, the newest attempt by the number in its name")
                located[name] = newest.located((*notes, *newest.repairs), label)
    used = {found.label or name for name, found in located.items()}
    for name, reason in reasons.items():
        if reason == f"{name} {MISSING}":
            reasons[name] += files.instead(used)
    if ended:
        for name in wanting:
            note = f"there is more beside it: the search for other copies ended at {ended}"
            if name in located:
                located[name] = replace(located[name], repairs=(*located[name].repairs, note))
            else:
                reasons[name] += f" ({note})"
            limited[name] = f"{name}: {note}" if name in located else reasons[name]
    elif beyond:
        for name in reasons:
            reasons[name] += f" (the search for it ended at {beyond}: hand in the notebooks themselves)"
            limited[name] = reasons[name]
    over_limit = {name: f"{name}: {'; '.join(x.over_limit[:MANY])}" for name, x in located.items() if x.over_limit}
    return Search(located, reasons, over_limit | limited)


def _newest(named, copies, source):
    """The notebook of the right name, or an edited copy that is a later attempt.

    Canvas names that X-1.ipynb, Moodle and browsers X (1).ipynb. Jupyter's X-Copy1.ipynb can be older or newer.
    """
    pattern = re.compile(rf"{re.escape(named.label.removesuffix('.ipynb'))}(?:-| ?\()([0-9]{{1,3}})\)?\.ipynb")
    numbers = {copy: match[1] for copy in copies if (match := pattern.fullmatch(copy.label.rpartition("/")[2]))}
    later = [copy for copy in numbers if copy.is_edited(source) and copy.work(source) != named.work(source)]
    return max(later, key=lambda copy: int(numbers[copy]), default=named)


def _other_versions(candidates, counts, source):
    """Lines that name edited copies of a notebook with other work in them than the one that counts.

    - candidates: the notebook of the right name, then the copies.
    """
    subject = f"{counts.label} counts" if counts in candidates[1:] else "counts"
    return [
        f"{subject}, and not {other.label}, an edited copy with other work in it"
        for other in candidates
        if other.is_edited(source) and other.work(source) != counts.work(source)
    ]


def waiting_for_a_person(limited, assignment):
    """dict of exercise or question → why a person has to look at it: a limit, and not the student, took work away.

    Inputs:
    - limited: dict of notebook name → which limit.
    """
    return {
        cell.grade_id: reason
        for name, reason in limited.items()
        for cell in assignment.notebooks[name].cells_to_fill_in
    }


def _others(files, assignment, opened):
    """Search for notebooks of other names.

    Returns: (list of those that can be read, in the order of their names; the limit that ended the search, or "";
    what it does not look into, or "").
    """
    candidates, budget, ended = [], Budget(), ""
    try:
        for label, read, where in files.others(assignment.notebooks, budget):
            budget.take("notebooks")
            try:
                candidates.append(opened(label, read(), where))
            except (TooLarge, TooMuch, MemoryError):
                budget.beyond = f"{clean(label)}, which is too large"
            except (Unreadable, NotANotebook):
                continue
    except SearchEnded as limit:
        ended = str(limit)
    except OutOfTime:
        ended = NO_TIME
    return sorted(candidates, key=lambda candidate: _natural(candidate.label)), ended, budget.beyond


def _natural(label):
    """So that copy (10) comes after copy (9)."""
    parts = re.split(r"([0-9]{1,9})", label)
    return [int(part) if position % 2 else part for position, part in enumerate(parts)]


def _among(candidates, source, assignment):
    """The candidates that are this notebook: with at least half of its solution cells, and of no other one as many.

    Those with work in them come last.
    """
    enough = max(1, len(source.solution_cells) // 2)
    found = []
    for candidate in candidates:
        known = {name: candidate.known_cells(other) for name, other in assignment.notebooks.items()}
        if known[source.name] >= enough and known[source.name] == max(known.values()):
            found.append(candidate)
    return sorted(found, key=lambda candidate: candidate.is_edited(source))


@functools.lru_cache(maxsize=500)
def defined_names(text):
    """Names of the functions and classes that a text defines at the left margin. Nothing is parsed."""
    return frozenset(DEFINITION.findall(text)) if text else frozenset()


def is_untouched(text, cell):
    """Whether a text is that of a cell to fill in as it was handed out, by an older release too.

    Other words in docstrings and comments make no other stub: the release can be one that nobody recorded. They count
    as long as there are as many lines of comments, and where the student's code should be.
    """
    if bare(text) in _stubs(cell) or text_digest(text) in cell.earlier:
        return True
    return cell.kind == "code" and "NotImplementedError" in text and _without_words(text) in _wordless_stubs(cell)


@functools.cache
def _stubs(cell):
    return bare(cell.stub), bare(cell.plain_stub)


@functools.cache
def _wordless_stubs(cell):
    return {_without_words(stub) for stub in _stubs(cell)}


def _without_words(text):
    """The lines of a text of code, the words of docstrings and comments left out, as a tuple. Nothing is parsed."""
    lines = WORDS.sub(lambda found: found[0][0], text).split("\n")
    return tuple(line.rstrip() for line in lines if line.strip())
