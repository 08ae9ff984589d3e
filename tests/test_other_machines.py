"""Code that works in a student's notebook but not in the grader: messages with the reason."""

import dataclasses
import sys
from pathlib import Path

import pytest
from attack_range import scored_alone
from courses import COURSE, replaced

from autograder.intake.submission import SubmittedCell
from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
NAME = "FullyConnectedNets.ipynb"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def scorer():
    return scored_alone(scorer_for(COURSE.root, "assignment2"), "relu_forward")


@pytest.fixture(scope="module")
def scored(scorer):
    """Function of cells above, and of what comes before the body of relu_forward: (whether it is right, messages)."""

    def score(*above, start="", change=None, modules=None):
        change = change or replaced(("    ### BEGIN", f"    {start}\n    ### BEGIN"))
        submission = solved_submission(scorer.assignment, "ann", change={"relu_forward": change})
        cells = [SubmittedCell("code", source) for source in above] + submission.notebooks[NAME]
        submission = dataclasses.replace(
            submission, notebooks=submission.notebooks | {NAME: cells}, modules=modules or {}
        )
        tests = scorer.outcomes(submission, {"relu_forward"})["relu_forward"]
        return all(test.passed for test in tests), "\n".join({test.message for test in tests if test.message})

    return score


@pytest.mark.parametrize(
    ("above", "start", "modules"),
    [
        ("from helpers import center", "center(x)", {"helpers.py": "def center(x): return -x"}),
        ("import helpers as h", "h.EPS + h.twice(2)", {"helpers.py": "from more import twice\nEPS = 1e-5",
                                                       "more.py": "def twice(x): return 2 * x"}),
        ("from tools.norms import unit", "unit(x)", {"tools/norms.py": "from .more import unit",
                                                     "tools/more.py": "def unit(x): return x"}),
        ("import tools", "tools.unit(x)", {"tools/__init__.py": "def unit(x): return x"}),
    ],
)  # fmt: skip
def test_a_students_own_file_can_be_imported(scored, above, start, modules):
    assert scored(above, start=start, modules=modules) == (True, "")


def test_a_mistake_in_a_students_own_file_is_reported_with_its_line(scored):
    modules = {"helpers.py": "def center(x):\n    return x.no_such_thing"}
    right, message = scored("from helpers import center", start="center(x)", modules=modules)
    assert not right
    assert "no_such_thing' (your file helpers.py, line 2, called from relu_forward, line " in message


def test_an_unreadable_own_file_has_a_reason(scored):
    for text, words in (
        ("import einops", "failed: ModuleNotFoundError: No module named 'einops' ("),
        ("import einops", "; the grader does not have einops"),
    ):
        assert words in scored("from helpers import center", start="center(x)", modules={"helpers.py": text})[1]


GRADED = f"but the grader uses Python {HERE}: write it in another way"


@pytest.mark.parametrize(
    ("above", "start"),
    [
        (["from __future__ import annotations"], ""),
        (["def helper(x: Tensor) -> Tensor:\n    return x", "from __future__ import annotations"], "helper(x)"),
        (["def helper(x: Tensor) -> Tensor:\n    return x\nclass A:\n    x: Tensor"], "A(), helper(x)"),
        (
            ["from dataclasses import dataclass\n@dataclass\nclass Shape:\n    n: int = 1\n    d: float = 2"],
            "assert Shape(3).d == 2",
        ),
        ([], "display(x, 'shown')"),
        (["from IPython.display import Markdown, display"], "display(Markdown('x'))"),
        (["try:\n    from einops import rearrange\nexcept ImportError:\n    rearrange = None"], "assert not rearrange"),
        (["try:\n    import torch\nexcept ImportError:\n    torch = None"], "assert torch is None"),
        (["try:\n    from tqdm.auto import tqdm\nexcept Exception:\n    tqdm = list"], "tqdm([1])"),
        ([], "try:\n        import pandas\n    except ImportError:\n        pandas = None\n    assert pandas is None"),
        (["%%debug\ndef helper():\n    return 1"], "assert helper() == 1"),
    ],
)
def test_supported_code_counts(scored, above, start):
    assert scored(*above, start=start) == (True, "")


@pytest.mark.parametrize(
    ("above", "start", "words"),
    [
        (["import einops"], "einops.rearrange(x)", "name 'einops' is not defined, because your own first cell, line 1"
         " failed: ModuleNotFoundError: No module named 'einops'"),
        (["import numpy as np\nfrom einops import rearrange as r"], "r(x)", "because your own first cell, line 2"
         " failed: ModuleNotFoundError: No module named 'einops'"),
        (["from helpers import *"], "center(x)", "'helpers' (cell relu_forward, line "),
        (["from helpers import *"], "center(x)", "; the grader does not have helpers: use NumPy and"),
        ([], "import sklearn.metrics", "No module named 'sklearn' ("),
        ([], "import sklearn.metrics", "the grader does not have sklearn: use NumPy and Python's own"),
        ([], "import torch; torch.relu(x)", "torch.relu can't be used in this exercise: write the"),
        ([], "import pandas; pandas.Series(x)", "pandas.Series can't be used while your code is graded: use numpy"),
        (["from math import fma_of_later"], "fma_of_later()", "if you have math.fma_of_later, your Python is newer than"
         f" the grader's Python {HERE}"),
        ([], "get_ipython()", "get_ipython belongs to IPython: delete the line, the grader does not have IPython"),
        ([], "nothing_of_the_name", "; the grader keeps only imports, functions, classes and constants of other cells"),
    ],
)  # fmt: skip
def test_missing_names_and_modules_are_reported(scored, above, start, words):
    right, message = scored(*above, start=start)
    assert not right
    assert words in message
    assert "did you rename" not in message


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python has it")
@pytest.mark.parametrize(
    ("above", "start", "words"),
    [
        (["from itertools import batched"], "batched(x, 2)", f"itertools.batched is new in Python 3.12, {GRADED}"),
        ([], "import itertools; itertools.batched(x, 2)", f"itertools.batched is new in Python 3.12, {GRADED}"),
        ([], "from compression import zstd", f"compression is new in Python 3.14, {GRADED}"),
        ([], "frozendict()", f"frozendict is new in Python 3.15, {GRADED}"),
    ],
)
def test_a_name_of_a_newer_python_is_named_with_its_version(scored, above, start, words):
    assert words in scored(*above, start=start)[1]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
@pytest.mark.parametrize(
    ("start", "words"),
    [
        ('print(f"{d["a"]}")', "3.12, but Python 3.11 reads it: f-strings with the same quotes inside as outside"),
        ("def g[T](x: T): pass", "3.12, but Python 3.11 reads it: type parameters, as in `def f[T](x)`"),
        ("try:\n        x()\n    except TypeError, ValueError:\n        pass",
         "3.14, but Python 3.11 reads it: `except A, B:` without parentheses"),
    ],
)  # fmt: skip
def test_newer_syntax_is_named(scored, start, words):
    assert f": this syntax needs Python {words}" in scored(start=start)[1]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<<<<<<< HEAD\n{}\n=======\npass\n>>>>>>> theirs", "line 1: unfinished merge: keep one side"),
        ("{}\n>>>>>>> theirs", ": unfinished merge: keep one side"),
        ("%%writefile relu.py\n{}", "line 1: the cell begins with %%writefile, so Python does not read the functions"),
    ],
)
def test_an_unparsed_cell_has_a_reason(scored, source, words):
    right, message = scored(change=lambda cell: source.format(cell.source))
    assert not right
    assert words in message
