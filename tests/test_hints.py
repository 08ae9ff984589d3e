"""Hints for students about exceptions, their own asserts, missing values and substituted caches."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from courses import COURSE

from autograder.errors import StudentFault
from autograder.intake.submission import Submission, SubmittedCell
from autograder.model import Place
from autograder.sample_class.command import solved_submission
from autograder.sandbox.hints import hint_for, hint_for_syntax
from autograder.sandbox.reply_validation import raised_fault
from autograder.scoring.left_over import left_over_words
from autograder.scoring.scorer import scorer_for
from autograder.testing.compare import check_array, check_entry, check_scalar, check_shape

ROOT = Path(__file__).parent.parent
INTEGERS = "sizes and indices must be integers: divide with //, because / gives a float"
NO_LISTS = "this is Python 2: keys(), items(), map(), zip() and range() no longer return lists; write list(…) around it"
VERSION = "this is about the version of NumPy, not about your algorithm"
OTHER_CELLS = (
    "the grader keeps only imports, functions, classes and constants of other cells; compute all other values inside"
    " the function"
)


def hint_of(code):
    """Return the hint for the exception of some code, with the installed Python and NumPy."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever they raise
        exec(code, {"np": np, "x": np.ones(6)})
    return hint_for(f"{caught.type.__name__}: {caught.value}")


@pytest.mark.parametrize(
    ("code", "instead"),
    [
        ("xrange(3)", "range"),
        ("unicode(3)", "str"),
        ("reduce(max, [1])", "functools.reduce"),
        ("{}.iteritems()", ".items()"),
        ("{}.itervalues()", ".values()"),
        ("{}.iterkeys()", ".keys()"),
        ("{}.has_key(1)", "'key in dict'"),
        ("import sys; sys.maxint", "sys.maxsize"),
        ("import itertools; itertools.izip()", "zip"),
        ("from itertools import izip", "zip"),
        ("import itertools; itertools.izip_longest()", "itertools.zip_longest"),
        ("cmp(1, 2)", "a comparison with < or >"),
        ("raise StandardError('odd')", "Exception"),
        ("raw_input()", "input"),
        ("import cPickle", "import pickle"),
        ("from StringIO import StringIO", "import io"),
        ("import urllib2", "import urllib.request"),
        ("(i for i in x).next()", "next(…)"),
        ("iter([1]).next()", "next(…)"),
    ],
)
def test_names_of_python_2_are_explained(code, instead):
    assert hint_of(code) == f"this is Python 2: write {instead} instead"


@pytest.mark.parametrize("package", ["past", "future"])
def test_packages_for_python_2_are_explained(package):
    words = f"{package} was for Python 2: delete this import; Python 3 needs none of it, and xrange is range"
    assert hint_for(f"ModuleNotFoundError: No module named '{package}'") == words
    missing = f"ModuleNotFoundError: No module named '{package}'"
    failed = f"NameError: name 'xrange' is not defined, because cell a, line 1 failed: {missing}"
    assert hint_for(failed) == words


@pytest.mark.parametrize(
    "code",
    [
        "None + 1",
        "None * x",
        "-(lambda: None)()",
        "{'a': None}['a'][0]",
        "a, b = (lambda: None)()",
        "{}.get('a').shape",
        "len({}.get('a'))",
        "{}.get('a') < 1",
        "for i in {}.get('a'): pass",
        "np.sqrt({}.get('a'))",
        "np.dot(x, None)",
    ],
)
def test_none_in_a_formula_is_explained(code):
    assert hint_of(code) == "a value in this line is None: compute it first, or add the missing return statement"


@pytest.mark.parametrize("code", ["np.zeros(3, 4)", "np.ones(2, 3.0)", "np.empty(2, 3)"])
def test_a_shape_in_two_arguments_is_explained(code):
    assert hint_of(code) == "a shape is one argument: write np.zeros((3, 4)), not np.zeros(3, 4)"


@pytest.mark.parametrize("code", ["n = np.arange(3); n += 0.5", "n = np.arange(3); n /= 2"])
def test_floats_into_an_integer_array_are_explained(code):
    words = "the array on the left holds integers, so it can't take floats: make a new array instead"
    assert hint_of(code) == words


