"""Signatures of the functions of naive max pooling."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD = "max_pool_forward_naive", "max_pool_backward_naive"

SIGNATURES = {
    FORWARD: Signature(("out", "cache"), has_documented_cache=True),
    BACKWARD: Signature(("dx",), forward=FORWARD),
}
