"""Signature of the two-layer network."""

from autograder import ClassSignature, Signature

__all__ = ["SIGNATURES"]

SIGNATURES = {
    "TwoLayerNet": ClassSignature(
        methods={
            "loss": Signature(("loss", "grads"), is_gradient=True, dicts=("grads",)),
            "predict": Signature(("y_pred",)),
        },
        attributes=("params",),
        dicts=("params",),
    )
}
