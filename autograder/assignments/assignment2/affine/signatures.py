"""Signatures of the functions of affine layer and ReLU."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD, RELU, RELU_BACKWARD = "affine_forward", "affine_backward", "relu_forward", "relu_backward"

SIGNATURES = {
    FORWARD: Signature(("out", "cache"), has_documented_cache=True),
    BACKWARD: Signature(("dx", "dw", "db"), forward=FORWARD),
    RELU: Signature(("out", "cache"), has_documented_cache=True),
    RELU_BACKWARD: Signature(("dx",), forward=RELU),
}
