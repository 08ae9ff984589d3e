"""Hints for students about common exceptions, found by their type and text."""

import re
import sys

from autograder.language import tr, tr_later
from autograder.sandbox import numpy_removals
from student_tools.newer_python import newer_name, version_text

__all__ = ["hint_for", "hint_for_syntax"]

LINE_CHARS = 300
OTHER_CELLS = tr_later(
    "the grader keeps only imports, functions, classes and constants of other cells; compute all other values inside"
    " the function"
)
OF_IPYTHON = tr_later("{name} belongs to IPython: delete the line, the grader does not have IPython")
NOT_THERE = tr_later(
    "the grader does not have {name}: use NumPy and Python's own modules, or copy what you need into a cell"
)
NEWER = tr_later("{name} is new in Python {version}, but the grader uses Python {here}: write it in another way")
PERHAPS_NEWER = tr_later("if you have {name}, your Python is newer than the grader's Python {here}")
INTEGERS = tr_later("sizes and indices must be integers: divide with //, because / gives a float")
OWN_ASSERT = tr_later("your assert failed: it must hold for every input that the exercise allows")
OWN_ASSERT_IN_LINE = tr_later(
    "your assert in line {line} failed: it must hold for every input that the exercise allows"
)
NOTHING = tr_later("a value in this line is None: compute it first, or add the missing return statement")
ONE_SHAPE = tr_later("a shape is one argument: write np.zeros((3, 4)), not np.zeros(3, 4)")
INTEGER_ARRAY = tr_later("the array on the left holds integers, so it can't take floats: make a new array instead")
PYTORCH = tr_later("this is PyTorch: write {instead} instead")
PYTHON_2 = tr_later("this is Python 2: write {instead} instead")
PYTHON_2_ONLY = tr_later("{name} was for Python 2: delete this import; Python 3 needs none of it, and xrange is range")
NO_LISTS = tr_later(
    "this is Python 2: keys(), items(), map(), zip() and range() no longer return lists; write list(…) around it"
)
COMPARISON = tr_later("a comparison with < or >")
EXCEPT_INSTEAD, TUPLE_INSTEAD = (
    tr_later("except (A, B) or except A as name"),
    tr_later("one parameter, and unpack it inside"),
)
WITHOUT_L, WITHOUT_U = tr_later("the number without L"), tr_later("the text without u")

# Name in Python 2 → replacement.
BUILT_IN = {"xrange": "range", "raw_input": "input", "unicode": "str", "basestring": "str", "long": "int"}
BUILT_IN |= {"unichr": "chr", "reduce": "functools.reduce", "izip": "zip", "imap": "map", "ifilter": "filter"}
BUILT_IN |= {"izip_longest": "itertools.zip_longest", "StandardError": "Exception", "cmp": COMPARISON}
ATTRIBUTES = {"iteritems": ".items()", "iterkeys": ".keys()", "itervalues": ".values()", "has_key": "'key in dict'"}
ATTRIBUTES |= {"viewitems": ".items()", "viewkeys": ".keys()", "viewvalues": ".values()", "maxint": "sys.maxsize"}
ATTRIBUTES |= {"izip": "zip", "imap": "map", "ifilter": "filter", "izip_longest": "itertools.zip_longest"}
# Name of a module in Python 2 → name now.
MODULES = {"cPickle": "pickle", "StringIO": "io", "cStringIO": "io", "Queue": "queue", "urllib2": "urllib.request"}
MODULES |= {"ConfigParser": "configparser", "__builtin__": "builtins", "HTMLParser": "html.parser"}
COMPATIBILITY = ("past", "future", "six")  # packages
# Attribute or argument in PyTorch → replacement.
TENSOR = {"permute": ".transpose(…)", "unsqueeze": "np.expand_dims(…)", "clone": ".copy()", "t": ".T", "mm": "@"}
TENSOR |= {"matmul": "@", "numel": ".size", "float": ".astype(np.float64)", "repeat_interleave": "np.repeat(…)"}
ARGUMENTS = {"dim": "axis", "keepdim": "keepdims"}

