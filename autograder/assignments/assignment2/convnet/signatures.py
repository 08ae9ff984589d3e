"""The signature of ThreeLayerConvNet."""

from ..networks import NETWORK

__all__ = ["SIGNATURES"]

SIGNATURES = {"ThreeLayerConvNet": NETWORK}
