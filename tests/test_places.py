"""The lines of a student's own code that a message about an exception names."""

import re

import pytest
from courses import ASSIGNMENT

from autograder.errors import StudentFault
from autograder.model import Place
from autograder.sandbox.isolation import open_sandbox
from autograder.sandbox.reply_validation import raised_fault
from autograder.sandbox.supervisor import Limits

HELPER = "def halved(n):\n    return np.zeros(n / 2)"
HERE, OTHER = "A.ipynb", "B.ipynb"


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox(Limits(test_seconds=10), policy=ASSIGNMENT.import_policies["naive"]) as sandbox:
        yield sandbox


def fault_of(sandbox, *cells, others=(), call="f"):
    """The StudentFault of f(). - cells: (label, source), or the source of the cell f"""
    named = [cell if isinstance(cell, tuple) else ("cell f", cell) for cell in cells]
    start = [("set-up", "import numpy as np\nfrom student_tools.notebook import definitions")]
    program = sandbox.parse({HERE: [*start, *named], OTHER: [*start, *others]})
    with sandbox.session(program, HERE, wanted=["f"]) as session, pytest.raises(StudentFault) as caught:
        session.call(call, [], returns=(("out", False),))
    return caught.value


def where(fault):
    """The place in the message."""
    return re.search(r" \(((?:cell|your).*?)\)", fault.message)[1]


@pytest.mark.parametrize(
    ("cells", "chain"),
    [
        (["def f():\n    return np.ones(2) + np.ones(3)"], "cell f, line 2"),
        (["def f():\n    x = 1\n    return halved(x)", ("cell halved", HELPER)],
         "cell halved, line 2, called from f, line 3"),
        (["def f():\n    return halved(3)", ("your own first cell", HELPER)],
         "your own first cell, line 2, called from f, line 2"),
        (["class f:\n    def __init__(self):\n        self.go()\n    def go(self):\n        return halved(3)",
          ("cell halved", HELPER)],
         "cell halved, line 2, called from f.go, line 5, called from f.__init__, line 3"),
        (["def f():\n    def inner(n):\n        return 1 / n\n    return inner(0)"],
         "cell f, line 3, called from f, line 4"),
        (["def f():\n    g = lambda n: 1 / n\n\n    return g(0)"], "cell f, line 2, called from f, line 4"),
        ([("your own first cell", "g = lambda n: h(n)\ndef h(n):\n    return 1 / n"), "def f():\n    return g(0)"],
         "your own first cell, line 3, called from a lambda in your own first cell, line 1, called from f, line 2"),
        (["def f():\n    return [\n        [1 / i for i in range(3)]\n        for _ in range(2)\n    ]"],
         "cell f, line 3"),
        (["def f():\n    return sum(\n        1 / i for i in range(2))"], "cell f, line 3"),
        (["def f():\n    return {k: halved(k)\n            for k in range(3)}", ("cell halved", HELPER)],
         "cell halved, line 2, called from f, line 2"),
        ([("your own first cell", "import functools\ndef timed(g):\n    @functools.wraps(g)\n    def wrapper(*a):\n"
           "        return g(*a)\n    return wrapper"), "@timed\ndef f():\n\n    return 1 / 0"],
         "cell f, line 4, called from wrapper in your own first cell, line 5"),
        (["def f():\n    return np.apply_along_axis(g, 0, np.ones((2, 2)))\ndef g(x):\n    return x.reshape(3)"],
         "cell f, line 4, called from f, line 2"),
        (["def f():\n    try:\n        return 1 / 0\n    except ZeroDivisionError:\n        raise"], "cell f, line 3"),
        (["def f():\n    try:\n        return 1 / 0\n    except ZeroDivisionError as e:\n        raise e"],
         "cell f, line 3"),
        (["def f(n=0):\n    return f(n + 1)"], "cell f, line 2"),
        (["def f():\n    return a(50)\ndef a(n):\n    return b(n - 1)\ndef b(n):\n    return a(n) if n else 1 / 0"],
         "cell f, line 6, called from a in cell f, line 4, …, called from f, line 2"),
        (["def f():\n    return g()", ("cell g", "g = definitions('B.ipynb', 'g')")],
         "cell g of B.ipynb, line 2, called from f, line 2"),
    ],
)  # fmt: skip
def test_a_message_names_the_chain_of_own_lines_innermost_first(sandbox, cells, chain):
    others = [("cell g", "def g():\n    return 1 / 0")]
    assert where(fault_of(sandbox, *cells, others=others)) == chain


