"""Mistakes that are made in the losses of linear classifiers, and correct ones in other styles."""

from autograder import Mutant, Variant

__all__ = ["EQUIVALENTS", "MUTANTS", "VARIANTS"]

SVM, SOFTMAX = "svm_loss_vectorized", "softmax_loss_vectorized"

HALF = "The regularization has a factor ½. Remove it."
SUM = "The sum over the samples is not divided. Divide it by their number."
LOSS_OF_DATA = "np.sum(W**2)"

MUTANTS = (
    *(
        mutant
        for exercise in (SVM, SOFTMAX)
        for mutant in (
            Mutant(exercise, "half-in-loss", HALF, (("+ reg *", "+ 0.5 * reg *"),)),
            Mutant(
                exercise,
                "factor-two-forgotten",
                "The gradient of the regularization lacks the factor 2. Multiply by it.",
                (("2 * reg * W", "reg * W"),),
            ),
            Mutant(exercise, "sum-in-loss", SUM, (("sum() / len(X)", "sum()"),)),
            Mutant(exercise, "sum-in-gradient", SUM, (("dscores / len(X)", "dscores"),)),
            Mutant(
                exercise,
                "weights-not-squared",
                "The regularization adds up the weights. Add up their squares.",
                ((LOSS_OF_DATA, "np.sum(W)"),),
            ),
        )
    ),
    Mutant(SVM, "no-margin", "The margin is missing. Add 1.", ((" + 1)", ")"),)),
    Mutant(
        SVM,
        "right-class-counted",
        "The sum includes the right class. Leave it out.",
        (("    margins[rows, y] = 0\n", ""),),
        also_matches=("right-class-counted-in-loss",),
    ),
    Mutant(
        SVM,
        "right-class-counted-in-loss",
        "The sum includes the right class. Leave it out.",
        (("loss = margins.sum()", "loss = (margins.sum() + len(X))"),),
    ),
    Mutant(
        SVM,
        "right-class-without-gradient",
        "The scores of the right classes get no gradient. Subtract 1 for each class that is too close.",
        (("dscores[rows, y] = -dscores.sum(axis=1)", "dscores[rows, y] = 0"),),
    ),
    Mutant(
        SVM,
        "right-class-once",
        "The score of the right class counts once. Count it once for each class that is too close.",
        (("dscores[rows, y] = -dscores.sum(axis=1)", "dscores[rows, y] = -1"),),
    ),
    Mutant(
        SOFTMAX,
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
        SOFTMAX,
        "one-not-subtracted",
        "The gradient is only the probabilities. Subtract 1 at the right class.",
        (("    dscores[rows, y] -= 1\n", ""),),
    ),
    Mutant(
        SOFTMAX,
        "sign",
        "The loss has the wrong sign. Negate it.",
        (("loss = -log_p", "loss = log_p"),),
    ),
)

MUTANTS += (
    Mutant(
        SVM,
        "loop-over-samples",
        "A loop runs over the samples. Use no loop.",
        (
            (
                "scores = X @ W",
                "scores = np.zeros((len(X), W.shape[1]))\n    for i in rows:\n        scores[i] = X[i] @ W",
            ),
        ),
    ),
    Mutant(
        SOFTMAX,
        "comprehension-over-samples",
        "A comprehension runs over the samples. Use no loop.",
        (("scores = X @ W", "scores = np.array([x @ W for x in X])"),),
    ),
)

VARIANTS = (
    Variant(
        SVM,
        "mask",
        "a mask of the right classes, the mean of the sums",
        body="""\
    right = np.eye(W.shape[1], dtype=bool)[y]
    scores = X.dot(W)
    lacking = (1 + scores - scores[right].reshape(-1, 1)) * ~right
    active = lacking > 0
    loss = (lacking * active).sum(axis=1).mean() + reg * (W * W).sum()
    dscores = active - active.sum(axis=1, keepdims=True) * right
    return loss, np.dot(X.T, dscores) / X.shape[0] + 2 * reg * W
""",
    ),
    Variant(SVM, "float32", "samples in float32", (("X @ W", 'X.astype("f4") @ W.astype("f4")'),)),
    Variant(
        SOFTMAX,
        "one-hot",
        "one-hot labels and probabilities",
        body="""\
    target = np.eye(W.shape[1])[y]
    e = np.exp(X @ W - np.max(X @ W, axis=1)[:, np.newaxis])
    p = e / e.sum(1)[:, np.newaxis]
    s = X @ W - np.max(X @ W, axis=1)[:, np.newaxis]
    loss = np.mean(np.log(e.sum(1)) - (s * target).sum(1)) + reg * np.sum(W * W)
    return loss, X.T @ (p - target) / len(y) + reg * 2 * W
""",
    ),
    Variant(SOFTMAX, "float32", "samples in float32", (("X @ W", 'X.astype("f4") @ W.astype("f4")'),)),
)

# Mechanical mutants that are correct: reason → changes.
EQUIVALENTS = {
    SVM: {
        "The larger of two numbers does not depend on their order.": (
            "margins = …: np.maximum(0, scores - scores[rows, y][:, None] + 1)"
            " → np.maximum(scores - scores[rows, y][:, None] + 1, 0)",
        ),
    },
}
