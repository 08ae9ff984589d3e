"""Compares what a student's function gave with what it should be, and says the difference in one line."""

import contextlib
import numbers
from dataclasses import dataclass

import numpy as np

from autograder.errors import StudentFault, WrongParts
from autograder.testing.inputs import copied
from autograder.testing.tolerances import TOLERANCES

__all__ = [
    "AVERAGES",
    "Comparison",
    "Unkept",
    "check_array",
    "check_averages",
    "check_cache",
    "check_entry",
    "check_form",
    "check_gradients",
    "check_initial_values",
    "check_names",
    "check_network_gradients",
    "check_network_shapes",
    "check_scalar",
    "check_shape",
    "error_of",
    "record_comparisons",
    "together",
]

SAMPLE = 50  # numbers that are remembered of an array of another shape
MOST_KEYS, KEY_CHARS = 12, 24  # of a student's dict that a message shows
AVERAGES = ("running_mean", "running_var")

_watchers = []
_part = ""  # the part of the hidden test that is being checked, see together


@dataclass(frozen=True)
class Unkept:
    """What is remembered of a value that is not an array of the expected shape; the value may be large.

    `sample`: some of its numbers, evenly spaced.
    """

    type: str
    shape: tuple = ()
    sample: tuple = ()


@dataclass(frozen=True)
class Comparison:
    """One array that a test compared: its name, what came back, what was expected, and the key of the tolerance.

    `got` is an array of the expected shape, a plain number, None, or Unkept. `part`: of the test that it belongs to;
    "" for what all parts depend on.
    """

    name: str
    got: object
    expected: np.ndarray
    tolerance: str
    part: str = ""


@contextlib.contextmanager
def record_comparisons():
    """Gives a list that fills with what tests compare."""
    comparisons = []
    _watchers.append(comparisons)
    try:
        yield comparisons
    finally:
        _watchers.remove(comparisons)


def error_of(got, expected):
    """max |got − expected| ÷ max |expected|; the plain difference where everything expected is zero."""
    if expected.size == 0:
        return 0.0
    with np.errstate(all="ignore"):  # the values are a student's
        scale = np.max(np.abs(expected))
        difference = np.max(np.abs(got.astype(np.float64) - expected))
        return float(difference / scale) if scale > 0 else float(difference)


def check_array(name, got, expected, tolerance, *, case="", loose=False):
    """Pass only an ndarray of the expected shape whose values are finite and near enough.

    Inputs:
    - name: the argument or return value that the message speaks of.
    - got: what came back from the worker.
    - expected: ndarray.
    - tolerance: key of TOLERANCES.
    - case: what is special about the input, for the message: "stride 2, pad 0, 5 × 7 image".
    - loose: whether there may be more or fewer axes of length one, where another test looks at the shape.

    Raises: StudentFault with status failed.
    """
    where = f" ({case})" if case else ""
    expected = np.asarray(expected)
    if loose and _fits(got, expected.shape):
        got = got.reshape(expected.shape)
    _note(name, got, expected, tolerance)
    check_form(name, got, expected.shape, case=case)
    bound = TOLERANCES[tolerance].bound
    error = error_of(got, expected)
    if not error <= bound:
        difference = np.abs(got.astype(np.float64) - expected)
        index = _index(np.argmax(difference), got)
        wrong = np.mean(difference > bound * np.max(np.abs(expected)))
        if got.size > 1 and not got.any():
            _fail(f"{name} is zero everywhere, expected {_number(expected, index)} at {index}{where}")
        share = f"{100 * wrong:.0f} % of {name} is off, " if got.size > 1 else ""
        _fail(
            f"{name}{index} is {_number(got, index)}, expected {_number(expected, index)}; "
            f"{share}error {error:.1e}, tolerance {bound:.0e}{where}"
        )


def _fits(got, shape):
    """Whether something is an array of that shape, but for axes of length one."""
    return type(got) is np.ndarray and [n for n in got.shape if n != 1] == [n for n in shape if n != 1]


def check_form(name, got, shape, *, case=""):
    """Pass only an ndarray of that shape with finite numbers in it. Raises: StudentFault."""
    where = f" ({case})" if case else ""
    _need_array(name, got, shape, where)
    if got.dtype.kind not in "fiu":
        _fail(f"{name} has dtype {got.dtype}, expected floating point numbers{where}")
    if not np.all(np.isfinite(got)):
        index = _index(np.argmax(~np.isfinite(got)), got)
        _fail(f"{name}{index} is {_number(got, index)}, expected a finite number{where}")


