"""What hidden tests see of a submission: functions to call, and networks to build; the code itself stays inside."""

import contextlib

import numpy as np

from autograder.errors import StudentFault
from autograder.mutants.catalogue import CONTRACTS
from autograder.testing.compare import describe

__all__ = ["Network", "Student"]


ESTIMATED = (
    "not done in time for {large}, where the formulas take milliseconds ({reason}). Are the gradients estimated by"
    " running the forward pass again for every number? They have to be computed"
)


@contextlib.contextmanager
def _in_time(large):
    """Tell a backward pass that is not done in time with a large input what is likely to be the reason."""
    try:
        yield
    except StudentFault as fault:
        if large and fault.status == "timeout":
            raise StudentFault("timeout", ESTIMATED.format(large=large, reason=fault.message)) from None
        raise


class Student:
    """A submission, in one test.

    `student.conv_forward_naive(x, w, b, conv_param)` gives what the student's function returns, arrays as copies and
    the cache as a handle to hand on to the backward pass. dict arguments that the contract says are updated in place
    are updated. `student.ThreeLayerConvNet(...)` gives a Network.

    Whatever goes wrong inside is raised as StudentFault.
    """

    def __init__(self, session, exercises, *, given_cache=False):
        """`given_cache`: whether backward passes get a right cache instead of that of the student's forward pass."""
        self._session = session
        self._exercises = exercises
        self._given_cache = given_cache

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._exercises:
            raise AttributeError(f"{name} is not an exercise")
        self._need(name)
        if name not in CONTRACTS:
            return lambda *args, **kwargs: Network(self._session, name, args, kwargs)

        def call(*args):
            contract = CONTRACTS[name]
            values = self._session.call(name, args, returns=contract.pairs(), in_place=contract.in_place)
            return values[0] if len(values) == 1 else tuple(values)

        return call

    def gradients(self, backward, arguments, dout, *, large=""):
        """Run a backward pass on the cache of the student's own forward pass, or on a right one if told so.

        Inputs:
        - arguments: of the forward pass.
        - large: in words, an input so large that the formulas take milliseconds, and an estimate that runs the forward
          pass again for every number of it takes minutes; a backward pass that is not done in time is told so.

        Returns: what the backward function returns.
        """
        self._need(backward)
        forward = CONTRACTS[backward].forward
        if self._given_cache:
            cache = self._right_cache(forward, arguments)
        else:
            try:
                _, cache = getattr(self, forward)(*arguments)
            except StudentFault as fault:
                words = f"needs the cache of {forward}, which does not run: {fault.message}"
                raise StudentFault("skipped", words) from None
            self._session.restart_clock()
        with _in_time(large):
            return getattr(self, backward)(dout, cache)

    def _right_cache(self, forward, arguments):
        """A right cache, of the two kinds that can be known: the arguments, or the cache of a flat layer underneath."""
        if CONTRACTS[forward].has_documented_cache:
            return tuple(arguments) if len(arguments) > 1 else arguments[0]
        x, *others = arguments
        pixels = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
        return getattr(self, CONTRACTS[forward].of_pixels)(pixels, *others)[1]

    def _need(self, name):
        if name not in self._session.defined:
            unread = "; ".join(f"{cell}, line {line}: {text}" for cell, line, text in self._session.problems)
            hint = f". A cell could not be read: {unread}" if unread else ": has it another name there?"
            raise StudentFault("missing", f"{name} is not defined in your notebook{hint}")


class Network:
    """A student's network behind a handle: the object with `params`, `reg` and `loss`."""

    def __init__(self, session, name, args, kwargs):
        self._session = session
        (self._handle,) = session.call(name, args, kwargs, returns=(("network", True),))

    @property
    def params(self):
        """The parameters: dict of name → array, copies."""
        params = self._session.get(self._handle, "params")
        if type(params) is not dict:
            raise StudentFault("failed", f"params has to be a dict of arrays, got {describe(params)}")
        return params

    def set_params(self, params):
        """Put arrays into the student's `params` dict."""
        self._session.update(self._handle, "params", params)

    def scores(self, X):
        """`loss(X)` without labels: class scores, shape (N, num_classes)."""
        return self._session.call("loss", (X,), returns=(("scores", False),), on=self._handle)[0]

    def loss(self, X, y, *, large=""):
        """`loss(X, y)`: the loss and the dict of gradients. `large`: see Student.gradients."""
        returns = (("loss", False), ("grads", False))
        with _in_time(large):
            loss, grads = self._session.call("loss", (X, y), returns=returns, on=self._handle)
        if type(grads) is not dict:
            raise StudentFault("failed", f"grads has to be a dict of arrays, got {describe(grads)}")
        return loss, grads
