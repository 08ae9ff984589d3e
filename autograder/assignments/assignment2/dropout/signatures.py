"""Signatures of the functions of dropout."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD = "dropout_forward", "dropout_backward"

SIGNATURES = {
    FORWARD: Signature(("out", "cache")),
    BACKWARD: Signature(("dx",), forward=FORWARD),
}
