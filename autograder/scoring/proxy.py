"""What hidden tests see of a submission: functions to call, and networks to build; the code itself stays inside."""

import copy

from autograder.errors import StudentFault
from autograder.mutants.registry import SIGNATURES
from autograder.sandbox.hints import hint_for_syntax
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
    """A gradient was estimated, as was seen while the submission ran; see sandbox.worker.estimates."""


def _must_be_computed(name, seen):
    """Raises: Estimated where the watch over a call noticed an estimate."""
    copies, changed, was_switched_off = seen
    if was_switched_off:
        raise Estimated("failed", SWITCHED_OFF.format(name=name))
    if copies >= COPIES_OF_AN_ESTIMATE:
        numbers = "one number" if changed == 1 else f"{changed} numbers"
        raise Estimated("failed", ESTIMATED.format(name=name, copies=copies, numbers=numbers))


def _problem(cell, line, text):
    """Say what is wrong with a cell that could not be read."""
    hint = hint_for_syntax(text)
    return f"{cell}, line {line}: {text}{hint and f'; {hint}'}"


class Student:
    """A submission, in one test.

    `student.conv_forward_naive(x, w, b, conv_param)` gives what the student's function returns, arrays as copies and
    the cache as a handle to hand on to the backward pass. dict arguments that the signature says are updated in place
    are updated. `student.ThreeLayerConvNet(...)` gives a Network.

    Whatever goes wrong inside is raised as StudentFault.

    - has_right_cache: whether backward passes get a right cache, whatever the student's own forward pass gives.
    - asked_for_gradients: whether a test has called `gradients`.
    - forward_call: (name, arguments, out) of the forward pass whose cache the last backward pass got, or None.
    """

    def __init__(self, session, exercises, *, right_cache=None, runs_forward=True):
        """
        Inputs:
        - right_cache: function of (student, forward, arguments) that gives backward passes their cache; without it the
          student's own forward pass does.
        - runs_forward: whether the forward pass is run even so; it tells an estimate from other programs.
        """
        self._session = session
        self._exercises = exercises
        self._right_cache, self._runs_forward = right_cache, runs_forward
        self.has_right_cache = right_cache is not None
        self.asked_for_gradients = False
        self.forward_call = None

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._exercises:
            raise AttributeError(f"{name} is not an exercise")
        self._need(name)
        if name not in SIGNATURES:
            return lambda *args, **kwargs: Network(self, name, args, kwargs)
        return lambda *args: self._call(name, args)

    def _call(self, name, args, *, watch="", opened=False):
        signature = SIGNATURES[name]
        returns = [(value, stays and not opened) for value, stays in signature.pairs()]
        values = self._session.call(name, args, returns=returns, in_place=signature.in_place, watch=watch)
        if len(values) > 1:
            return tuple(values)
        if values[0] is None and not any(self._session.seen):
            value = signature.returns[0]
            words = f"{name} returned None: was {value} never computed, or is a return statement missing?"
            raise StudentFault("failed", words)
        return values[0]

    def opened(self, forward, arguments):
        """What a forward pass returns, the content of its cache instead of a handle."""
        self._need(forward)
        return self._call(forward, arguments, opened=True)

    def after_call(self, index, argument):
        """An argument as it was after the last call; `argument`: as it was before."""
        return self._session.changed.get(index, argument)

    def gradients(self, backward, arguments, dout):
        """Run a backward pass on the cache of the student's own forward pass, or on a right one if told so.

        Inputs:
        - arguments: of the forward pass.

        Returns: what the backward function returns.

        Raises: Estimated where it was seen to estimate the gradients; any other StudentFault.
        """
        self.asked_for_gradients = True
        self._need(backward)
        forward, cache = SIGNATURES[backward].forward, None
        try:
            if self._runs_forward:
                self._need(forward)
                out, cache = self._call(forward, copy.deepcopy(arguments), watch="forward")
                self.forward_call = (forward, arguments, out)
        except StudentFault as fault:
            if not self._right_cache or fault.status in ("timeout", "crashed"):
                words = f"needs the cache of {forward}, which does not run: {fault.message}"
                raise StudentFault("skipped", words) from None
        if self._right_cache:
            self.forward_call, cache = None, self._right_cache(self, forward, arguments)
        self._session.restart_clock()
        gradients = self._call(backward, (dout, cache), watch="gradients")
        _must_be_computed(backward, self._session.seen)
        return gradients

    def _need(self, name):
        if name not in self._session.defined:
            unread = "; ".join(_problem(*problem) for problem in self._session.problems)
            hint = f". A cell could not be read: {unread}" if unread else ": has it another name there?"
            if self._session.left_out:
                hint = f": {'; '.join(self._session.left_out)}"
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
        (scores,) = self._session.call("loss", (X,), returns=(("scores", False),), on=self._handle)
        if scores is None:
            words = "loss(X) returned None: were the scores never computed, or is a return statement missing?"
            raise StudentFault("failed", words)
        return scores

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