@pytest.mark.parametrize(
    ("code", "instead"),
    [
        ("np.sum(x, dim=0)", "axis"),
        ("x.sum(keepdim=True)", "keepdims"),
        ("x.unsqueeze(0)", "np.expand_dims(…)"),
        ("x.permute(0)", ".transpose(…)"),
        ("x.clone()", ".copy()"),
        ("x.t()", ".T"),
    ],
)
def test_names_of_pytorch_are_explained(code, instead):
    assert hint_of(code) == f"this is PyTorch: write {instead} instead"


@pytest.mark.parametrize(
    "code",
    [
        "{}.keys()[0]",
        "zip([1])[0]",
        "len(map(abs, x))",
        "range(3) + [1]",
        "[1] + range(3)",
        "{}.items() + {}.items()",
        "{}.keys().sort()",
        "np.random.shuffle(range(3))",
    ],
)
def test_iterators_that_were_lists_in_python_2_are_explained(code):
    assert hint_of(code) == NO_LISTS


@pytest.mark.parametrize(
    "code",
    [
        "range(4 / 2)",
        "range(np.float64(2))",
        "np.zeros(4 / 2)",
        "np.zeros((2, 4 / 2))",
        "x.reshape(4 / 2, -1)",
        "x[4 / 2]",
        "x[4 / 2 :]",
        "x[np.arange(3) / 1]",
        "sorted(x)[2 / 2]",
        "[0] * (4 / 2)",
        "np.pad(x, 2 / 2)",
        "np.random.randn(2, 4 / 2)",
    ],
)
def test_float_sizes_and_indices_are_explained(code):
    assert hint_of(code) == INTEGERS


@pytest.mark.skipif(not np.__version__.startswith("2.4"), reason="about another NumPy")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "np.reshape(a=x, newshape=(2, 3))",
            "the argument a of reshape is positional only; write np.reshape(x, shape) instead of np.reshape(a=x, …)",
        ),
        (
            "np.reshape(x, newshape=(2, 3))",
            "the argument newshape of reshape was removed from NumPy; write shape instead",
        ),
        ("np.unravel_index(3, dims=(2, 3))", "the argument dims was removed from NumPy; write shape instead"),
        ("np.histogram(x, normed=True)", "the argument normed was removed from NumPy; write density instead"),
        (
            "np.percentile(x, 3, interpolation='lower')",
            "the argument interpolation was removed from NumPy; write method instead",
        ),
    ],
)
def test_removed_arguments_of_numpy_are_explained(code, words):
    assert hint_of(code) == f"{words}: {VERSION}"


@pytest.mark.parametrize(
    "code",
    ["{}.no_such_method()", "x + np.ones(5)", "x.reshape(4, -1)", "1 / 0", "x.next()", "sorted(x)['a']", "len(3)"],
)
def test_other_exceptions_get_no_hint(code):
    assert hint_of(code) == ""


def test_an_undefined_name_gets_the_hint_about_other_cells():
    assert hint_of("no_such_name") == OTHER_CELLS


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("print 'a'", "this is Python 2: write print(…) instead"),
        ("exec 'a'", "this is Python 2: write exec(…) instead"),
        ("raise ValueError, 'a'", "this is Python 2: write raise Name(…) instead"),
        ("try:\n    pass\nexcept A, e:\n    pass", "this is Python 2: write except (A, B) or except A as name instead"),
        ("if a <> b: pass", "this is Python 2: write != instead"),
        ("a = `b`", "this is Python 2: write repr(…) instead"),
        ("a = 10L", "this is Python 2: write the number without L instead"),
        ("a = ur'b'", "this is Python 2: write the text without u instead"),
        ("f = lambda (a, b): a", "this is Python 2: write one parameter, and unpack it inside instead"),
        ("a b", ""),
        ("a b = '<> `c` 10L'", ""),
        ("a b  # raise A, <>", ""),
    ],
)
def test_statements_of_python_2_are_explained(code, hint):
    with pytest.raises(SyntaxError) as caught:
        compile(code, "cell", "exec")
    line = code.split("\n")[caught.value.lineno - 1]
    assert hint_for_syntax(f"not valid Python ({caught.value.msg})", line) == hint


def test_an_assert_of_the_students_own_is_named_with_its_line():
    reply = {"type": "AssertionError", "message": "odd", "where": [["A.ipynb", "cell f", "f", 16, False]]}
    assert raised_fault(reply, 500, "A.ipynb").message == (
        "AssertionError: odd (cell f, line 16); your assert in line 16 failed: it must hold for every input"
        " that the exercise allows"
    )


def message_of(check, *arguments, **keywords):
    with pytest.raises(StudentFault) as caught:
        check(*arguments, **keywords)
    return caught.value.message


