"""Mistakes that are made in the two-layer network, and correct ones in other styles."""

from autograder import Mutant, Variant

__all__ = ["EQUIVALENTS", "MUTANTS", "VARIANTS"]

EXERCISE = "TwoLayerNet"

MUTANTS = (
    Mutant(
        EXERCISE,
        "weights-not-scaled",
        "The initial weights have standard deviation 1. Use weight_scale.",
        (("weight_scale * np.random.randn", "np.random.randn"),),
    ),
    Mutant(
        EXERCISE,
        "weights-transposed",
        "The weights are transposed. Swap rows and columns.",
        (
            ("randn(input_dim, hidden_dim)", "randn(hidden_dim, input_dim)"),
            ("randn(hidden_dim, num_classes)", "randn(num_classes, hidden_dim)"),
        ),
    ),
    Mutant(
        EXERCISE,
        "biases-as-rows",
        "The biases have one axis too many. Use one axis.",
        (
            ("np.zeros(hidden_dim)", "np.zeros((1, hidden_dim))"),
            ("np.zeros(num_classes)", "np.zeros((1, num_classes))"),
        ),
    ),
    Mutant(EXERCISE, "biases-of-one", "The biases start at one. Start them at zero.", (("np.zeros(", "np.ones("),)),
    Mutant(
        EXERCISE,
        "probabilities-bounded",
        "A small number is added to the probabilities, which bounds the loss. Shift the scores instead.",
        (
            (
                "log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))",
                "log_p = np.log(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True) + 1e-12)",
            ),
        ),
    ),
    Mutant(
        EXERCISE,
        "no-half",
        "The regularization in the loss lacks the factor ½. Multiply by it.",
        (("+ 0.5 * self.reg", "+ self.reg"),),
    ),
    Mutant(
        EXERCISE,
        "gradients-not-regularized",
        "The gradients lack the regularization. Add it.",
        ((" + self.reg * W2", ""), (" + self.reg * W1", "")),
    ),
    Mutant(
        EXERCISE,
        "no-relu-in-backward-pass",
        "Hidden units that are off get a gradient. Apply the backward pass of the ReLU.",
        ((" * (hidden > 0)", ""),),
    ),
    Mutant(
        EXERCISE,
        "gradient-not-averaged",
        "The gradient is that of a sum, the loss an average. Divide the gradient by the number of samples.",
        (("        dscores /= len(X)\n", ""),),
    ),
    Mutant(
        EXERCISE,
        "lowest-score",
        "The class with the lowest score is predicted. Take the highest.",
        (("np.argmax(", "np.argmin("),),
    ),
    Mutant(
        EXERCISE,
        "predicts-without-relu",
        "The prediction omits the ReLU of the hidden layer. Add it.",
        (('np.maximum(0, X @ self.params["W1"] + self.params["b1"])', 'X @ self.params["W1"] + self.params["b1"]'),),
    ),
)

VARIANTS = (
    Variant(
        EXERCISE,
        "dot",
        "np.dot, a mask for the ReLU, a dict filled piece by piece",
        (
            ("hidden = np.maximum(0, X @ W1 + b1)", "a = np.dot(X, W1) + b1\n        hidden = a * (a > 0)"),
            ('grads = {"W2": hidden.T @ dscores', 'grads = {}\n        grads |= {"W2": np.dot(hidden.T, dscores)'),
        ),
    ),
    Variant(EXERCISE, "float32", "samples in float32", (("X @ ", 'X.astype("f4") @ '),)),
)

# Mechanical mutants that are correct: reason → changes.
EQUIVALENTS = {
    EXERCISE: {
        "The larger of two numbers does not depend on their order.": (
            "hidden = …: np.maximum(0, X @ W1 + b1) → np.maximum(X @ W1 + b1, 0)",
            "hidden = …: np.maximum(0, X @ self.params['W1'] + self.params['b1'])"
            " → np.maximum(X @ self.params['W1'] + self.params['b1'], 0)",
        ),
    },
}
