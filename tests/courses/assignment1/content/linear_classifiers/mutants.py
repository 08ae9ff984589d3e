"""Mistakes that are made in the losses of linear classifiers, and correct ones in other styles."""

from autograder import Mutant, Variant

__all__ = ["EQUIVALENTS", "MUTANTS", "VARIANTS"]

SVM, SOFTMAX = "svm_loss_vectorized", "softmax_loss_vectorized"

HALF = "The factor one half stands before the regularization, where this loss has none."
SUM = "The sum over the samples is not divided by their number."
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
                "The gradient of the regularization lacks the factor two of the square.",
                (("2 * reg * W", "reg * W"),),
            ),
            Mutant(exercise, "sum-in-loss", SUM, (("sum() / len(X)", "sum()"),)),
            Mutant(exercise, "sum-in-gradient", SUM, (("dscores / len(X)", "dscores"),)),
            Mutant(
                exercise,
                "weights-not-squared",
                "The regularization adds up the weights, not their squares.",
                ((LOSS_OF_DATA, "np.sum(W)"),),
            ),
        )
    ),
    Mutant(SVM, "no-margin", "The margin of 1 is missing.", ((" + 1)", ")"),)),
    Mutant(
        SVM,
        "right-class-counted",
        "The right class takes part in the sum, and adds its margin of 1.",
        (("    margins[rows, y] = 0\n", ""),),
        also_matches=("right-class-counted-in-loss",),
    ),
    Mutant(
        SVM,
        "right-class-counted-in-loss",
        "The right class takes part in the sum, and adds its margin of 1.",
        (("loss = margins.sum()", "loss = (margins.sum() + len(X))"),),
    ),
    Mutant(
        SVM,
        "right-class-without-gradient",
        "The scores of the right classes get no gradient, although every other class pushes them up.",
        (("dscores[rows, y] = -dscores.sum(axis=1)", "dscores[rows, y] = 0"),),
    ),
    Mutant(
        SVM,
        "right-class-once",
        "The score of the right class is pushed up once, and not once for each class that is too close.",
        (("dscores[rows, y] = -dscores.sum(axis=1)", "dscores[rows, y] = -1"),),
    ),
    Mutant(
        SOFTMAX,
        "probabilities-bounded",
        "A small number is added to the probabilities, so that a loss beyond its logarithm is never seen.",
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
        "The gradient is the probabilities alone: 1 has to be subtracted at the right class.",
        (("    dscores[rows, y] -= 1\n", ""),),
    ),
    Mutant(
        SOFTMAX,
        "sign",
        "The loss has the wrong sign.",
        (("loss = -log_p", "loss = log_p"),),
    ),
)

MUTANTS += (
    Mutant(
        SVM,
        "loop-over-samples",
        "A loop goes over the samples where none is allowed.",
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
        "A loop goes over the samples where none is allowed, in brackets.",
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

# Mechanical mutants that are right programs: reason → changes.
EQUIVALENTS = {
    SVM: {
        "The larger of two numbers does not depend on their order.": (
            "margins = …: np.maximum(0, scores - scores[rows, y][:, None] + 1)"
            " → np.maximum(scores - scores[rows, y][:, None] + 1, 0)",
        ),
    },
}
