"""Substitutes for the forward passes of a submission."""

from autograder import KeptCache, require, require_array, require_numbers

from ..modes import mode_of

__all__ = ["SUBSTITUTES"]


def substitute_dropout_forward(reference):
    def dropout_forward(x, dropout_param):
        require_array("x", x)
        settings = {"mode": mode_of("dropout_param", dropout_param)} | require_numbers(dropout_param, "p")
        require(0 < settings.get("p", 0) <= 1, "dropout_param['p'] must be a number above 0 and at most 1")
        if "seed" in dropout_param:
            seed = dropout_param["seed"]
            require(type(seed) is int and 0 <= seed < 1 << 32, "dropout_param['seed'] must be a 32-bit int")
            settings["seed"] = seed
        out, cache = reference.dropout_forward(x, settings)
        return out, KeptCache("dropout_forward", x.shape, cache)

    return dropout_forward


SUBSTITUTES = {"dropout_forward": substitute_dropout_forward}
