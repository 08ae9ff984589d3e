"""Signatures of the functions of the naive convolution."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD = "conv_forward_naive", "conv_backward_naive"

SIGNATURES = {
    FORWARD: Signature(("out", "cache"), has_documented_cache=True),
    BACKWARD: Signature(("dx", "dw", "db"), forward=FORWARD),
}
