"""Student code in the sandbox: return values, and the status of each error."""

import dataclasses
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from courses import ASSIGNMENT, CONTENT

from autograder.errors import GraderError, SandboxError, StudentFault
from autograder.sandbox import seccomp
from autograder.sandbox.isolation import open_sandbox
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.scoring.substitutes import Substitute, substitutes

compile_filter = seccomp.compile_filter
SETUP = "import numpy as np\nimport matplotlib.pyplot as plt\nfrom cs231n.layers import softmax_loss\n"


NAIVE, WITH_FAST_LAYERS = (ASSIGNMENT.import_policies[name] for name in ("naive", "fast layers"))


@pytest.fixture(scope="module", params=["bwrap", "inner", "none"])
def sandbox(request):
    with open_sandbox(Limits(test_seconds=2, memory_mb=512), request.param, policy=NAIVE) as sandbox:
        yield sandbox


def session(sandbox, source, *, wanted=("f",), substitutes=None, others=None, policy=NAIVE):
    notebooks = {"A.ipynb": [("set-up", SETUP), ("cell f", source)], **(others or {})}
    return sandbox.session(sandbox.parse(notebooks), "A.ipynb", wanted=wanted, substitutes=substitutes, policy=policy)


def call(sandbox, source, *arguments, returns=(("out", False),), **options):
    with session(sandbox, source, **options) as s:
        return s.call("f", list(arguments), returns=returns)


def test_a_cache_stays_inside_and_can_be_passed_to_the_backward_pass(sandbox):
    source = (
        "def f(x):\n    return x * 2, {'kept': [x, lambda: 3]}\ndef g(dout, cache):\n    return dout * cache['kept'][0]"
    )
    with session(sandbox, source, wanted=("f", "g")) as s:
        out, cache = s.call("f", [np.arange(3.0)], returns=(("out", False), ("cache", True)))
        (dx,) = s.call("g", [np.full(3, 2.0), cache], returns=(("dx", False),))
    np.testing.assert_array_equal(out, [0, 2, 4])
    np.testing.assert_array_equal(dx, [0, 2, 4])


def test_arrays_of_the_trusted_side_can_not_be_changed(sandbox):
    x = np.arange(3.0)
    call(sandbox, "def f(x):\n    x[:] = 7\n    return x", x)
    np.testing.assert_array_equal(x, [0, 1, 2])


def test_a_dict_that_is_updated_in_place_comes_back(sandbox):
    bn_param = {"mode": "train"}
    with session(sandbox, "def f(p):\n    p['running_mean'] = np.ones(2)\n    return np.zeros(1)") as s:
        s.call("f", [bn_param], returns=(("out", False),), in_place=(0,))
    np.testing.assert_array_equal(bn_param["running_mean"], [1, 1])


@pytest.mark.parametrize(
    "statement",
    ["p.update({f'column {i}': x for i in range(70)})", "p['columns'] = np.zeros((3000, 3000))", "p['p'] = p"],
)
def test_new_keys_in_a_dict_argument_are_not_sent_back(sandbox, statement):
    with session(sandbox, f"def f(x, p):\n    {statement}\n    p['pad'] = 2\n    return x") as s:
        (out,) = s.call("f", [np.ones(3), {"pad": 1, "stride": 1}], returns=(("out", False),))
        np.testing.assert_array_equal(out, np.ones(3))
        assert s.changed == {1: {"pad": 2, "stride": 1}}


def test_each_session_starts_clean(sandbox):
    count = "import sys\ndef f():\n    sys.seen = getattr(sys, 'seen', 0) + 1\n    return np.array([sys.seen])"
    assert call(sandbox, count)[0] == call(sandbox, count)[0] == 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("while True: pass", "timeout", "did not finish within 2 s"),
        ("import time; time.sleep(60)", "timeout", "did not finish within 2 s"),
        ("import os; os._exit(3)", "crashed", "exit status 3"),
        ("import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV"),
        ("raise SystemExit(0)", "error", "SystemExit"),
        ("return 1 / 0", "error", "ZeroDivisionError: division by zero (cell f, line 2)"),
        ("return np.ones((4096, 4096, 64))", "error", "MemoryError"),
        ("return N", "error", "name 'N' is not defined (cell f, line 2); the grader keeps only imports, func"),
        ("raise NotImplementedError()", "missing", "not written yet"),
        ("raise NotImplementedError('f is not written yet: do it')", "missing", "f is not written yet: do it"),
        ("return f()", "error", "RecursionError"),
        ("return np.ones(1 << 24)", "crashed", "over the size limit"),
        ("return plt.plot([1])", "error", "matplotlib.pyplot.plot can't be used"),
    ],
)
def test_each_error_has_its_status(sandbox, body, status, words):
    with pytest.raises(StudentFault) as fault:
        call(sandbox, f"def f():\n    {body}")
    assert fault.value.status == status
    assert words in fault.value.message


