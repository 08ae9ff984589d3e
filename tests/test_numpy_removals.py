"""Removed NumPy APIs are reported as such, and not as a mistake in the algorithm."""

from pathlib import Path

import numpy as np
import pytest
from courses import COURSE

from autograder.sample_class.command import solved_submission
from autograder.sandbox.numpy_removals import METHODS, MODULE, explain
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent


def raised(code):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever this NumPy raises
        eval(code, {"np": np})
    return explain(f"{caught.type.__name__}: {caught.value}")


@pytest.mark.parametrize("name", sorted(set(MODULE) - {"bool", "long"}))
def test_removed_names_are_explained(name):
    if hasattr(np, name):
        pytest.skip(f"np.{name} is still in NumPy {np.__version__}")
    assert raised(f"np.{name}").startswith(f"np.{name} was removed from NumPy; write {MODULE[name]} instead")


@pytest.mark.parametrize("name", METHODS)
def test_removed_methods_are_explained(name):
    if hasattr(np.ndarray, name):
        pytest.skip(f"arrays still have {name} in NumPy {np.__version__}")
    assert METHODS[name] in raised(f"np.zeros(3).{name}")


def test_other_exceptions_are_not_explained():
    for code in ("np.no_such_name", "np.zeros(3).no_such_method", "1 / 0", "np.zeros(3) + np.zeros(4)"):
        assert raised(code) == ""


@pytest.mark.skipif(not np.__version__.startswith("2."), reason="still in this NumPy")
def test_the_student_is_told_what_to_write():
    scorer = scorer_for(COURSE.root, "assignment2")
    change = {"conv_forward_naive": lambda cell: cell.source.replace("np.pad(x, ", "np.lib.pad(x, pad_width=")}
    result = scorer.score(solved_submission(scorer.assignment, "somebody", change=change))
    messages = [test.message for test in result.exercises["conv_forward_naive"].tests]
    assert all("np.lib.pad was removed from NumPy; write np.pad instead" in message for message in messages)
    assert all("not about your algorithm" in message for message in messages)
    assert result.score == result.max_score - 11
