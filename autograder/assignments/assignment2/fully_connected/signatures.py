"""What hidden tests use of FullyConnectedNet."""

from ..networks import NETWORK

__all__ = ["SIGNATURES"]

SIGNATURES = {"FullyConnectedNet": NETWORK}
