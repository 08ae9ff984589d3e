"""Substitutes for the forward passes of a submission."""

from autograder import KeptCache, require, require_array, require_numbers, require_shape

__all__ = ["SUBSTITUTES"]


def substitute_layernorm_forward(reference):
    def layernorm_forward(x, gamma, beta, ln_param):
        require_array("x", x, ndim=2)
        require(type(ln_param) is dict, "ln_param must be a dict")
        for name, array in {"gamma": gamma, "beta": beta}.items():
            require_shape(name, array, (x.shape[1],))
        out, cache = reference.layernorm_forward(x, gamma, beta, require_numbers(ln_param, "eps"))
        return out, KeptCache("layernorm_forward", x.shape, cache)

    return layernorm_forward


SUBSTITUTES = {"layernorm_forward": substitute_layernorm_forward}