@pytest.mark.parametrize(("value", "got"), [("np.zeros(2)", "ndarray"), ("None", "None: add a return statement")])
def test_a_wrong_number_of_return_values_is_an_error(sandbox, value, got):
    with pytest.raises(StudentFault, match=rf"expected 2 return values of f \(out, cache\), got {got}$"):
        call(sandbox, f"def f():\n    return {value}", returns=(("out", False), ("cache", True)))


def test_messages_are_one_short_line_without_control_characters(sandbox):
    with pytest.raises(StudentFault) as fault:
        call(sandbox, "def f():\n    raise ValueError('\\x1b[31m' + 'a\\n' * 5000)")
    assert len(fault.value.message) < 600
    assert fault.value.message.isprintable()


def test_the_worker_continues_after_every_fault(sandbox):
    for body in ("while True: pass", "import os; os._exit(9)"):
        with pytest.raises(StudentFault):
            call(sandbox, f"def f():\n    {body}")
    assert call(sandbox, "def f():\n    return np.ones(1)")[0] == 1


def test_a_cell_that_does_not_parse_affects_no_other_cell(sandbox):
    source = "def f():\n    return np.ones(1)"
    notebooks = {"A.ipynb": [("set-up", SETUP), ("cell g", "def g(:\n"), ("cell f", source)]}
    with sandbox.session(sandbox.parse(notebooks), "A.ipynb", wanted=["f", "g"]) as s:
        assert s.defined == ["f"]
        assert s.problems[0][:2] == ("cell g", 1)
        assert s.call("f", [], returns=(("out", False),))[0] == 1


def test_a_cell_that_crashes_the_parser_affects_no_other_cell(sandbox):
    """Deep nesting may crash the process; in any case the other cell counts."""
    source = "def f():\n    return np.ones(1)"
    deep = "x = " + "-" * 200_000 + "1"
    notebooks = {"A.ipynb": [("set-up", SETUP), ("cell g", deep), ("cell f", source)]}
    with sandbox.session(sandbox.parse(notebooks), "A.ipynb", wanted=["f"]) as s:
        assert s.problems[0][0] == "cell g"
        assert s.call("f", [], returns=(("out", False),))[0] == 1


@pytest.mark.parametrize("package", ["cs231n", "student_tools"])
def test_definitions_of_another_notebook_can_be_used(sandbox, package):
    uses = f"from {package}.notebook import definitions\nh = definitions('B.ipynb', 'h')\ndef f(x):\n    return h(x)"
    others = {"B.ipynb": [("set-up", SETUP), ("cell h", "def h(x):\n    return x + 1")]}
    np.testing.assert_array_equal(call(sandbox, uses, np.zeros(2), others=others)[0], [1, 1])


@pytest.mark.parametrize(
    ("module", "name"),
    [("student_tools.submit", "main"), ("student_tools.manifest", "read_manifest"), ("cs231n.submit", "start")],
)
def test_tools_that_no_exercise_needs_are_stand_ins(sandbox, module, name):
    source = f"import {module}\ndef f():\n    return {module}.{name}()"
    with pytest.raises(StudentFault, match=rf"{module}\.{name} can't be used while your code is graded"):
        call(sandbox, source)


@pytest.mark.parametrize("isolation", ["bwrap", "inner"])
def test_the_files_of_other_tools_can_not_be_read(isolation):
    source = (
        "import os\nfrom student_tools import notebook\n"
        "def f(name):\n    return len(open(os.path.join(os.path.dirname(notebook.__file__), name)).read())"
    )
    with open_sandbox(Limits(test_seconds=2, memory_mb=512), isolation) as sandbox:
        assert call(sandbox, source, "check.py")[0] > 1000
        with pytest.raises(StudentFault, match=r"FileNotFoundError|PermissionError"):
            call(sandbox, source, "submit.py")