def check_shape(name, got, shape, *, case=""):
    """Pass only an ndarray of that shape, whatever is in it. Raises: StudentFault."""
    own = got.shape if type(got) is np.ndarray else ()
    _note(f"the shape of {name}", np.asarray(own), np.asarray(shape), "exact")
    _need_array(name, got, shape, f" ({case})" if case else "")


def _need_array(name, got, shape, where):
    if got is None:
        _fail(f"{name} is None, expected an array of shape {shape}: was it never computed?{where}")
    if type(got) is not np.ndarray:
        _fail(f"{name} has to be a numpy array of shape {shape}, got {describe(got)}{where}")
    if got.shape != shape:
        _fail(f"{name} has shape {got.shape}, expected {shape}{where}")


def _note(name, got, expected, tolerance):
    comparison = Comparison(name, _kept(got, expected.shape), expected, tolerance, _part)
    for comparisons in _watchers:
        comparisons.append(comparison)


def _sample(array):
    if array.dtype.kind not in "fiub":
        return ()
    return tuple(array.reshape(-1)[:: array.size // SAMPLE + 1].astype(np.float64).tolist())


def _kept(got, shape):
    if type(got) is np.ndarray:
        return got if got.shape == shape else Unkept("ndarray", got.shape, _sample(got))
    return got if got is None or type(got) in (bool, int, float) else Unkept(type(got).__name__)


@contextlib.contextmanager
def together():
    """Collect the faults of several checks: gives a function check(part, function, arguments…).

    A failed check does not stop the others. In a hidden test with parts each part counts on its own, and the diagnosis
    sees what all of them compared.

    Raises, at the end: WrongParts.
    """
    faults = {}

    def check(part, function, *arguments, **keywords):
        global _part
        _part = part
        try:
            function(*arguments, **keywords)
        except StudentFault as fault:
            faults.setdefault(part, fault)
        finally:
            _part = ""

    yield check
    if faults:
        raise WrongParts(faults)


def check_scalar(name, got, expected, tolerance, *, case=""):
    """The same for one number, given as a float or a zero-dimensional array."""
    if type(got) is np.ndarray and got.shape == ():
        got = got.item()
    if isinstance(got, bool) or not isinstance(got, numbers.Real):
        where = f" ({case})" if case else ""
        if got is None:
            _fail(f"{name} is None, expected one number: was it never computed?{where}")
        _fail(f"{name} has to be one number, got {describe(got)}{where}")
    check_array(name, np.asarray(float(got)), np.asarray(float(expected)), tolerance, case=case)


def check_entry(check, holder, values, key, *arguments, case="", **keywords):
    """Compare what a student's dict has under a key.

    Inputs:
    - check: check_array or check_scalar, which also gets the other arguments.
    - holder: the name of the dict, for the message.

    Raises: StudentFault, also where there is no such key.
    """
    if type(values) is not dict or key not in values:
        what = f"has no {key!r}" if type(values) is dict else f"is {describe(values)}, expected a dict with {key!r}"
        _fail(f"{holder} {what}: was it never stored?{f' ({case})' if case else ''}")
    check(f"{holder}['{key}']", values[key], *arguments, case=case, **keywords)


def check_averages(student, reference, layer, arguments, case, *, loose=True):
    """Compare the running averages after a forward pass, whatever its output is; their names are the parts.

    Inputs:
    - layer: what the name of the forward pass begins with, such as "batchnorm".
    - arguments: of the forward pass; the last is bn_param.
    - loose: see check_array.

    Raises: WrongParts.
    """
    got, expected = copied(arguments), copied(arguments)
    for program, own in ((student, got), (reference, expected)):
        getattr(program, f"{layer}_forward")(*own)
    options = {"case": case, "loose": loose}
    with together() as check:
        for name in AVERAGES:
            values = expected[-1][name]
            check(name, check_entry, check_array, "bn_param", got[-1], name, values, "normalized", **options)


def check_gradients(got, expected, tolerance, *, case="", loose=True):
    """Compare the gradients of a backward pass, dicts of name → array; the names are the parts.

    Inputs:
    - loose: whether there may be more or fewer axes of length one, where another test looks at the shape.

    Raises: WrongParts.
    """
    with together() as check:
        for name, value in expected.items():
            check(name, check_array, name, got.get(name), value, tolerance, case=case, loose=loose)


def check_cache(function, cache, promised):
    """Expect in a cache what the docstring promises. - promised: dict of argument → its value, as it came in."""
    found = (cache,) if len(promised) == 1 else cache
    if type(found) not in (tuple, list) or len(found) != len(promised):
        _fail(f"the cache of {function} has to be ({', '.join(promised)}), got {describe(cache)}")
    with together() as check:
        for (name, value), item in zip(promised.items(), found, strict=True):
            check(name, _check_cached, name, function, item, value)


def _check_cached(name, function, got, promised):
    label = f"the {name} in {function}'s cache"
    if type(promised) is dict:
        found = got if type(got) is dict else {}  # more may be in it
        if any(not isinstance(found.get(key), int | float) or found[key] != n for key, n in promised.items()):
            _fail(f"{label} is {describe(got)}; the docstring promises {name} as it came in")
    elif type(got) is np.ndarray and got.shape != promised.shape:
        _note(label, got, promised, "exact")
        _fail(f"{label} has shape {got.shape}; the docstring promises {name} as it came in, {promised.shape}")
    else:
        check_array(label, got, promised, "exact")


def check_names(params, expected):
    """Compare the names of a network's parameters: dicts of name → array."""
    if set(params) != set(expected):
        _fail(f"params has the keys {_listed(params)}, expected {_listed(expected)}")


def check_network_shapes(params, expected, case):
    """Compare the shapes of a network's parameters: dicts of name → array; the names are the parts."""
    with together() as check:
        for name, value in expected.items():
            check(name, check_shape, f"params['{name}']", params.get(name), value.shape, case=case)


def check_initial_values(params, scale):
    """Expect biases of zero, and weights that are random with mean 0 and the standard deviation `scale`."""
    case = f"weight_scale {scale}"
    with together() as check:
        for name, value in sorted(params.items()):
            label = f"params['{name}']"
            check(name, check_form, label, value, getattr(value, "shape", ()))
            if type(value) is not np.ndarray or value.dtype.kind not in "fiu":
                continue
            if name.startswith("b"):
                check(name, check_array, label, value, np.zeros(value.shape), "exact")
            else:
                deviation = np.std(value)
                mean = np.mean(value) / (deviation or 1)
                about = f"the standard deviation of {label} ÷ weight_scale"
                check(name, check_scalar, about, deviation / scale, 1, "random", case=case)
                about = f"the mean of {label} ÷ its standard deviation"
                check(name, check_scalar, about, mean, 0, "random", case=case)
                check(name, _must_differ, label, value)


def _must_differ(name, values):
    different = len(np.unique(values))
    if different <= values.size / 2:
        _fail(f"{name} has {different} different numbers, expected {values.size} random ones")


def check_network_gradients(grads, expected, case, tolerance="network", *, without=(), check=None):
    """Compare the gradients of a network: dicts of name → array; the names are the parts.

    Inputs:
    - without: names of those that are not compared. - check: see `together`, where other checks go with these.
    """
    if check is None:
        with together() as check:
            return check_network_gradients(grads, expected, case, tolerance, without=without, check=check)
    for name, value in expected.items():
        if name not in without:
            check(name, _check_gradient, name, grads, value, tolerance, case=case)


def _check_gradient(name, grads, expected, tolerance, case):
    if name not in grads:
        _fail(f"grads has no {name!r}, it has the keys {_listed(grads)}")
    check_array(f"grads['{name}']", grads[name], expected, tolerance, case=case, loose=True)


def _listed(keys):
    """The keys of a dict in a few words: they are a student's, and could carry anything away."""
    shown = ", ".join(f"{key[:KEY_CHARS]}…" if len(key) > KEY_CHARS else key for key in sorted(keys)[:MOST_KEYS])
    more = f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
    return f"{shown}{more}" if keys else "(none)"


def _index(flat, array):
    return [int(i) for i in np.unravel_index(flat, array.shape)] if array.ndim else ""


def _number(array, index):
    # Nobody should wonder about a zero with a minus sign.
    return f"{float(array[tuple(index)] if index != '' else array) + 0.0:.6g}"


def _fail(message):
    raise StudentFault("failed", message)


def describe(value):
    """A value in a few words, for messages."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if type(value) in (tuple, list):
        return f"a {type(value).__name__} of {len(value)}"
    return getattr(value, "type_name", type(value).__name__)
