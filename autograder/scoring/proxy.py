"""Proxies of a submission for hidden tests; its functions and classes stay in the worker."""

import copy
import functools
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from autograder.errors import StudentFault
from autograder.language import tr, tr_plural
from autograder.model import Place
from autograder.reworded import in_this_language
from autograder.sandbox.hints import hint_for_syntax
from autograder.sandbox.places import cell_in_words
from autograder.sandbox.session import Session
from autograder.sandbox.worker_sentences import WorkerSentence
from autograder.scoring.in_process_session import LocalSession
from autograder.testing.compare import describe
from autograder.testing.signatures import ClassSignature, Signature
from autograder.testing.syntax import Facts, facts_of

__all__ = ["Call", "Estimated", "Instance", "Student"]

Call = tuple[str, tuple[Any, ...], dict[str, Any]]  # name or Class.method, positional and keyword arguments

# Copies of one array with the same count of changes that prove an estimate. A program that computes makes none.
COPIES_OF_AN_ESTIMATE = 4


class Estimated(StudentFault):
    """The submission estimated a gradient; see sandbox.worker.estimates."""


def _must_be_computed(name: str, seen: tuple[int, int, bool]) -> None:
    """Raise Estimated if the last call estimated a gradient."""
    copies, changed, was_switched_off = seen
    if was_switched_off:
        words = tr("{name} switched off sys.settrace, which the grader needs: remove the call", name=name)
        raise Estimated("failed", words)
    if copies >= COPIES_OF_AN_ESTIMATE:
        words = tr_plural(
            "{name} uses {copies} copies of an array, each with one number changed, as a numerical gradient does."
            " Compute the analytic gradient instead",
            "{name} uses {copies} copies of an array, each with {count} numbers changed, as a numerical gradient does."
            " Compute the analytic gradient instead",
            changed,
            name=name,
            copies=copies,
        )
        raise Estimated("failed", words)


def _problem(session: Session | LocalSession, cell: str, line: int, text: str) -> str:
    """A message about a cell that could not be parsed."""
    hint = hint_for_syntax(text, session.line_of(cell, line))
    message = in_this_language(text, WorkerSentence)
    words = tr("{cell}, line {line}: {message}", cell=cell_in_words(cell), line=line, message=message)
    return words + tr("; {hint}", hint=hint) if hint else words


class Student:
    """A submission in one hidden test.

    `student.f(x, eps=1e-3)` calls the student's function `f` and returns its value: arrays as
    copies, a cache as a handle for the backward pass. dict arguments are updated if the signature
    says so. `student.C(...)` returns an Instance of the student's class `C`. Errors in student code
    are raised as StudentFault.

    - has_right_cache: True if backward passes get a correct cache instead of the student's
    - asked_for_gradients: True after a call of `gradients`
    - forward_call: (name, arguments, out) of the forward pass whose cache the last backward pass
      got
    - calls: the last two calls in this test
    """

    def __init__(
        self,
        session: Session | LocalSession,
        signatures: Mapping[str, Signature | ClassSignature],
        *,
        right_cache: Callable[["Student", str, tuple[Any, ...]], object] | None = None,
        runs_forward: bool = True,
    ) -> None:
        """Make a proxy.

        Inputs:
        - session: in which the submission is loaded
        - signatures: exercise → signature
        - right_cache: function of (student, forward, arguments) that returns the cache for backward
          passes; None means the cache of the student's forward pass
        - runs_forward: run the student's forward pass even with `right_cache`; the detection of
          estimates needs it
        """
        self._session = session
        self._signatures = signatures
        self._functions = {name: one for name, one in signatures.items() if isinstance(one, Signature)}
        self._right_cache, self._runs_forward = right_cache, runs_forward
        self.has_right_cache = right_cache is not None
        self.asked_for_gradients = False
        self.forward_call: tuple[str, tuple[Any, ...], Any] | None = None
        self.calls: deque[Call] = deque(maxlen=2)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in self._signatures:
            raise AttributeError(f"{name} is not an exercise with a signature")
        self._need(name)
        signature = self._signatures[name]
        if isinstance(signature, ClassSignature):
            return functools.partial(Instance, self, name, signature)
        return functools.partial(self._call, name)

    def _call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return self._called(name, args, kwargs)

    def _called(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        *,
        watch: str = "",
        opened: bool = False,
    ) -> Any:
        signature = self._functions[name]
        self.calls.append((name, args, kwargs or {}))
        returns = [(value, stays and not opened) for value, stays in signature.pairs()]
        values = self._session.call(name, args, kwargs, returns=returns, in_place=signature.in_place, watch=watch)
        return checked(name, signature, values, self._session)

    def opened(self, forward: str, arguments: tuple[Any, ...]) -> Any:
        """Call a forward pass; return its values, with the cache's content instead of a handle."""
        self._need(forward)
        return self._called(forward, arguments, opened=True)

    def facts(self, name: str) -> Facts:
        """Return Facts about the source of a student's function and of the functions that it uses.

        Inputs:
        - name: of a function, or "Class.method" as in the signature

        Raises: StudentFault if the function does not exist.
        """
        exercise, _, method = name.partition(".")
        self._need(exercise)
        methods = getattr(self._signatures.get(exercise), "methods", {})
        asked = f"{exercise}.{methods[method].calls or method}" if method in methods else name
        facts = facts_of(asked, self._session.facts(asked))
        if facts is None:
            words = tr("{name} is not defined in your notebook: did you rename it?", name=asked)
            raise StudentFault("missing", words)
        return facts

    def after_call(self, index: int, argument: Any) -> Any:
        """Return the value of an argument after the last call.

        Inputs:
        - index: of the argument
        - argument: its value before the call
        """
        return self._session.changed.get(index, argument)

    def gradients(self, backward: str, arguments: tuple[Any, ...], dout: Any) -> Any:
        """Run a backward pass on the cache of the student's forward pass, or on a correct cache.

        Inputs:
        - backward: name of the backward pass
        - arguments: of the forward pass
        - dout: upstream gradient

        Returns: the values of the backward pass.

        Raises: Estimated if it estimates the gradients, StudentFault for any other error.
        """
        self.asked_for_gradients = True
        self._need(backward)
        forward, cache = self._functions[backward].forward, None
        try:
            if self._runs_forward:
                self._need(forward)
                out, cache = self._called(forward, copy.deepcopy(arguments), watch="forward")
                self.forward_call = (forward, arguments, out)
        except StudentFault as fault:
            if not self._right_cache or fault.status in ("timeout", "crashed"):
                reason = fault.message
                words = tr("needs the cache of {name}, which does not run: {reason}", name=forward, reason=reason)
                raise StudentFault("skipped", words, fault.places) from None
        if self._right_cache:
            self.forward_call, cache = None, self._right_cache(self, forward, arguments)
        self._session.restart_clock()
        gradients = self._called(backward, (dout, cache), watch="gradients")
        _must_be_computed(backward, self._session.seen)
        return gradients

    def _need(self, name: str) -> None:
        if name not in self._session.defined:
            unread = tr("; ").join(_problem(self._session, *problem) for problem in self._session.problems)
            words = tr("{name} is not defined in your notebook: did you rename it?", name=name)
            if self._session.left_out:
                reasons = tr("; ").join(self._session.left_out)
                words = tr("{name} is not defined in your notebook: {reasons}", name=name, reasons=reasons)
            elif unread:
                words = tr(
                    "{name} is not defined in your notebook. A cell could not be read: {cells}", name=name, cells=unread
                )
            places = [Place(self._session.notebook, cell, line) for cell, line, _ in self._session.problems]
            raise StudentFault("missing", words, places)


