"""Collection of hidden tests: their declarations, and messages about wrong ones."""

import numpy as np
import pytest
from courses import ASSIGNMENT

from autograder.course.content import load_content
from autograder.errors import GraderError, WrongParts
from autograder.scoring.reference_runs import observe
from autograder.testing.compare import check_array
from autograder.testing.recording import record_comparisons
from autograder.testing.tolerances import Tolerance

GOOD = '''
import pytest
from autograder import hidden_test

@hidden_test("layernorm_forward", weight=2, substitutes=("batchnorm_forward",))
@pytest.mark.parametrize("size", [3, 4])
def test_sizes(student, size):
    """Any size
    is right.

    More text that is not shown.
    """
    student.append(size)
'''


@pytest.fixture
def collect(tmp_path):
    """Collect hidden tests from a file of this text."""

    def collected(text):
        (tmp_path / "topic").mkdir()
        (tmp_path / "topic" / "hidden_tests.py").write_text(text)
        return load_content(tmp_path).tests

    return collected


def test_a_test_says_what_it_scores_and_is_run_with_what_it_asks_for(collect):
    first, second = collect(GOOD)
    assert (first.exercise, first.weight) == ("layernorm_forward", 2)
    assert (first.substitutes, first.imports) == (("batchnorm_forward",), "")
    assert (first.title, first.name) == ("Any size is right.", "test_sizes")
    assert (first.node, second.node) == tuple(f"topic/hidden_tests.py::test_sizes[{n}]" for n in (3, 4))
    sizes = []
    for test in (first, second):
        test.run(student=sizes, reference=None, rng=None, options=None)
    assert sizes == [3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("@hidden_test", "# "), "test_sizes has no exercise: decorate it"),
        (
            GOOD.split('    """')[0] + "    pass\n",
            "test_sizes has no docstring: write one, its first paragraph is the title",
        ),
        (GOOD.replace("(student, size)", "(student, size, tmp_path)"), "expected arguments among .*, got tmp_path"),
        (GOOD.replace("weight=2", "wieght=2"), "hidden_tests.py, line 5: TypeError: .*wieght"),
        (GOOD.replace("weight=2", "weight=0"), "test_sizes: expected a positive number as its weight, got 0"),
        (GOOD.replace("weight=2", "weight=2, parts={'dx': 0}"), "a positive number as its weight, got 2, 0"),
        (GOOD.replace("weight=2", "weight=2, parts=('dx', 'dx')"), "expected distinct names of parts, got .*dx"),
        (GOOD.replace("weight=2", "weight=2, parts=('dx',)"), "has parts: expected {part} in its title"),
        (GOOD.replace("weight=2", 'weight="2"'), "expected a positive number as its weight, got '2'"),
        ("\nimport nothing_of_this_name", "hidden_tests.py, line 2: ModuleNotFoundError: .*nothing_of_this_name"),
        ("x = 1\nx = = 3", "hidden_tests.py, line 2: SyntaxError: invalid syntax"),
        ("", "exit status 5"),
    ],
)
def test_what_is_wrong_with_a_file_of_tests_is_said_in_one_line(collect, text, message):
    with pytest.raises(GraderError, match=message) as failure:
        collect(text)
    assert "\n" not in str(failure.value)


def test_settings_of_other_pytest_runs_do_not_matter(collect, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    assert len(collect(GOOD)) == 2


def test_a_tolerance_that_is_not_there_is_answered_with_those_that_are():
    tolerances = {"exact": Tolerance(1e-6, "sums"), "loose": Tolerance(1e-2, "drawn")}
    with record_comparisons(tolerances), pytest.raises(GraderError, match=r"\(exact, loose\), got 'exactly'"):
        check_array("out", np.ones(2), np.ones(2), "exactly")


def test_a_fault_of_a_test_s_own_is_called_that(collect):
    first, _ = collect(GOOD.replace("student.append(size)", "nothing_of_this_name"))
    with pytest.raises(GraderError, match=r"hidden test test_sizes raised NameError: .*nothing_of_this_name"):
        observe(first, {}, None, [1], ASSIGNMENT)


PARTS = """
from autograder import fail, hidden_test, together


@hidden_test("layernorm_backward", weight=4, parts={"dx": 3, "dgamma": 1})
def test_parts(student):
    \"\"\"The gradient {part}.\"\"\"
    with together() as check:
        check(student, fail, "wrong")
        check("dgamma", len, "right")
"""


def test_parts_share_the_weight_and_fail_on_their_own(collect):
    (test,) = collect(PARTS)
    dx, dgamma = test.checks
    assert (dx.weight, dgamma.weight) == (3, 1)
    assert (dx.title, dgamma.title) == ("The gradient dx.", "The gradient dgamma.")
    with pytest.raises(WrongParts) as wrong:
        test.run(student="dx")
    assert {name: fault.message for name, fault in wrong.value.faults.items()} == {"dx": "wrong"}


def test_a_check_of_an_unknown_part_is_the_authors_mistake(collect):
    (test,) = collect(PARTS)
    with pytest.raises(GraderError, match="hidden test test_parts: expected checks of its parts dx, dgamma, got dbeta"):
        test.run(student="dbeta")
