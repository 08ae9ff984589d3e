"""Signature of the networks: their parameters, and `loss` with and without labels."""

from autograder import ClassSignature, Signature

__all__ = ["NETWORK"]

NETWORK = ClassSignature(
    methods={
        "scores": Signature(("scores",), calls="loss"),
        "loss": Signature(("loss", "grads"), dicts=("grads",)),
        # The same for tests of the gradients.
        "gradients": Signature(("loss", "grads"), calls="loss", is_gradient=True, dicts=("grads",)),
    },
    attributes=("params",),
    dicts=("params",),
)