NAME = re.compile(r"NameError: name '(\w+)' is not defined")
ATTRIBUTE = re.compile(r"AttributeError: (?:'\w+' object|module '\w+'|type object '\w+') has no attribute '(\w+)'")
NEXT = re.compile(
    r"AttributeError: '(?:\w*(?:generator|iterator)|enumerate|filter|map|zip)' object has no attribute 'next'"
)
LAZY = r"'?\"?(?:dict_(?:items|keys|values)|filter|map|range|zip)\"?'?"
LIKE_A_LIST = re.compile(
    rf"TypeError: {LAZY} object (?:is not subscriptable|does not support item assignment)"
    rf"|TypeError: object of type {LAZY} has no len\(\)"
    rf"|TypeError: unsupported operand type\(s\) for \+: (?:{LAZY} and '\w+'|'\w+' and {LAZY})"
    rf"|TypeError: can only concatenate list \(not {LAZY}\) to list"
    rf"|AttributeError: {LAZY} object has no attribute '(?:append|extend|index|insert|pop|remove|reverse|sort)'"
)
NOT_INTEGERS = re.compile(
    r"TypeError: (?:'(?:numpy\.)?float\d*' object cannot be interpreted as an integer"
    r"|slice indices must be integers"
    r"|(?:list|tuple|string) indices must be integers or slices, not (?:numpy\.)?float"
    r"|can't multiply sequence by non-int of type '(?:numpy\.)?float"
    r"|expected a sequence of integers or a single integer, got '[\d.]+'"
    r"|integer argument expected, got float"
    r"|only int indices permitted"
    r"|`pad_width` must be of integral type)"
    r"|IndexError: (?:only integers, slices|arrays used as indices must be of integer)"
)
OF_NONE = re.compile(r"(?:TypeError|AttributeError): .*\bNoneType\b")
NO_SHAPE = re.compile(r"TypeError: Cannot interpret '[\d.]+' as a data type")
NO_FLOATS = re.compile(r"UFuncTypeError: Cannot cast ufunc '\w+' output from dtype\('float\d+'\) to dtype\('u?int")
NO_TENSOR = re.compile(
    r"AttributeError: 'numpy\.ndarray' object has no attribute '(?P<attribute>\w+)'"
    r"|TypeError: \w+\(\) got an unexpected keyword argument '(?P<argument>\w+)'"
)
NOT_EXPORTED = re.compile(r"ImportError: cannot import name '(\w+)' from '(?:itertools|functools|types|string)'")
IPYTHON = ("get_ipython", "In", "Out", "_", "__", "___", "_i", "_ih", "_oh", "_dh", "clear_output")
NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
NOT_IN_MODULE = re.compile(
    r"ImportError: cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'"
    r"|AttributeError: module '(?P<module_2>[\w.]+)' has no attribute '(?P<name_2>\w+)'"
)
PATTERNS = (
    (NOT_INTEGERS, INTEGERS),
    (NO_SHAPE, ONE_SHAPE),
    (NO_FLOATS, INTEGER_ARRAY),
    (OF_NONE, NOTHING),
)
FAILED = re.compile(r".*, line \d+ failed: (.*)", re.DOTALL)

PRINT = re.compile(r"Missing parentheses in call to '(print|exec)'")
EXCEPT = "multiple exception types must be parenthesized"
TUPLE = "parameters cannot be parenthesized"
# Text of a line that Python can't parse → replacement.
SYNTAX = (
    (re.compile(r"\s*raise\s+[\w.]+\s*,"), "raise Name(…)"),
    (re.compile(r"[^'\"#]*<>"), "!="),
    (re.compile(r"[^'\"#]*`[^`]+`"), "repr(…)"),
    (re.compile(r"[^'\"#]*\b\d+[lL]\b"), WITHOUT_L),
    (re.compile(r"[^'\"#]*\bur['\"]", re.IGNORECASE), WITHOUT_U),
)


