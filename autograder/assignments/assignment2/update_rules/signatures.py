"""Signatures of the functions of the update rules."""

from autograder import Signature

__all__ = ["SIGNATURES"]

MOMENTUM, RMSPROP, ADAM = "sgd_momentum", "rmsprop", "adam"

SIGNATURES = {rule: Signature(("next_w", "config")) for rule in (MOMENTUM, RMSPROP, ADAM)}
