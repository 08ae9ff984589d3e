"""Update rules for stochastic gradient descent: ``next_w, config = rule(w, dw, config)``.

- w: parameters, a float array. next_w is a new array, or w itself, UPDATED IN PLACE to save memory;
  copy w first if you need the old values.
- dw: gradient of the loss, the shape of w; never changed.
- config: dict of hyperparameters and running averages; None means the defaults. Missing keys are
  added, and the running averages are updated in place. The rule returns config for the next step.

This module has ``sgd``. The other rules are exercises in FullyConnectedNets.ipynb; rule_named finds
them.
"""

import numpy as np

from cs231n._fast_backend import kernels
from cs231n._fast_rules import COMPILED, array_and_gradient, in_one_pass, with_defaults
from cs231n.notebook import definitions
from student_tools.language import tr

__all__ = ["RULES", "rule_named", "sgd"]

RULES = ("adam", "rmsprop", "sgd", "sgd_momentum")
NOTEBOOK = "FullyConnectedNets.ipynb"


def sgd(w, dw, config=None):
    """Plain stochastic gradient descent: ``w - learning_rate * dw``, in place.

    Inputs:
    - w: float array, changed in place unless it is read-only
    - dw: gradient of the loss, the shape of w
    - config: None for the defaults, or dict with
      - 'learning_rate': default 1e-2

    Returns a tuple of:
    - next_w: w, or a new array if w is read-only
    - config: the dict for the next step

    Raises ValueError if w is not a float array, or dw has another shape.
    """
    config = with_defaults(config, learning_rate=1e-2)
    w, dw = array_and_gradient("sgd", w, dw)
    if not in_one_pass("sgd_step", (w, dw), config["learning_rate"]):
        step = np.multiply(dw, config["learning_rate"], dtype=w.dtype, casting="same_kind")
        w -= step
    return w, config


def rule_named(name):
    """Return the update rule of a name.

    If the extension is built, all rules are compiled. Otherwise 'sgd_momentum', 'rmsprop' and
    'adam' are those of your FullyConnectedNets.ipynb, or of the package if your course does not
    release that notebook.

    Input:
    - name: one of RULES

    Raises ValueError for any other name.
    """
    if name not in RULES:
        words = {"names": ", ".join(RULES), "got": name}
        raise ValueError(tr("expected an update_rule from {names}, or a function, got {got!r}", **words))
    if name == "sgd":
        return sgd
    return COMPILED[name] if kernels() else definitions(NOTEBOOK, name)
