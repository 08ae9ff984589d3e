"""Substitutes for the forward passes of a submission."""

from autograder import KeptCache, require_array, require_numbers, require_shape

from ..modes import mode_of

__all__ = ["SUBSTITUTES"]

RUNNING = ("running_mean", "running_var")


def substitute_batchnorm_forward(reference):
    def batchnorm_forward(x, gamma, beta, bn_param):
        require_array("x", x, ndim=2)
        mode = mode_of("bn_param", bn_param)
        settings = require_numbers(bn_param, "eps", "momentum") | {"mode": mode}
        running = {name: bn_param[name] for name in RUNNING if name in bn_param}
        for name, array in {"gamma": gamma, "beta": beta, **running}.items():
            require_shape(name, array, (x.shape[1],))
        settings |= running
        out, cache = reference.batchnorm_forward(x, gamma, beta, settings)
        bn_param.update(settings)
        return out, KeptCache("batchnorm_forward", x.shape, cache)

    return batchnorm_forward


SUBSTITUTES = {"batchnorm_forward": substitute_batchnorm_forward}
