"""Finds the student's own Python files that the notebooks import. They are executed like cells."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Set

from autograder.intake.archives import Unreadable
from autograder.intake.budgets import MAX_SOURCE, MAX_TOTAL
from autograder.language import tr_later
from autograder.printable import clean
from autograder.reasons import Reason
from autograder.repairs import ProblemKind, Repair, RepairKind

__all__ = ["imported_modules"]

MAX_MODULES = 20
IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.MULTILINE)
KNOWN = {*sys.stdlib_module_names, "numpy", "scipy"}  # never a student's own module


def imported_modules(
    texts: Iterable[str],
    files: Mapping[str, Callable[[], bytes]],
    repairs: list[Repair],
    ignored: dict[str, str],
    packages: Set[str],
) -> dict[str, str]:
    """Return the files that code imports, directly or through other such files.

    Inputs:
    - texts: code
    - files: label → function that reads it, see find_notebooks.Search
    - repairs: gets a Repair for each file; changed in place
    - ignored: label → why a file does not count; changed in place
    - packages: names of the packages that students get; graded code always uses the grader's

    Returns: path as an import resolves it ("helpers.py", "tools/norms.py") → text.
    """
    modules: dict[str, str] = {}
    waiting, seen, total = list(texts), set(packages), 0
    while waiting:
        names = _imported(waiting.pop()) - seen
        seen |= names
        for path, label in sorted(_files_of(names, files, packages).items()):
            try:
                text = _text(files[label]())
                if len(modules) == MAX_MODULES or total + len(text) > MAX_TOTAL["code"]:
                    words = tr_later("exceeds the limit of Python files: copy what your notebook needs into a cell")
                    raise Unreadable(ProblemKind.TOO_LARGE, words)
            except Unreadable as reason:
                ignored[clean(label)] = str(reason)
                continue
            total += len(text)
            modules[path] = text
            waiting.append(text)
            repairs.append(Repair(RepairKind.OWN_MODULE, {"file": clean(label)}))
            ignored.pop(clean(label), None)
    return modules


def _imported(text: str) -> set[str]:
    """The packages that a text imports, without known ones."""
    found = set()
    for source, names in IMPORT.findall(text):
        for name in [source] if source else names.split(","):
            found.add(name.strip().split(" ")[0].partition(".")[0])
    return found - KNOWN - {""}


def _files_of(names: Set[str], files: Iterable[str], packages: Set[str]) -> dict[str, str]:
    """Files of modules and packages: path as an import resolves it → label of the topmost file."""
    found: dict[str, str] = {}
    for label in sorted(files, key=lambda label: (label.count("/"), label)):
        parts = label.split("/")
        for start, part in enumerate(parts):
            if packages.isdisjoint(parts) and part.removesuffix(".py") in names:
                is_last = start == len(parts) - 1
                if part.endswith(".py") == is_last:
                    found.setdefault("/".join(parts[start:]), label)
                break
    return found


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(ProblemKind.UNREADABLE, tr_later("is not encoded in UTF-8: save it in UTF-8")) from None
    if len(text) > MAX_SOURCE["code"]:
        words = Reason.LONG_MODULE.format(count=MAX_SOURCE["code"])
        raise Unreadable(ProblemKind.TOO_LARGE, words)
    return text.replace("\r\n", "\n").replace("\r", "\n")