def test_none_gets_the_hint_that_it_was_never_computed():
    array = "dbeta is None, expected an array of shape (5,): compute and return it (eps 0.5)"
    assert message_of(check_array, "dbeta", None, np.zeros(5), "exact", case="eps 0.5") == array
    assert message_of(check_shape, "dbeta", None, (5,), case="eps 0.5") == array
    number = "loss is None, expected one number: compute and return it (reg 0)"
    assert message_of(check_scalar, "loss", None, 1.0, "exact", case="reg 0") == number


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "config has no 'm': store it there (one step)"),
        (None, "config is None, expected a dict with 'm': store it there (one step)"),
        ({"m": None}, "config['m'] is None, expected an array of shape (3,): compute and return it (one step)"),
    ],
)
def test_a_missing_entry_gets_the_hint_that_it_was_never_stored(config, words):
    arguments = (check_array, "config", config, "m", np.zeros(3), "exact")
    assert message_of(check_entry, *arguments, case="one step") == words


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def outcomes(scorer, exercise, **changes):
    """Return the (message, misconception) pairs of failed tests of an exercise."""
    change = {
        name: lambda cell, how=how: how if isinstance(how, str) else cell.source.replace(*how)
        for name, how in changes.items()
    }
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    tests = scorer.outcomes(submission, {exercise})[exercise]
    return [(test.message, test.misconception) for test in tests if not test.passed]


def test_a_python_2_cell_is_not_reported_as_a_missing_function(scorer):
    begin = "    ### BEGIN SOLUTION\n"
    failed = outcomes(scorer, "relu_forward", relu_forward=(begin, f"{begin}    print 'a'\n"))
    assert len({message for message, _ in failed}) == 1
    assert failed[0][0].endswith("Did you mean print(...)?); this is Python 2: write print(…) instead")


def test_a_function_without_its_value_or_its_return_is_explained(scorer):
    failed = outcomes(scorer, "relu_backward", relu_backward=("    return dx", "    pass"))
    words = "relu_backward returned None, expected dx: compute it, and add a return statement"
    assert {message for message, _ in failed} == {words}


RAISE = '    raise NotImplementedError("relu_forward is not written yet")\n'
STILL = "the line `raise NotImplementedError(…)` is still in cell relu_forward (line {}): delete it"


def test_a_stub_that_is_left_below_new_code_is_named(scorer):
    for place, line in ((("    return out", f"{RAISE}    return out"), 12), ((BEGIN, f"{BEGIN}{RAISE}"), 11)):
        failed = outcomes(scorer, "relu_forward", relu_forward=place)
        assert {message for message, _ in failed} == {STILL.format(line)}


def test_a_stub_that_is_left_is_named_in_the_tests_of_the_backward_pass_too(scorer):
    failed = outcomes(scorer, "relu_backward", relu_forward=(BEGIN, f"{BEGIN}{RAISE}"))
    assert failed == []  # the tests get a correct cache
    failed = outcomes(scorer, "relu_backward", relu_forward="import sys", relu_backward="import sys")
    assert {message for message, _ in failed} == {"relu_backward is not defined in your notebook: did you rename it?"}


def test_a_class_of_which_one_method_is_written_is_not_told_to_delete_the_other_stub(scorer):
    stub = next(cell.stub for cell in scorer.assignment.notebooks["FullyConnectedNets.ipynb"].cells_to_fill_in
                if cell.grade_id == "FullyConnectedNet")  # fmt: skip
    before, _, after = stub.partition("    def loss(")
    written = f"{before.replace('raise NotImplementedError', 'self.params = {}; print')}    def loss({after}"
    failed = outcomes(scorer, "FullyConnectedNet", FullyConnectedNet=written)
    assert "FullyConnectedNet.loss is not written yet: put your code in its cell" in {message for message, _ in failed}
    assert [message for message, _ in failed if "is still in" in message] == []


def test_a_translated_comment_is_not_new_code():
    stub = "def f(x):\n    y = x.copy()  # do not change x\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    notebook = SimpleNamespace(cells_to_fill_in=[SimpleNamespace(stub=stub, grade_id="f")])
    still = "the line `raise NotImplementedError(…)` is still in cell f (line 4): delete it"
    for text, words in ((stub.replace("do not", "请勿"), ""), (stub.replace("x.copy()", "x + 1"), still)):
        submission = Submission("ann", {"N.ipynb": [SubmittedCell("code", text, "f")]}, (), {})
        assignment = SimpleNamespace(notebooks={"N.ipynb": notebook})
        assert left_over_words(submission, assignment, Place("N.ipynb", "cell f", 4)) == words


