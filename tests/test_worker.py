"""Student code in the worker: what comes back, and what each way of going wrong is called."""

from types import SimpleNamespace

import numpy as np
import pytest

from autograder.errors import GraderError, StudentFault
from autograder.lending import Loan, loans
from autograder.sandbox.host import Limits, Worker

SETUP = "import numpy as np\nimport matplotlib.pyplot as plt\nfrom cs231n.layers import relu_forward\n"


@pytest.fixture(scope="module")
def worker():
    with Worker(Limits(test_seconds=2, memory_mb=512)) as worker:
        yield worker


def session(worker, source, *, wanted=("f",), lend=None, others=None):
    notebooks = {"A.ipynb": [("set-up", SETUP), ("cell f", source)], **(others or {})}
    return worker.session("A.ipynb", notebooks, wanted=wanted, lend=lend)


def call(worker, source, *arguments, returns=(("out", False),), **options):
    with session(worker, source, **options) as s:
        return s.call("f", list(arguments), returns=returns)


def test_a_cache_stays_inside_and_can_be_handed_back(worker):
    source = (
        "def f(x):\n    return x * 2, {'kept': [x, lambda: 3]}\ndef g(dout, cache):\n    return dout * cache['kept'][0]"
    )
    with session(worker, source, wanted=("f", "g")) as s:
        out, cache = s.call("f", [np.arange(3.0)], returns=(("out", False), ("cache", True)))
        (dx,) = s.call("g", [np.full(3, 2.0), cache], returns=(("dx", False),))
    np.testing.assert_array_equal(out, [0, 2, 4])
    np.testing.assert_array_equal(dx, [0, 2, 4])


def test_the_hosts_arrays_are_out_of_reach(worker):
    x = np.arange(3.0)
    call(worker, "def f(x):\n    x[:] = 7\n    return x", x)
    np.testing.assert_array_equal(x, [0, 1, 2])


def test_a_dict_that_is_updated_in_place_comes_back(worker):
    bn_param = {"mode": "train"}
    with session(worker, "def f(p):\n    p['running_mean'] = np.ones(2)\n    return np.zeros(1)") as s:
        s.call("f", [bn_param], returns=(("out", False),), in_place=(0,))
    np.testing.assert_array_equal(bn_param["running_mean"], [1, 1])


def test_nothing_is_left_for_the_next_test(worker):
    count = "import sys\ndef f():\n    sys.seen = getattr(sys, 'seen', 0) + 1\n    return np.array([sys.seen])"
    assert call(worker, count)[0] == call(worker, count)[0] == 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("while True: pass", "timeout", "no answer within 2 s"),
        ("import time; time.sleep(60)", "timeout", "no answer within 2 s"),
        ("import os; os._exit(3)", "crashed", "exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed", "SIGSEGV"),
        ("import os; os.kill(os.getpid(), 40)", "crashed", "signal 40"),
        ("raise SystemExit(0)", "error", "SystemExit"),
        ("return 1 / 0", "error", "ZeroDivisionError: division by zero (A.ipynb, cell f, line 2)"),
        ("return np.ones((4096, 4096, 64))", "error", "MemoryError"),
        ("raise NotImplementedError()", "missing", "not written yet"),
        ("return f()", "error", "RecursionError"),
        ("return np.ones(1 << 24)", "crashed", "over the size limit"),
        ("return plt.plot([1])", "error", "matplotlib.pyplot.plot can't be used"),
    ],
)
def test_each_way_of_going_wrong_has_its_status(worker, body, status, words):
    with pytest.raises(StudentFault) as fault:
        call(worker, f"def f():\n    {body}")
    assert fault.value.status == status
    assert words in fault.value.message


def test_a_wrong_number_of_return_values_is_said(worker):
    with pytest.raises(StudentFault, match=r"has to return 2 values \(out, cache\), got ndarray"):
        call(worker, "def f():\n    return np.zeros(2)", returns=(("out", False), ("cache", True)))


def test_messages_are_one_short_line_without_control_characters(worker):
    with pytest.raises(StudentFault) as fault:
        call(worker, "def f():\n    raise ValueError('\\x1b[31m' + 'a\\n' * 5000)")
    assert len(fault.value.message) < 700
    assert fault.value.message.isprintable()


def test_the_worker_serves_on_after_every_misfortune(worker):
    for body in ("while True: pass", "import os; os._exit(9)"):
        with pytest.raises(StudentFault):
            call(worker, f"def f():\n    {body}")
    assert call(worker, "def f():\n    return np.ones(1)")[0] == 1


