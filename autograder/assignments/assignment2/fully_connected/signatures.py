"""The signature of FullyConnectedNet."""

from ..networks import NETWORK

__all__ = ["SIGNATURES"]

SIGNATURES = {"FullyConnectedNet": NETWORK}
