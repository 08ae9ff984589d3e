"""An independent referee: judge one student's function without the kit's hidden tests, mutants and solutions.

Sizes differ from those of the notebooks and of the hidden tests, and the expected values come from `formulas`. The
student's code runs in the grader's sandbox, never in this process.

The referee follows the notebooks: `p` is the probability to keep a unit, any subgradient is correct for tied maxima,
and relu_forward does not change its argument. A network with the arguments of an older course is judged by its results,
and the verdict is "signature".
"""

import copy
from dataclasses import dataclass

from autograder.errors import StudentFault
from benchmarks import formulas
from benchmarks.judge_layers import (
    judge_backward,
    judge_dropout,
    judge_dropout_backward,
    judge_forward,
    judge_update_rule,
)
from benchmarks.judge_networks import judge_fully_connected, judge_three_layers
from benchmarks.judging import Wrong

__all__ = ["Referee", "Verdict"]

# Exercises that are not a forward or backward pass with a formula.
JUDGES = {
    **dict.fromkeys(formulas.UPDATE_RULES, judge_update_rule),
    "FullyConnectedNet": judge_fully_connected,
    "ThreeLayerConvNet": judge_three_layers,
    "dropout_forward": judge_dropout,
    "dropout_backward": judge_dropout_backward,
}
PROBES = """
def probe_forward(name, arguments):
    out, _ = globals()[name](*arguments)
    return out, arguments


def probe_backward(name, forward, arguments, cache, dout):
    out = None
    if forward:
        out, cache = globals()[forward](*arguments)
    return out, globals()[name](dout, cache)


def probe_update(name, w, gradients, config):
    found = []
    for gradient in gradients:
        w, config = globals()[name](w, gradient, config)
        found.append(w.copy())
    return found, config


def probe_network(name, options, params, X, y):
    network = globals()[name](**options)
    initial = dict(network.params)
    network.params.update(params)
    if X is None:
        return initial, None, None, None
    loss, grads = network.loss(X, y)
    return initial, loss, grads, network.loss(X)
"""


@dataclass(frozen=True)
class Verdict:
    """The referee's verdict on a function. `kind` is one of KINDS; `reason` is "" if the function is correct."""

    kind: str
    reason: str = ""

    @property
    def is_right(self):
        """True if the function is correct with the documented arguments."""
        return self.kind == "right"


class Referee:
    """Judge functions of submissions in a sandbox.

    Inputs:
    - assignment: Assignment
    - sandbox: Sandbox
    - ties: the course's `max_pool_ties`
    """

    def __init__(self, assignment, sandbox, ties="subgradient"):
        self.assignment, self.sandbox, self.ties = assignment, sandbox, ties

    def judge(self, exercise, submission):
        """Return the Verdict on an exercise of a Submission in which everything that the exercise needs is correct."""
        forward = getattr(self.assignment.content.functions.get(exercise), "forward", "")
        judge = JUDGES.get(exercise) or (judge_backward if forward else judge_forward)
        if exercise not in JUDGES and (forward or exercise) not in formulas.FORWARD:
            return Verdict("not judged", "the referee does not know this exercise")
        try:
            judge(exercise, Calls(self, exercise, submission))
        except Wrong as wrong:
            return Verdict(wrong.kind, str(wrong))
        except StudentFault as fault:
            return Verdict("error", fault.message)
        return Verdict("right")

    def program(self, submission):
        """Return the notebooks of a submission with the probes, compiled in the sandbox."""
        cells = {name: source.solved_code() for name, source in self.assignment.provided.items()}
        for name, source in self.assignment.notebooks.items():
            borrowed = ("borrowed", self._borrowed(name))
            cells[name] = [*source.locked_code(), borrowed, *submission.code(name), ("probes", PROBES)]
        return self.sandbox.parse(cells)

    def _borrowed(self, notebook):
        """Return code that defines the layers of other notebooks, which original files have in one module."""
        layers = {
            name: exercise
            for name, exercise in self.assignment.exercises.items()
            if name in self.assignment.content.functions
        }
        return "\n".join(
            f'{name} = definitions("{exercise.notebook}", "{name}")'
            for name, exercise in layers.items()
            if exercise.notebook != notebook
        )


class Calls:
    """Calls into one submission, each in a process of its own."""

    def __init__(self, referee, exercise, submission):
        self.ties = referee.ties
        self.functions = referee.assignment.content.functions
        self._sandbox, self._program = referee.sandbox, referee.program(submission)
        self._notebook = referee.assignment.exercises[exercise].notebook
        assignment = referee.assignment
        names = [test.imports for test in assignment.content.tests_of(exercise) if test.imports]
        self._policy = assignment.import_policies[names[0]] if names else assignment.default_policy
        self.text = next(cell.source for cell in submission.notebooks[self._notebook] if cell.grade_id == exercise)

    def __call__(self, probe, *arguments, values=2):
        """Call a probe and return its values."""
        returns = tuple((f"value {i}", False) for i in range(values))
        with self._sandbox.session(self._program, self._notebook, policy=self._policy) as session:
            return session.call(probe, copy.deepcopy(arguments), returns=returns)