def test_a_dict_that_is_none_gets_the_remedy(scorer):
    failed = outcomes(scorer, "FullyConnectedNet", FullyConnectedNet=("return loss, grads", "return loss, None"))
    assert {message for message, _ in failed} == {"grads is None, expected a dict of arrays: compute and return it"}


def test_a_missing_value_in_one_position_is_named(scorer):
    failed = outcomes(scorer, "sgd_momentum", sgd_momentum=("return next_w, config", "return None, config"))
    assert all(message.startswith("next_w is None, expected an array of shape ") for message, _ in failed)


SLOW = "def relu_forward(x):\n    while x.ndim == 1: pass\n    return np.maximum(0, x), x\n"
ENDLESS = "def relu_forward(x):\n    while True: pass\n"


@pytest.mark.slow
def test_slow_code_is_told_which_tests_count(scorer):
    ((told, _),) = outcomes(scorer, "relu_forward", relu_forward=SLOW)
    slow = "on this input your code is too slow, or a loop does not end; all other tests passed"
    seconds = f"{scorer.assignment.settings.test_seconds:g} s"
    assert told == f"did not finish within {seconds}: {slow}"
    endless = [message for message, _ in outcomes(scorer, "relu_forward", relu_forward=ENDLESS)]
    assert endless[0] == f"did not finish within {seconds}: look for a loop that does not end or takes very long"


BIAS_FORGOTTEN = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w, (x, w, b)\n"
INTO_THE_CACHE = (
    "            hidden, relu_cache",
    "            a, b, c = affine_cache\n            hidden, relu_cache",
)


def test_what_the_students_own_run_gave_is_told_where_a_cache_is_looked_into(scorer):
    """The program fails with the substituted affine layer; feedback does not mention that."""
    changes = {"affine_forward": BIAS_FORGOTTEN, "FullyConnectedNet": INTO_THE_CACHE}
    failed = outcomes(scorer, "FullyConnectedNet", **changes)
    assert failed
    assert [message for message, _ in failed if "looked into" in message] == []
    assert failed[0][0].startswith("scores[")


def test_a_wrong_layer_below_does_not_hide_a_mistake_above_it(scorer):
    """Both are named, although the run with the substituted batchnorm_forward ends in an exception."""
    below = (
        "    out = gamma * (x_centered / std) + beta\n",
        "    out = x_centered / std\n    if mode == 'train':\n        out = gamma * out + beta\n",
    )
    above = """\
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    out, caches = np.zeros_like(x), []
    for c in range(x.shape[1]):
        plane = x[:, c].reshape(len(x), -1)
        flat, cache = batchnorm_forward(plane, gamma[c], beta[c], bn_param)
        out[:, c] = flat.reshape(x[:, c].shape)
        caches.append(cache)
    return out, caches
"""
    changes = {"batchnorm_forward": below, "spatial_batchnorm_forward": above}
    names = {words for _, words in outcomes(scorer, "batchnorm_forward", **changes)}
    assert names == {"Test mode returns the normalized data. Scale by gamma and shift by beta."}
    failed = outcomes(scorer, "spatial_batchnorm_forward", **changes)
    assert {words for _, words in failed} == {
        "Every pixel has its own statistics over the batch. Take them over rows and columns too."
    }
    assert [message for message, _ in failed if "replaces yours" in message] == []


TILES = "    assert (x.shape[2] - pool_param['pool_height']) % pool_param['stride'] == 0\n"
BEGIN = "    ### BEGIN SOLUTION\n"
ONLY_BATCHNORM = ("if self.normalization:", 'if self.normalization == "batchnorm":')


@pytest.mark.parametrize(
    ("exercise", "change", "words"),
    [
        (
            "max_pool_forward_naive",
            (BEGIN, BEGIN + TILES),
            "An assert fails if the windows do not fit exactly. Remove it: pixels may be left over.",
        ),
        (
            "FullyConnectedNet",
            ONLY_BATCHNORM,
            'Layer normalization is not implemented. Use it if normalization is "layernorm".',
        ),
    ],
)
def test_asserts_and_missing_implementations_are_named(scorer, exercise, change, words):
    failed = outcomes(scorer, exercise, **{exercise: change})
    assert {misconception for _, misconception in failed} == {words}
