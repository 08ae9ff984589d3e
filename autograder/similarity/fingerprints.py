"""Fingerprints of code: a text as the set of its phrases, read in two ways.

As *code*, names become V and strings S, and comments and blanks are left out: copydetect does it, with the lexer of
Pygments, so that nothing is parsed, let alone run. To the *letter*, only blanks don't count. Each stretch of some
characters is one phrase, known by its hash. Hashes are those of Python and differ from one run to the next, so that
only their being equal may be used.
"""

import functools
import io
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.course.assignment import Assignment
from autograder.errors import UsageError

__all__ = ["MAX_CHARS", "PHRASE", "Fingerprint", "fingerprints", "handed_out", "squeezed"]

PHRASE = {"code": 25, "letter": 60}  # characters: about two lines of code; 25 is copydetect's own default
# Characters of a text, blanks aside, that are looked into: the longest solution has 3000. The worst of which the lexer
# is known takes it half a second then, and it can't be interrupted.
MAX_CHARS = 10_000

Hashes = NDArray[np.int64]


@dataclass(frozen=True)
class Fingerprint:
    """A text, read in one of the two ways.

    - way: "code" or "letter". - read: the text as it is read; to the letter, without the lines that were handed out.
    - phrases: (len(read) - PHRASE[way] + 1,) hash of the phrase that begins at each character.
    - lines: (len(read),) index of the line, in text.splitlines(), that each character comes from.
    """

    way: str
    read: str
    phrases: Hashes
    lines: NDArray[np.int_]

    def lines_of(self, phrases: Hashes) -> set[int]:
        """The lines (set of indices) of which at least half lies in one of some phrases (array of hashes)."""
        steps = np.zeros(len(self.read) + 1, dtype=int)
        begins = np.flatnonzero(np.isin(self.phrases, phrases))
        steps[begins] += 1
        steps[begins + PHRASE[self.way]] -= 1
        covered = steps.cumsum()[:-1] > 0
        sizes = np.bincount(self.lines)
        return set(np.flatnonzero(2 * np.bincount(self.lines, covered) >= np.maximum(sizes, 1)).tolist())


@functools.lru_cache(maxsize=500)  # each takes up to 250 kB
def fingerprints(
    text: str, *, given: Set[str] = frozenset(), longest: float = MAX_CHARS
) -> tuple[Fingerprint, Fingerprint] | None:
    """A text's Fingerprints as code and to the letter; None when it is longer than `longest`, blanks aside.

    Inputs:
    - given: lines, as `squeezed` gives them, that don't count to the letter. Otherwise the phrases around a single word
      that was changed would count. As code they stay: without the end of a string, what follows would be in it.

    Raises: UsageError when copydetect is not there.
    """
    try:
        from copydetect import CodeFingerprint
    except ImportError as error:
        raise UsageError(
            f"similarity needs copydetect, which can't be imported ({error}): run"
            " `.venv/bin/python -m pip install 'copydetect>=0.5'`, then the same command again"
        ) from None
    # Long runs of blanks and of empty lines take the lexer time with their square.
    lines = {number: words for number, line in enumerate(text.splitlines()) if (words := squeezed(line))}
    whole, numbers = _joined(lines)
    if len(whole) > longest:
        return None
    # A window of one keeps every phrase. A wider one would choose some of them by the size of their hashes, other ones
    # in every run; and there is nothing to save, so short are the texts.
    made = CodeFingerprint("cell.py", PHRASE["code"], 1, language="python", fp=io.StringIO(whole))
    code = np.zeros(max(0, len(made.filtered_code) - PHRASE["code"] + 1), dtype=np.int64)
    for phrase, places in made.hash_idx.items():
        code[places] = phrase
    # Row i of offsets: at this place of the code, so many characters of the text had been left out. The lexer ends
    # every text with a line break, which is part of a string that is left open.
    places = np.arange(len(made.filtered_code))
    nearest = np.searchsorted(made.offsets[:, 0], places).clip(max=len(made.offsets) - 1)
    places = (places + made.offsets[nearest, 1]).clip(max=len(whole) - 1)
    own, own_numbers = _joined({number: words for number, words in lines.items() if words not in given})
    size = PHRASE["letter"]
    letter = np.array([hash(own[i : i + size]) for i in range(len(own) - size + 1)], dtype=np.int64)
    return (
        Fingerprint("code", made.filtered_code, code, numbers[places]),
        Fingerprint("letter", own, letter, own_numbers),
    )


def _joined(lines: Mapping[int, str]) -> tuple[str, NDArray[np.int_]]:
    """Lines (number → characters) as one text, and the number of the line for each of its characters."""
    sizes = np.array([len(words) + 1 for words in lines.values()], dtype=int)
    numbers = np.repeat(np.array(list(lines), dtype=int), sizes)
    return "\n".join(lines.values()), numbers[:-1]


def squeezed(line: str) -> str:
    """A line without blanks at its ends, and with one in place of several, or of what can't be seen: the lexer takes
    long for that."""
    return " ".join("".join(c if c.isprintable() else " " for c in line).split())


def handed_out(assignment: Assignment) -> tuple[Hashes, Hashes]:
    """The phrases (sorted array of hashes), as code and to the letter, of all code that students were given: the cells
    that they don't write, the stubs of the others, and the students' packages."""
    cells = [cell for notebook in assignment.notebooks.values() for cell in notebook.cells if cell.kind == "code"]
    texts = [cell.stub if cell.is_solution else cell.source for cell in cells if not cell.is_for_instructors]
    texts += [
        path.read_text(encoding="utf-8")
        for folder in assignment.student_packages.values()
        for path in sorted(folder.glob("*.py"))
    ]
    read = [fingerprints(text, longest=math.inf) for text in texts]
    code, letter = (
        np.unique(np.concatenate([found[way].phrases for found in read if found is not None])) for way in (0, 1)
    )
    return code, letter
