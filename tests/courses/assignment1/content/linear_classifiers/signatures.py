"""What the losses of linear classifiers return."""

from autograder import Signature

__all__ = ["SIGNATURES"]

LOSS = Signature(("loss", "dW"))

SIGNATURES = {"svm_loss_vectorized": LOSS, "softmax_loss_vectorized": LOSS}