def test_a_long_chain_keeps_the_innermost_lines_and_the_outermost(sandbox):
    calls = "".join(f"def g{i}():\n    return g{i + 1}()\n" for i in range(8))
    fault = fault_of(
        sandbox, "def f():\n    return g0()", ("your own first cell", f"{calls}def g8():\n    return 1 / 0")
    )
    assert where(fault) == (
        "your own first cell, line 18, called from g7 in your own first cell, line 16, called from g6 in your own first"
        " cell, line 14, …, called from f, line 2"
    )
    assert [place.line for place in fault.places] == [18, 16, 14, 2]


def test_the_exception_that_was_being_handled_is_named_too(sandbox):
    source = "def f():\n    try:\n        return {}['a']\n    except KeyError:\n        raise ValueError('no a')"
    fault = fault_of(sandbox, source)
    assert fault.message == "ValueError: no a (cell f, line 5), raised while handling KeyError: 'a' (cell f, line 3)"
    assert fault.places == (Place(HERE, "cell f", 5), Place(HERE, "cell f", 3))
    from_none = fault_of(sandbox, f"{source} from None")
    assert from_none.message == "ValueError: no a (cell f, line 5)"


def test_an_exception_that_numpy_handles_itself_is_not_named(sandbox):
    fault = fault_of(sandbox, "class Odd:\n    def sum(self, *a):\n        raise ValueError('odd')\n"
                              "def f():\n    return np.sum(Odd())")  # fmt: skip
    assert "raised while handling" not in fault.message


def test_an_unwritten_function_and_a_caller_of_it_have_places(sandbox):
    fault = fault_of(sandbox, "def f():\n    return g()\ndef g():\n    raise NotImplementedError('g is not written')")
    assert (fault.status, fault.message) == ("missing", "g is not written")
    assert [place.line for place in fault.places] == [4, 2]


def test_names_from_hostile_code_are_clean_and_short(sandbox):
    """Code can choose the names in its own tracebacks."""
    source = (
        "def f():\n    return g()\ndef g():\n    return 1 / 0\n"
        "g.__code__ = g.__code__.replace(co_filename='<A.ipynb, cell \\x1b[31m\\n' + 'x' * 999 + '>',"
        " co_qualname='<script>' * 99)\n"
    )
    # A cell keeps only definitions, so f changes g itself.
    source = source.replace("def f():\n", "def f():\n    change()\n").replace(
        "g.__code__ =", "def change():\n    g.__code__ ="
    )
    fault = fault_of(sandbox, source)
    assert fault.message.isprintable()
    assert len(fault.message) < 500
    assert all(len(place.cell) <= 80 and place.cell.isprintable() for place in fault.places)


@pytest.mark.parametrize(
    "reply",
    [None, "text", [1], [["A", "c", "f", 0, False]], [["A", "c", "f", True, False]], [["A", "c", "f", 10**9, False]],
     [["A", "c", "f", "1", False]], [["A", "c", "f", 1]], [{}], {"a": 1}],
)  # fmt: skip
def test_malformed_places_are_left_out(reply):
    fault = raised_fault({"type": "E", "message": "m", "where": reply, "cause": reply}, 500)
    assert fault.message.startswith("E: m")
    assert fault.places == ()
