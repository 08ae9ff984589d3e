"""Fingerprints of code: a text as the set of its phrases, in two versions.

In the *code* version, names become V and strings S, and comments and blanks are dropped. copydetect
does this with the lexer of Pygments, so code is neither parsed nor run. In the *letter* version,
only blanks are normalized. Each substring of a fixed length is a phrase, represented by its hash.
These are Python's hashes, which differ between runs, so they may only be compared for equality.
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

PHRASE = {"code": 25, "letter": 60}  # characters: about two lines of code; 25 is copydetect's default
# Maximum number of characters of a text without blanks; the longest solution has 3000. The worst known text of this
# length takes the lexer half a second, and the lexer can't be interrupted.
MAX_CHARS = 10_000

Hashes = NDArray[np.int64]


@dataclass(frozen=True)
class Fingerprint:
    """One version of a text.

    - way: "code" or "letter".
    - read: the normalized text; in the "letter" version without released lines.
    - phrases: (len(read) - PHRASE[way] + 1,) hash of the phrase that starts at each character.
    - lines: (len(read),) index in text.splitlines() of each character's line.
    """

    way: str
    read: str
    phrases: Hashes
    lines: NDArray[np.int_]

    def lines_of(self, phrases: Hashes) -> set[int]:
        """Return the indices of the lines that are covered at least half by some phrases.

        Inputs:
        - phrases: array of hashes.
        """
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
    """Return the Fingerprints ("code", "letter") of a text; None if it is too long.

    Inputs:
    - given: released lines, normalized by `squeezed`. The "letter" version drops them; otherwise
      the phrases around a single changed word would count. The "code" version keeps them, since a
      string could end there.
    - longest: maximum number of characters without blanks.

    Raises: UsageError if copydetect is not installed.
    """
    try:
        from copydetect import CodeFingerprint
    except ImportError as error:
        raise UsageError(
            f"similarity requires copydetect, which can't be imported ({error}): run"
            " `.venv/bin/python -m pip install 'copydetect>=0.5'`, then run the command again"
        ) from None
    # The lexer takes quadratic time for long runs of blanks and empty lines.
    lines = {number: words for number, line in enumerate(text.splitlines()) if (words := squeezed(line))}
    whole, numbers = _joined(lines)
    if len(whole) > longest:
        return None
    # A window of one keeps every phrase. A wider one would select some by their hashes, which differ between runs.
    made = CodeFingerprint("cell.py", PHRASE["code"], 1, language="python", fp=io.StringIO(whole))
    code = np.zeros(max(0, len(made.filtered_code) - PHRASE["code"] + 1), dtype=np.int64)
    for phrase, places in made.hash_idx.items():
        code[places] = phrase
    # A row of offsets: (position in the code, number of characters of the text that were dropped before it). The lexer
    # adds a line break to every text; in an unclosed string it counts as a part of the string.
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
    """Join lines (number → text) to one text.

    Returns: (text, array of each character's line number).
    """
    sizes = np.array([len(words) + 1 for words in lines.values()], dtype=int)
    numbers = np.repeat(np.array(list(lines), dtype=int), sizes)
    return "\n".join(lines.values()), numbers[:-1]


def squeezed(line: str) -> str:
    """Strip a line, and reduce blanks and invisible characters, which are slow to lex."""
    return " ".join("".join(c if c.isprintable() else " " for c in line).split())


def handed_out(assignment: Assignment) -> tuple[Hashes, Hashes]:
    """Return the phrases of all released code: locked cells, stubs, and the student packages.

    Returns: two sorted arrays of hashes, for the "code" and the "letter" version.
    """
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
