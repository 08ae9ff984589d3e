"""Signatures of the functions of layer normalization."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD = "layernorm_forward", "layernorm_backward"

SIGNATURES = {
    FORWARD: Signature(("out", "cache")),
    BACKWARD: Signature(("dx", "dgamma", "dbeta"), forward=FORWARD),
}