def test_a_substitute_replaces_the_students_own(sandbox):
    def batchnorm_forward(x, bn_param):
        bn_param["running_mean"] = x.mean(0)
        return x + 1, {"secret": x}

    source = (
        "def batchnorm_forward(x, p):\n    raise RuntimeError\n"
        "def f(x, p):\n    out, cache = batchnorm_forward(x, bn_param=p)\n"
        "    assert 'secret' not in dir(cache)\n    return out + p['running_mean'], (cache, 1)\n"
        "def g(dout, cache):\n    return back(dout, cache[0])"
    )
    given = {
        "batchnorm_forward": Substitute(batchnorm_forward, ("x", "bn_param"), (1,)),
        "back": Substitute(lambda dout, cache: dout * cache["secret"], ("dout", "cache")),
    }
    x = np.array([[1.0], [3.0]])
    with session(sandbox, source, wanted=("f", "g"), substitutes=given) as s:
        out, cache = s.call("f", [x, {}], returns=(("out", False), ("cache", True)))
        (dx,) = s.call("g", [x, cache], returns=(("dx", False),))
    np.testing.assert_array_equal(out, [[4], [6]])
    np.testing.assert_array_equal(dx, x * x)


CLOSED = (
    "the cache of the reference's batchnorm_forward, which replaces yours in this test, can't be read: pass it on"
    " unchanged"
)


@pytest.mark.parametrize(
    ("use", "kind"),
    [
        ("cache[0]", "TypeError"),
        ("x_hat, std = cache", "TypeError"),
        ("list(cache)", "TypeError"),
        ("len(cache)", "TypeError"),
        ("cache.std", "AttributeError"),
        ("dict(**cache)", "TypeError"),
        ("x * cache", "TypeError"),
        ("2 * cache", "TypeError"),
        ("np.maximum(cache, 0)", "TypeError"),
        ("np.array(cache)", "TypeError"),
        ("cache > 0", "TypeError"),
        ("cache[0] = x", "TypeError"),
    ],
)
def test_reading_the_cache_of_a_substitute_has_a_clear_error(sandbox, use, kind):
    given = {"batchnorm_forward": Substitute(lambda x: (x, {"kept": x}), ("x",))}
    source = f"def f(x):\n    out, cache = batchnorm_forward(x)\n    {use}\n    return out"
    with pytest.raises(StudentFault) as caught:
        call(sandbox, source, np.ones((2, 3)), substitutes=given)
    assert caught.value.message == f"{kind}: {CLOSED} (cell f, line 3)"


def test_the_cache_of_a_substitute_can_be_kept_copied_and_compared_with_none(sandbox):
    given = {
        "forward": Substitute(lambda x: (x, {"kept": x}), ("x",)),
        "backward": Substitute(lambda dout, cache: dout * cache["kept"], ("dout", "cache")),
    }
    source = """\
import copy
def f(x):
    out, cache = forward(x)
    caches = {"first": [cache]}
    cache = copy.deepcopy(caches)["first"][0]
    assert cache is not None and cache and not isinstance(cache, tuple) and not hasattr(cache, "shape")
    return backward(out, cache)
"""
    x = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(call(sandbox, source, x, substitutes=given)[0], x * x)


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_substitute_can_not_be_used_to_fill_the_graders_memory(sandbox, size):
    given = {"keep": Substitute(lambda x: (x, {"kept": x}), ("x",))}
    with pytest.raises(StudentFault, match="keep was called too often or with too much data"):
        call(sandbox, f"def f():\n    while True:\n        keep(np.ones({size}))", substitutes=given)


def test_a_substitute_called_wrongly_is_the_students_error(sandbox):
    given = {"back": Substitute(lambda dout, cache: dout @ cache, ("dout", "cache"))}
    with pytest.raises(StudentFault, match="back was called with arguments it can't use"):
        call(sandbox, "def f(x):\n    return back(x, x)", np.ones((2, 3)), substitutes=given)