def checked(name: str, signature: Signature, values: list[Any], session: Session | LocalSession) -> Any:
    """Return the values of a call in the form for hidden tests.

    Inputs:
    - name: of the function
    - signature: of the function
    - values: from the session
    - session: for its observations of the call

    Returns: None, one value, or a tuple.

    Raises: StudentFault if the values do not fit the signature.
    """
    if not values:
        return None
    if len(values) == 1 and values[0] is None and not any(session.seen):
        value = signature.returns[0]
        words = tr(
            "{name} returned None, expected {value}: compute it, and add a return statement", name=name, value=value
        )
        raise StudentFault("failed", words)
    for value, got in zip(signature.returns, values, strict=True):
        if value in signature.dicts:
            _need_dict(value, got)
    return tuple(values) if len(values) > 1 else values[0]


def _need_dict(name: str, value: object) -> None:
    if type(value) is dict and not all(type(key) is str for key in value):
        words = tr("{name} is a dict with odd keys, expected a dict of arrays with texts as keys", name=name)
        raise StudentFault("failed", words)
    if value is None:
        words = tr("{name} is None, expected a dict of arrays: compute and return it", name=name)
        raise StudentFault("failed", words)
    if type(value) is not dict:
        words = tr("{name} is {got}, expected a dict of arrays", name=name, got=describe(value))
        raise StudentFault("failed", words)


class Instance:
    """An object of a student's class, which stays in the student's process.

    It has the methods and attributes of the ClassSignature.
    """

    def __init__(self, student: Student, name: str, signature: ClassSignature, *args: Any, **kwargs: Any) -> None:
        self._student, self._session = student, student._session
        self._name, self._signature = name, signature
        (self._handle,) = self._session.call(name, args, kwargs, returns=(("object", True),))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._signature.methods:
            return functools.partial(self._call, name)
        if name in self._signature.attributes:
            value = self._session.get(self._handle, name)
            if name in self._signature.dicts:
                _need_dict(name, value)
            return value
        raise AttributeError(f"the signature of {self._name} has no method or attribute {name}")

    def update(self, attribute: str, values: Mapping[str, Any]) -> None:
        """Update a dict that is an attribute of the object.

        Inputs:
        - attribute: name
        - values: new entries
        """
        self._session.update(self._handle, attribute, values)

    def _call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        signature = self._signature.methods[name]
        method = signature.calls or name
        self._student.calls.append((f"{self._name}.{method}", args, kwargs))
        if signature.is_gradient:
            self._student.asked_for_gradients = True
        values = self._session.call(
            method,
            args,
            kwargs,
            returns=signature.pairs(),
            in_place=signature.in_place,
            on=self._handle,
            watch="gradients" if signature.is_gradient else "",
        )
        if signature.is_gradient:
            _must_be_computed(f"{self._name}.{method}", self._session.seen)
        return checked(method, signature, values, self._session)