def test_a_cell_that_does_not_parse_costs_only_itself(worker):
    notebooks = {"A.ipynb": [("set-up", SETUP), ("cell g", "def g(:\n"), ("cell f", "def f():\n    return np.ones(1)")]}
    with worker.session("A.ipynb", notebooks, wanted=["f", "g"]) as s:
        assert s.defined == ["f"]
        assert s.problems[0][:2] == ("cell g", 1)
        assert s.call("f", [], returns=(("out", False),))[0] == 1


def test_definitions_of_another_notebook_are_there(worker):
    borrow = "from cs231n.notebook import definitions\nh = definitions('B.ipynb', 'h')\ndef f(x):\n    return h(x)"
    others = {"B.ipynb": [("set-up", SETUP), ("cell h", "def h(x):\n    return x + 1")]}
    np.testing.assert_array_equal(call(worker, borrow, np.zeros(2), others=others)[0], [1, 1])


def test_a_lent_function_replaces_the_students_own(worker):
    def batchnorm_forward(x, bn_param):
        bn_param["running_mean"] = x.mean(0)
        return x + 1, {"secret": x}

    source = (
        "def batchnorm_forward(x, p):\n    raise RuntimeError\n"
        "def f(x, p):\n    out, cache = batchnorm_forward(x, bn_param=p)\n"
        "    assert type(cache).__name__ == 'Lent'\n    return out + p['running_mean'], (cache, 1)\n"
        "def g(dout, cache):\n    return back(dout, cache[0])"
    )
    lend = {
        "batchnorm_forward": Loan(batchnorm_forward, ("x", "bn_param"), (1,)),
        "back": Loan(lambda dout, cache: dout * cache["secret"], ("dout", "cache")),
    }
    x = np.array([[1.0], [3.0]])
    with session(worker, source, wanted=("f", "g"), lend=lend) as s:
        out, cache = s.call("f", [x, {}], returns=(("out", False), ("cache", True)))
        (dx,) = s.call("g", [x, cache], returns=(("dx", False),))
    np.testing.assert_array_equal(out, [[4], [6]])
    np.testing.assert_array_equal(dx, x * x)


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_lent_function_can_not_be_used_to_fill_the_graders_memory(worker, size):
    lend = {"keep": Loan(lambda x: (x, {"kept": x}), ("x",))}
    with pytest.raises(StudentFault, match="keep was called too often or with too much data"):
        call(worker, f"def f():\n    while True:\n        keep(np.ones({size}))", lend=lend)


def test_a_lent_function_called_wrongly_is_the_students_error(worker):
    lend = {"back": Loan(lambda dout, cache: dout @ cache, ("dout", "cache"))}
    with pytest.raises(StudentFault, match="back was called with arguments it can't use"):
        call(worker, "def f(x):\n    return back(x, x)", np.ones((2, 3)), lend=lend)


@pytest.mark.parametrize(
    "arguments", ["np.ones((9000, 1)), np.ones(9000), np.ones(9000), {}", "np.ones((0, 60)), 1, 1, {}"]
)
def test_a_lent_function_refuses_shapes_that_would_grow(worker, arguments):
    lend = loans(SimpleNamespace(batchnorm_forward=lambda *a: pytest.fail("it was called")), ["batchnorm_forward"])
    with pytest.raises(StudentFault, match="has to"):
        call(worker, f"def f():\n    return batchnorm_forward({arguments})", lend=lend)


def test_an_ordered_dict_counts_as_a_dict(worker):
    source = "from collections import OrderedDict\ndef f():\n    return OrderedDict(a=np.ones(2))"
    assert list(call(worker, source)[0]) == ["a"]


def test_withheld_functions_say_so(worker):
    source = "from cs231n.fast_layers import conv_forward_fast\ndef f():\n    return conv_forward_fast(1, 2, 3, 4)"
    notebooks = {"A.ipynb": [("set-up", SETUP), ("cell f", source)]}
    with worker.session("A.ipynb", notebooks, wanted=["f"], withhold=["cs231n.fast_layers"]) as s:
        with pytest.raises(StudentFault, match="conv_forward_fast can't be used in this exercise"):
            s.call("f", [], returns=(("out", False),))


def test_a_worker_that_was_killed_is_noticed():
    with Worker(Limits(test_seconds=2)) as worker:
        with pytest.raises(GraderError):
            call(worker, "def f():\n    import os; os.kill(os.getppid(), 9)\n    os.kill(os.getpid(), 9)")
        assert not worker.is_alive
