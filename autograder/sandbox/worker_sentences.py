"""Sentences with values that the sandboxed worker words, always in English.

The worker has no catalogues. Its sentences are translated outside, see autograder.reworded. Those of
`student_tools` are in its modules, too: the worker reads cells with them.
"""

from enum import StrEnum

from autograder.language import tr_later

__all__ = ["WorkerSentence"]


class WorkerSentence(StrEnum):
    """Templates of sentences; of those that fit the same text, the most specific is first."""

    # worker/imports.py, with the reasons of import_policy.py
    WITHHELD = tr_later("{name} can't be used in this exercise: write the computation yourself")
    NOT_GRADED = tr_later("{name} can't be used while your code is graded: use numpy")
    ELSEWHERE = tr_later("{name} can't be used while your code is graded: copy what you need into a cell")
    NO_NOTEBOOK = tr_later("{name} can't be used while your code is graded outside of a notebook: delete the line")
    # worker/request_handler.py
    NO_RETURN = tr_later("expected {count} return values of {name} ({returns}), got None: add a return statement")
    OTHER_COUNT = tr_later("expected {count} return values of {name} ({returns}), got {number} values")
    ONE_VALUE = tr_later("expected {count} return values of {name} ({returns}), got {type}")
    # worker/substitutes.py
    CLOSED = tr_later(
        "the cache of the reference's {name}, which replaces yours in this test, can't be read: pass it on unchanged"
    )
    # student_tools.code_cells
    MAGIC = tr_later("the cell begins with {magic}, so Python does not read the functions in it: delete this line")
    MERGE = tr_later(
        "unfinished merge: keep one side, and delete the other side and the lines with {first}, {second} and {third}"
    )
    NEWER = tr_later("this syntax needs Python {version}, but Python {here} reads it: {what}")
    UNREADABLE = tr_later("Python can't parse it ({error})")
    INVALID = tr_later("not valid Python ({error})")
    # student_tools.notebook
    NOT_THERE = tr_later("{name} is not defined yet: {notebook} is not in this folder")
    NOT_WRITTEN = tr_later("{name} is not defined yet: write it in {notebook} and save that notebook")
    # worker/request_handler.py and worker/imports.py: a definition that failed earlier
    AFTER_CELL = tr_later("{error}, because cell {cell}, line {number} failed: {message}")
    AFTER_CODE_CELL = tr_later("{error}, because code cell {count}, line {number} failed: {message}")
    AFTER_FILE = tr_later("{error}, because {file}, line {number} failed: {message}")
    FAILED = tr_later("{file}, line {number} failed: {message}")
