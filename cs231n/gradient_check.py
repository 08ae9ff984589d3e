"""Numerical gradients by central differences, to compare with those of a backward pass.

The point x is perturbed IN PLACE, one number at a time, and always restored, even if f raises. So f
may ignore its argument and read the array itself:
``eval_numerical_gradient(lambda _: model.loss(X, y)[0], W)``.
"""

import random
import warnings
from contextlib import contextmanager

import numpy as np

from student_tools.check import rel_error
from student_tools.language import tr

__all__ = [
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "eval_numerical_gradient_blobs",
    "eval_numerical_gradient_net",
    "grad_check_sparse",
    "rel_error",
]


def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    """Return the numerical gradient of a function that returns a number.

    ``grad[i] = (f(x + h at i) - f(x - h at i)) / (2 h)``

    Inputs:
    - f: function of one array, returning a number
    - x: float64 array, the point; perturbed in place, and restored
    - verbose: print every index and its derivative; default True
    - h: step, default 1e-5

    Warns if x is float32.

    Returns grad, the shape of x. Raises ValueError if x is not a writable float array.
    """
    _check_point("eval_numerical_gradient", x)
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        high, low = _two_sides(x, i, h, lambda: f(x))
        grad[i] = (high - low) / (2 * h)
        if verbose:
            print(i, grad[i])
    return grad


def eval_numerical_gradient_array(f, x, df, h=1e-5):
    """Return the numerical gradient of a function that returns an array, for an upstream gradient.

    ``grad[i] = sum((f(x + h at i) - f(x - h at i)) * df) / (2 h)``

    Inputs:
    - f: function of one array, returning an array
    - x: float64 array, the point; perturbed in place, and restored
    - df: upstream gradient, the shape of f(x)
    - h: step, default 1e-5

    Warns if x is float32.

    Returns grad, the shape of x. Raises ValueError if x is not a writable float array, or df does
    not have the shape of f(x).
    """
    _check_point("eval_numerical_gradient_array", x)
    df, grad = np.asarray(df), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        # Copies, because f may return an array that its next call overwrites.
        high, low = _two_sides(x, i, h, lambda: np.array(f(x)))
        if high.shape != df.shape:
            raise ValueError(
                tr(
                    "eval_numerical_gradient_array: expected df of shape {shape}, the shape of f(x), got {got}",
                    shape=high.shape,
                    got=df.shape,
                )
            )
        grad[i] = np.sum((high - low) * df) / (2 * h)
    return grad


def eval_numerical_gradient_blobs(f, inputs, output, h=1e-5):
    """Return numerical gradients for a function that reads and writes blobs.

    A blob is any object with two arrays of one shape: ``vals`` (values) and ``diffs`` (gradient).

    Inputs:
    - f: called as ``f(*inputs, output)``; reads inputs' vals, writes ``output.vals``
    - inputs: sequence of blobs; their vals are perturbed in place, and restored
    - output: blob with the upstream gradient in ``diffs``; its vals keep the values of the last
      call of f
    - h: step, default 1e-5

    Warns if vals are float32.

    Returns a list with one gradient per input blob, of the shape of its vals.
    Raises ValueError if vals are not a writable float array.
    """
    inputs = tuple(inputs)

    def run():
        f(*inputs, output)
        return np.array(output.vals)

    gradients = []
    for blob in inputs:
        _check_point("eval_numerical_gradient_blobs", blob.vals)
        grad = np.zeros(blob.vals.shape)
        for i in np.ndindex(blob.vals.shape):
            high, low = _two_sides(blob.vals, i, h, run)
            grad[i] = np.sum((high - low) * output.diffs) / (2 * h)
        gradients.append(grad)
    return gradients


def eval_numerical_gradient_net(net, inputs, output, h=1e-5):
    """Return numerical gradients of a net.

    Inputs:
    - net: object whose ``forward()`` computes the vals of output from those of inputs
    - inputs, output, h: as in eval_numerical_gradient_blobs

    Returns the list of eval_numerical_gradient_blobs.
    """
    return eval_numerical_gradient_blobs(lambda *_: net.forward(), inputs, output, h=h)


def grad_check_sparse(f, x, analytic_grad, num_checks=10, h=1e-5):
    """Compare an analytic gradient with the numerical one at random indices; print both and the error.

    Inputs:
    - f: function of one array, returning a number
    - x: float64 array, the point; perturbed in place, and restored
    - analytic_grad: the gradient to check, the shape of x
    - num_checks: number of indices, default 10; drawn with Python's ``random``, so ``random.seed``
      repeats them
    - h: step, default 1e-5

    Raises ValueError if x is not a writable, non-empty float array, or the gradient has another
    shape.
    """
    _check_point("grad_check_sparse", x)
    analytic_grad = np.asarray(analytic_grad)
    if analytic_grad.shape != x.shape or x.size == 0:
        raise ValueError(
            tr(
                "grad_check_sparse: expected x and analytic_grad of the same shape with at least one element, got x "
                "{x} and analytic_grad {analytic_grad}",
                x=x.shape,
                analytic_grad=analytic_grad.shape,
            )
        )
    for _ in range(num_checks):
        i = tuple(random.randrange(size) for size in x.shape)
        high, low = _two_sides(x, i, h, lambda: f(x))
        numerical, analytic = (high - low) / (2 * h), analytic_grad[i]
        size = abs(numerical) + abs(analytic)
        error = abs(numerical - analytic) / size if size else 0.0
        print(
            tr(
                "numerical: {numerical} analytic: {analytic}, relative error: {error}",
                numerical=f"{numerical:f}",
                analytic=f"{analytic:f}",
                error=f"{error:e}",
            )
        )


def _two_sides(x, i, h, value):
    """Return value() at x[i] + h and at x[i] - h."""
    with _changed(x, i, h):
        high = value()
    with _changed(x, i, -h):
        low = value()
    return high, low


@contextmanager
def _changed(x, i, step):
    """Add step to x[i] within the context."""
    old = x[i]
    x[i] = old + step
    try:
        yield
    finally:
        x[i] = old


def _check_point(function, x):
    """Raise ValueError unless x can be perturbed; warn if its precision is too low."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        is_array = isinstance(x, np.ndarray)
        got = tr("an array of {dtype}", dtype=x.dtype) if is_array else tr("a {type}", type=type(x).__name__)
        raise ValueError(
            tr(
                "{function}: expected x as a NumPy array of floats, got {got}; use for example "
                "np.array(x, dtype=np.float64)",
                function=function,
                got=got,
            )
        )
    if not x.flags.writeable:
        raise ValueError(
            tr(
                "{function}: expected a writable x, as it is perturbed in place, got a read-only one; use x.copy()",
                function=function,
            )
        )
    if x.dtype.itemsize < 8:
        warnings.warn(
            tr(
                "{function}: x is {dtype}, too coarse for small steps; use float64, or expect errors near 1e-2",
                function=function,
                dtype=x.dtype,
            ),
            stacklevel=3,
        )
