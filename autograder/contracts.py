"""What the exercises promise: names of the return values, what stays with the worker, what changes in place."""

from dataclasses import dataclass

__all__ = ["CONTRACTS", "Contract"]

CACHE = "cache"


@dataclass(frozen=True)
class Contract:
    """A function's promise.

    - returns: names of its return values. A value named "cache" stays with the worker behind a handle: its layout is
      the student's own.
    - in_place: indices of dict arguments that the function updates.
    """

    returns: tuple
    in_place: tuple = ()

    def pairs(self):
        return tuple((name, name == CACHE) for name in self.returns)


CONTRACTS = {
    "batchnorm_forward": Contract(("out", CACHE), in_place=(3,)),
    "batchnorm_backward": Contract(("dx", "dgamma", "dbeta")),
    "batchnorm_backward_alt": Contract(("dx", "dgamma", "dbeta")),
    "layernorm_forward": Contract(("out", CACHE)),
    "layernorm_backward": Contract(("dx", "dgamma", "dbeta")),
    "conv_forward_naive": Contract(("out", CACHE)),
    "conv_backward_naive": Contract(("dx", "dw", "db")),
    "max_pool_forward_naive": Contract(("out", CACHE)),
    "max_pool_backward_naive": Contract(("dx",)),
    "spatial_batchnorm_forward": Contract(("out", CACHE), in_place=(3,)),
    "spatial_batchnorm_backward": Contract(("dx", "dgamma", "dbeta")),
    "spatial_groupnorm_forward": Contract(("out", CACHE)),
    "spatial_groupnorm_backward": Contract(("dx", "dgamma", "dbeta")),
}
