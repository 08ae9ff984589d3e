"""Signatures of the functions of spatial batch and group normalization."""

import numpy as np

from autograder import Delegation, Signature

__all__ = ["SIGNATURES"]

BATCH, BATCH_BACK = "spatial_batchnorm_forward", "spatial_batchnorm_backward"

GROUP, GROUP_BACK = "spatial_groupnorm_forward", "spatial_groupnorm_backward"

GRADIENTS = ("dx", "dgamma", "dbeta")


def pixels_as_samples(arguments):
    """Return the arguments with every pixel of x (N, C, H, W) as a sample (N·H·W, C)."""
    x, *others = arguments
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), *others


SIGNATURES = {
    BATCH: Signature(("out", "cache"), in_place=(3,), delegates=Delegation("batchnorm_forward", pixels_as_samples)),
    BATCH_BACK: Signature(GRADIENTS, forward=BATCH),
    GROUP: Signature(("out", "cache")),
    GROUP_BACK: Signature(GRADIENTS, forward=GROUP),
}