@pytest.mark.parametrize(
    "arguments", ["np.ones((9000, 1)), np.ones(9000), np.ones(9000), {}", "np.ones((0, 60)), 1, 1, {}"]
)
def test_a_substitute_refuses_shapes_that_would_grow(sandbox, arguments):
    reference = SimpleNamespace(batchnorm_forward=lambda *a: pytest.fail("it was called"))
    given = substitutes(CONTENT, reference, ["batchnorm_forward"])
    with pytest.raises(StudentFault, match=r"arguments it can't use \(ValueError: "):
        call(sandbox, f"def f():\n    return batchnorm_forward({arguments})", substitutes=given)


def test_a_class_is_not_a_substitute():
    with pytest.raises(GraderError, match="expected a hidden test to name substitutes of the assignment"):
        substitutes(CONTENT, None, ["FullyConnectedNet"])


def test_an_ordered_dict_counts_as_a_dict(sandbox):
    source = "from collections import OrderedDict\ndef f():\n    return OrderedDict(a=np.ones(2))"
    assert list(call(sandbox, source)[0]) == ["a"]


FAST = "from cs231n.fast_layers import max_pool_forward_fast\ndef f(x, p):\n    return max_pool_forward_fast(x, p)[0]"
STAR = "from cs231n.fast_layers import *\n" + FAST.split("\n", 1)[1]
POOL = [np.arange(4.0).reshape(1, 1, 2, 2), {"pool_height": 2, "pool_width": 2, "stride": 2}]


@pytest.mark.parametrize("source", [FAST, STAR])
def test_the_fast_layers_can_be_imported_for_the_network_only(sandbox, source):
    with pytest.raises(StudentFault, match="max_pool_forward_fast can't be used in this exercise: write the"):
        call(sandbox, source, *POOL)
    assert call(sandbox, source, *POOL, policy=WITH_FAST_LAYERS)[0] == 3


@pytest.mark.parametrize("isolation", ["bwrap", "inner"])
def test_a_grader_without_a_compiler_runs_the_network_on_the_numpy_twin(isolation):
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)  # for a worker that becomes nobody
        without = shutil.ignore_patterns("*.so", "__pycache__")
        copies = tuple(
            (name, shutil.copytree(folder, Path(scratch) / name, ignore=without))
            for name, folder in WITH_FAST_LAYERS.student_packages
        )
        policy = dataclasses.replace(WITH_FAST_LAYERS, student_packages=copies)
        with Sandbox(isolation, policy=policy) as sandbox:
            assert call(sandbox, FAST, *POOL, policy=policy)[0] == 3


def test_other_libraries_can_be_imported_for_the_network_only(sandbox):
    source = "from scipy.special import logsumexp\ndef f(x):\n    return np.asarray(logsumexp(x))"
    with pytest.raises(StudentFault, match=r"scipy\.special\.logsumexp can't be used in this exercise"):
        call(sandbox, source, np.zeros(2))
    assert call(sandbox, source, np.zeros(2), policy=WITH_FAST_LAYERS)[0] == pytest.approx(np.log(2))


def test_what_the_code_prints_is_kept_up_to_a_limit(sandbox):
    with session(sandbox, "def f():\n    print('a\\nb' * 10_000_000)\n    return np.ones(1)") as s:
        s.call("f", [], returns=(("out", False),))
    assert len(s.output) == sandbox.limits.output_chars
    assert s.output.startswith("a\nba\nb")


def test_a_worker_that_was_killed_is_a_broken_sandbox():
    with open_sandbox(Limits(test_seconds=2)) as sandbox:
        sandbox.worker().process.kill()
        with pytest.raises(SandboxError, match="the worker that runs student code has ended"):
            call(sandbox, "def f():\n    return 1")


def test_a_child_that_can_not_lock_itself_down_is_a_broken_sandbox(monkeypatch):
    """The kernel refuses an invalid filter."""
    with monkeypatch.context() as patch:
        patch.setattr(seccomp, "CHILD", ())
        patch.setattr(seccomp, "compile_filter", lambda rules: compile_filter(rules) if rules else b"\0" * 8)
        sandbox = Sandbox("bwrap")
        sandbox.worker()
    with sandbox, pytest.raises(SandboxError, match="a test process did not start"):
        call(sandbox, "def f():\n    return 1")
