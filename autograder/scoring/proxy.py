"""What hidden tests see of a submission: functions to call, and networks to build; the code itself stays inside."""

import numpy as np

from autograder.errors import StudentFault
from autograder.mutants.catalogue import CONTRACTS
from autograder.testing.compare import describe

__all__ = ["Estimated", "Network", "Student"]

# Copies of one array with equally many changes, in which an estimate is seen. A program that computes makes none.
COPIES_OF_AN_ESTIMATE = 4
ESTIMATED = (
    "{name} worked with {copies} copies of an array, each with {numbers} changed, as an estimate from differences does."
    " Compute the gradient by its formula"
)
SWITCHED_OFF = "{name} switched off sys.settrace, with which the grader sees how gradients are made"


class Estimated(StudentFault):
    """A gradient was estimated, as was seen while the submission ran; see sandbox.inside.estimates."""


def _must_be_computed(name, seen):
    """Raises: Estimated where the watch over a call noticed an estimate."""
    copies, changed, was_switched_off = seen
    if was_switched_off:
        raise Estimated("failed", SWITCHED_OFF.format(name=name))
    if copies >= COPIES_OF_AN_ESTIMATE:
        numbers = "one number" if changed == 1 else f"{changed} numbers"
        raise Estimated("failed", ESTIMATED.format(name=name, copies=copies, numbers=numbers))


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
        self.asked_for_gradients = False

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._exercises:
            raise AttributeError(f"{name} is not an exercise")
        self._need(name)
        if name not in CONTRACTS:
            return lambda *args, **kwargs: Network(self, name, args, kwargs)
        return lambda *args: self._call(name, args)

    def _call(self, name, args, *, watch=""):
        contract = CONTRACTS[name]
        values = self._session.call(name, args, returns=contract.pairs(), in_place=contract.in_place, watch=watch)
        return values[0] if len(values) == 1 else tuple(values)

    def gradients(self, backward, arguments, dout):
        """Run a backward pass on the cache of the student's own forward pass, or on a right one if told so.

        Inputs:
        - arguments: of the forward pass.

        Returns: what the backward function returns.

        Raises: Estimated where it was seen to estimate the gradients; any other StudentFault.
        """
        self.asked_for_gradients = True
        self._need(backward)
        forward = CONTRACTS[backward].forward
        if self._given_cache:
            cache = self._right_cache(forward, arguments)
        else:
            try:
                self._need(forward)
                _, cache = self._call(forward, arguments, watch="forward")
            except StudentFault as fault:
                words = f"needs the cache of {forward}, which does not run: {fault.message}"
                raise StudentFault("skipped", words) from None
            self._session.restart_clock()
        gradients = self._call(backward, (dout, cache), watch="gradients")
        _must_be_computed(backward, self._session.seen)
        return gradients

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

    def __init__(self, student, name, args, kwargs):
        self._student, self._session, self._name = student, student._session, name
        (self._handle,) = self._session.call(name, args, kwargs, returns=(("network", True),))

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

    def loss(self, X, y):
        """`loss(X, y)`: the loss and the dict of gradients. Tests that compare gradients call `gradients` instead."""
        return self._loss(X, y)

    def gradients(self, X, y):
        """`loss(X, y)` where the gradients count. Raises: Estimated where it was seen to estimate them."""
        self._student.asked_for_gradients = True
        return self._loss(X, y, watch="gradients")

    def _loss(self, X, y, *, watch=""):
        returns = (("loss", False), ("grads", False))
        loss, grads = self._session.call("loss", (X, y), returns=returns, on=self._handle, watch=watch)
        _must_be_computed(f"{self._name}.loss", self._session.seen)
        if type(grads) is not dict:
            raise StudentFault("failed", f"grads has to be a dict of arrays, got {describe(grads)}")
        return loss, grads