def hint_for(message: str, line: int = 0) -> str:
    """Return a hint about an exception, or "" for an unknown one.

    Inputs:
    - message: type and text of the exception, as in "NameError: name 'xrange' is not defined"
    - line: of the student's code that raised it, 0 if unknown
    """
    if failed := FAILED.match(message):
        return hint_for(failed[1])
    return (
        numpy_removals.explain(message)
        or _python_2(message)
        or _not_there(message)
        or next((tr(hint) for pattern, hint in PATTERNS if pattern.match(message)), "")
        or _pytorch(message)
        or _by_type(message.partition(":")[0], line)
    )


def hint_for_syntax(message: str, line: str = "") -> str:
    """Return a hint about a cell that Python can't parse, or "" for an unknown error.

    Inputs:
    - message: text of the error
    - line: the line of the student's code
    """
    if found := PRINT.search(message):
        return _python_3(f"{found.group(1)}(…)")
    if EXCEPT in message:
        return _python_3(EXCEPT_INSTEAD)
    if TUPLE in message:
        return _python_3(TUPLE_INSTEAD)
    return next((_python_3(instead) for pattern, instead in SYNTAX if pattern.match(line[:LINE_CHARS])), "")


def _python_3(instead: str) -> str:
    """The hint about a part of Python 2; most replacements are code, which no catalogue translates."""
    return tr(PYTHON_2, instead=tr(instead))


def _python_2(message: str) -> str:
    for pattern, replacements in ((NAME, BUILT_IN), (ATTRIBUTE, ATTRIBUTES)):
        found = pattern.match(message)
        if found and found.group(1) in replacements:
            return _python_3(replacements[found.group(1)])
    if (found := NOT_EXPORTED.match(message)) and found[1] in BUILT_IN:
        return _python_3(BUILT_IN[found[1]])
    if found := NO_MODULE.match(message):
        top = found[1].partition(".")[0]
        if top in COMPATIBILITY:
            return tr(PYTHON_2_ONLY, name=top)
        return _python_3(f"import {MODULES[top]}") if top in MODULES else ""
    if NEXT.match(message):
        return _python_3("next(…)")
    return tr(NO_LISTS) if LIKE_A_LIST.match(message) else ""


def _not_there(message: str) -> str:
    """A hint about names and modules that the grader lacks."""
    here = version_text(sys.version_info[:2])
    if (found := NAME.match(message)) and found[1] in IPYTHON:
        return tr(OF_IPYTHON, name=found[1])
    if found := NAME.match(message):
        name, module = f"builtins.{found[1]}", ""
    elif found := NO_MODULE.match(message):
        name = module = found[1]
    elif found := NOT_IN_MODULE.match(message):
        module = found["module"] or found["module_2"]
        name = f"{module}.{found['name'] or found['name_2']}"
    else:
        return ""
    if version := newer_name(name, sys.version_info[:2]):
        return tr(NEWER, name=name.removeprefix("builtins."), version=version_text(version), here=here)
    if name == module:
        return tr(NOT_THERE, name=module)
    return tr(PERHAPS_NEWER, name=name, here=here) if module.split(".")[0] in sys.stdlib_module_names else ""


def _pytorch(message: str) -> str:
    if not (found := NO_TENSOR.match(message)):
        return ""
    instead = TENSOR.get(found["attribute"]) if found["attribute"] else ARGUMENTS.get(found["argument"])
    return tr(PYTORCH, instead=instead) if instead else ""


def _by_type(name: str, line: int) -> str:
    if name == "AssertionError":
        return tr(OWN_ASSERT_IN_LINE, line=line) if line else tr(OWN_ASSERT)
    return tr(OTHER_CELLS) if name == "NameError" else ""
