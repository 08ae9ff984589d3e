"""Signatures of the functions of batch normalization."""

from autograder import Signature

__all__ = ["SIGNATURES"]

FORWARD, BACKWARD, ALT = "batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt"

GRADIENTS = ("dx", "dgamma", "dbeta")

SIGNATURES = {
    FORWARD: Signature(("out", "cache"), in_place=(3,)),
    BACKWARD: Signature(GRADIENTS, forward=FORWARD),
    ALT: Signature(GRADIENTS, forward=FORWARD),
}
