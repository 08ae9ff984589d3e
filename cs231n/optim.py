"""Update rules for stochastic gradient descent: ``next_w, config = rule(w, dw, config)``.

- w: parameters, a float array. next_w may be w itself, UPDATED IN PLACE so that a step of millions of parameters costs
  no fresh memory, or a new array; copy w first if you need the old values.
- dw: gradient of the loss, the shape of w; never changed.
- config: dict of hyperparameters and running averages; None means the defaults. Missing keys are filled in, and the
  running averages are updated in place. It is returned, for the next step.

``sgd`` is here. The other rules are for you to write, in FullyConnectedNets.ipynb; rule_named finds them.
"""

import numpy as np

from cs231n._fast_backend import kernels
from cs231n._fast_rules import COMPILED, array_and_gradient, in_one_pass, with_defaults
from cs231n.notebook import definitions

__all__ = ["RULES", "rule_named", "sgd"]

RULES = ("adam", "rmsprop", "sgd", "sgd_momentum")
NOTEBOOK = "FullyConnectedNets.ipynb"


def sgd(w, dw, config=None):
    """Plain stochastic gradient descent: ``w - learning_rate * dw``, in place.

    config: 'learning_rate' (default 1e-2).

    Raises ValueError for integer w, or dw of another shape. A read-only w is left alone and a new array returned.
    """
    config = with_defaults(config, learning_rate=1e-2)
    w, dw = array_and_gradient("sgd", w, dw)
    if not in_one_pass("sgd_step", (w, dw), config["learning_rate"]):
        step = np.multiply(dw, config["learning_rate"], dtype=w.dtype, casting="same_kind")
        w -= step
    return w, config


def rule_named(name):
    """Return the update rule of that name: one of RULES.

    Where the extension is built all rules are compiled and take one pass over memory. Elsewhere 'sgd_momentum',
    'rmsprop' and 'adam' are what you wrote in FullyConnectedNets.ipynb, or the package's copy where that notebook was
    not handed out.

    Raises ValueError when there is no rule of that name.
    """
    if name not in RULES:
        raise ValueError(f"unknown update_rule {name!r}; choose from {', '.join(RULES)}, or give a function")
    if name == "sgd":
        return sgd
    return COMPILED[name] if kernels() else definitions(NOTEBOOK, name)
