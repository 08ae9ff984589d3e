"""What the functions of naive max pooling return, and what they need of each other."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD = "max_pool_forward_naive", "max_pool_backward_naive"

SIGNATURES = {
    FORWARD: Signature(("out", "cache"), has_documented_cache=True),
    BACKWARD: Signature(("dx",), forward=FORWARD),
}
