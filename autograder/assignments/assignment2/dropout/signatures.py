"""What the functions of dropout return, and what they need of each other."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD = "dropout_forward", "dropout_backward"

SIGNATURES = {
    FORWARD: Signature(("out", "cache")),
    BACKWARD: Signature(("dx",), forward=FORWARD),
}
