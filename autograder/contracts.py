"""What the exercises promise: names of the return values, what stays with the worker, what changes in place."""

from dataclasses import dataclass

__all__ = ["CONTRACTS", "Contract"]

CACHE = "cache"
NORM = ("dx", "dgamma", "dbeta")


@dataclass(frozen=True)
class Contract:
    """A function's promise.

    - returns: names of its return values. A value named "cache" stays with the worker behind a handle: its layout is
      the student's own.
    - in_place: indices of dict arguments that the function updates.
    - forward: of a backward pass, the forward pass whose cache it takes.
    - has_documented_cache: whether the docstring says what the cache is, instead of leaving it to the student.
    - of_pixels: the forward pass that it is asked to call with pixels as samples and channels as features.
    """

    returns: tuple
    in_place: tuple = ()
    forward: str = ""
    has_documented_cache: bool = False
    of_pixels: str = ""

    def pairs(self):
        return tuple((name, name == CACHE) for name in self.returns)


CONTRACTS = {
    "batchnorm_forward": Contract(("out", CACHE), in_place=(3,)),
    "batchnorm_backward": Contract(NORM, forward="batchnorm_forward"),
    "batchnorm_backward_alt": Contract(NORM, forward="batchnorm_forward"),
    "layernorm_forward": Contract(("out", CACHE)),
    "layernorm_backward": Contract(NORM, forward="layernorm_forward"),
    "conv_forward_naive": Contract(("out", CACHE), has_documented_cache=True),
    "conv_backward_naive": Contract(("dx", "dw", "db"), forward="conv_forward_naive"),
    "max_pool_forward_naive": Contract(("out", CACHE), has_documented_cache=True),
    "max_pool_backward_naive": Contract(("dx",), forward="max_pool_forward_naive"),
    "spatial_batchnorm_forward": Contract(("out", CACHE), in_place=(3,), of_pixels="batchnorm_forward"),
    "spatial_batchnorm_backward": Contract(NORM, forward="spatial_batchnorm_forward"),
    "spatial_groupnorm_forward": Contract(("out", CACHE)),
    "spatial_groupnorm_backward": Contract(NORM, forward="spatial_groupnorm_forward"),
}
