"""Hints for code that fails because it uses an API that NumPy has removed.

The names are those that NumPy's release notes 1.20 to 2.4 list as removed:
https://numpy.org/doc/stable/release.html
"""

import re

__all__ = ["explain"]

# Name in `numpy` → replacement.
MODULE = {
    **{name: name for name in ("int", "float", "bool", "complex", "object", "str")},
    **{"long": "int", "unicode": "str"},
    **{"float_": "np.float64", "complex_": "np.complex128", "unicode_": "np.str_", "string_": "np.bytes_"},
    **{"singlecomplex": "np.complex64", "cfloat": "np.complex128", "longfloat": "np.longdouble"},
    **{"Inf": "np.inf", "Infinity": "np.inf", "infty": "np.inf", "PINF": "np.inf", "NINF": "-np.inf", "NaN": "np.nan"},
    **{"product": "np.prod", "cumproduct": "np.cumprod", "sometrue": "np.any", "alltrue": "np.all"},
    **{"mat": "np.asmatrix", "in1d": "np.isin", "row_stack": "np.vstack", "trapz": "np.trapezoid"},
    **{"round_": "np.round", "asfarray": "np.asarray", "rank": "np.ndim", "msort": "np.sort"},
    **{"asscalar": "the method item of the array"},
    **{"find_common_type": "np.result_type", "cast": "np.asarray with a dtype", "issubclass_": "issubclass"},
    **{"obj2sctype": "np.dtype", "sctype2char": "np.dtype", "maximum_sctype": "np.longdouble"},
}
METHODS = {"itemset": "an assignment to the element", "ptp": "np.ptp", "newbyteorder": "view with another dtype"}
METHODS |= {"tostring": "tobytes"}
LIB = {"pad": "np.pad"}
LEFT = "AttributeError: (?:module '{}' has no attribute '(\\w+)'|`np.(\\w+)` was removed)"
PATTERNS = (
    (re.compile(LEFT.format("numpy")), MODULE, "np.{}"),
    (re.compile(LEFT.format(r"numpy\.lib")), LIB, "np.lib.{}"),
    (re.compile(r"AttributeError: 'numpy\.ndarray' object has no attribute '(\w+)'"), METHODS, "the array method {}"),
)
# Start of the text of an exception → hint.
CALLS = (
    (
        re.compile("TypeError: .*newshape"),
        "the argument newshape of reshape was removed from NumPy; write shape instead",
    ),
    (
        re.compile(r"TypeError: reshape\(\) got some positional-only arguments passed as keyword arguments: 'a'"),
        "the argument a of reshape is positional only; write np.reshape(x, shape) instead of np.reshape(a=x, …)",
    ),
    *(
        (
            re.compile(rf"TypeError: (?:{functions})\(\) got an unexpected keyword argument '{old}'"),
            f"the argument {old} was removed from NumPy; write {new} instead",
        )
        for functions, old, new in (
            ("unravel_index", "dims", "shape"),
            ("histogram(?:2d|dd)?", "normed", "density"),
            ("(?:nan)?(?:percentile|quantile)", "interpolation", "method"),
        )
    ),
    (
        re.compile("TypeError: only (0-dimensional|length-1|size-1) arrays can be converted to Python scalars"),
        "int() and float() no longer accept an array of one element; write array.item() instead",
    ),
    (
        re.compile("ValueError: Unable to avoid copy while creating an array"),
        "copy=False has another meaning now; write np.asarray instead",
    ),
)
NOT_THE_ALGORITHM = "this is about the version of NumPy, not about your algorithm"


def explain(message: str) -> str:
    """Return a hint about an exception from a removed NumPy API, or "" for any other exception.

    Inputs:
    - message: type and text of the exception, as in "AttributeError: module 'numpy' has no
      attribute 'int'"
    """
    for pattern, replacements, name in PATTERNS:
        found = pattern.match(message)
        left = next(filter(None, found.groups()), "") if found else ""
        if left in replacements:
            name = name.format(left)
            return f"{name} was removed from NumPy; write {replacements[left]} instead: {NOT_THE_ALGORITHM}"
    for pattern, words in CALLS:
        if pattern.match(message):
            return f"{words}: {NOT_THE_ALGORITHM}"
    return ""
