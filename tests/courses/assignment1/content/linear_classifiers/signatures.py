"""Signatures of the losses of linear classifiers."""

from autograder import Signature

__all__ = ["SIGNATURES"]

LOSS = Signature(("loss", "dW"))

SIGNATURES = {"svm_loss_vectorized": LOSS, "softmax_loss_vectorized": LOSS}
