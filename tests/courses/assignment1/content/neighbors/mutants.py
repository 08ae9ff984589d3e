"""Mistakes and styles of the nearest neighbor classifier."""

from autograder import Mutant, Variant

__all__ = ["EQUIVALENTS", "MUTANTS", "VARIANTS"]

EXERCISE = "KNearestNeighbor"

TWO_LOOPS = "np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))"
ONE_LOOP = "np.sqrt(np.sum((self.X_train - X[i]) ** 2, axis=1))"
NO_LOOPS = "np.sqrt(np.maximum(squares, 0))"
VOTES = "np.argmax(np.bincount(self.y_train[row]))"

NO_ROOT = "The distances are squared. Take the root."
CITY_BLOCK = "The absolute differences are added. Use the Euclidean distance."

MUTANTS = (
    Mutant(EXERCISE, "no-root-with-two-loops", NO_ROOT, ((TWO_LOOPS, TWO_LOOPS.replace("np.sqrt", "")),)),
    Mutant(EXERCISE, "no-root-with-one-loop", NO_ROOT, ((ONE_LOOP, ONE_LOOP.replace("np.sqrt", "")),)),
    Mutant(EXERCISE, "no-root-without-loops", NO_ROOT, ((NO_LOOPS, NO_LOOPS.replace("np.sqrt", "")),)),
    Mutant(EXERCISE, "city-block", CITY_BLOCK, ((TWO_LOOPS, "np.sum(np.abs(X[i] - self.X_train[j]))"),)),
    Mutant(
        EXERCISE,
        "product-once",
        "The product of the two samples is subtracted once. Subtract it twice.",
        (("2 * X @", "X @"),),
    ),
    Mutant(
        EXERCISE,
        "first-number-alone",
        "Only the first number of each sample counts. Use all numbers.",
        (("self.X_train - X[i]) ** 2, axis=1", "self.X_train[:, :1] - X[i][:1]) ** 2, axis=1"),),
    ),
    Mutant(
        EXERCISE,
        "farthest",
        "The labels are those of the farthest samples. Use the nearest.",
        (("[:, :k]", "[:, -k:]"),),
    ),
    Mutant(
        EXERCISE,
        "one-neighbor-whatever-k",
        "Only the nearest sample counts. Use the k nearest.",
        (("[:, :k]", "[:, :1]"),),
    ),
    Mutant(
        EXERCISE,
        "k-neighbors-less-one",
        "Only k − 1 neighbors vote. Use k.",
        (("[:, :k]", "[:, : max(k - 1, 1)]"),),
    ),
    Mutant(
        EXERCISE,
        "largest-label-of-equals",
        "Of equally common labels the largest wins. Choose the smallest.",
        ((VOTES, "max(range(10), key=lambda c: (np.sum(self.y_train[row] == c), c))"),),
    ),
)

MUTANTS += (
    Mutant(
        EXERCISE,
        "two-loops-for-one",
        "Two loops run over the samples. Use one.",
        (
            (
                f"dists[i] = {ONE_LOOP}",
                "for j, other in enumerate(self.X_train):\n                dists[i, j] = np.linalg.norm(other - X[i])",
            ),
        ),
    ),
    Mutant(
        EXERCISE,
        "loop-in-a-helper",
        "A loop runs over the samples in a function that is called. Use no loop.",
        ((f"return {NO_LOOPS}", "return one_by_one(X, self.X_train)"),),
        helper="""
def one_by_one(X, others):
    return np.array([np.linalg.norm(others - x, axis=1) for x in X])
""",
    ),
)

VARIANTS = (
    Variant(
        EXERCISE,
        "norm",
        "np.linalg.norm, a broadcast difference, votes by np.unique",
        (
            (TWO_LOOPS, "np.linalg.norm(X[i] - self.X_train[j])"),
            (ONE_LOOP, "np.linalg.norm(self.X_train - X[i], axis=1)"),
            (NO_LOOPS, "np.linalg.norm(X[:, None] - self.X_train, axis=2)"),
            (VOTES, "np.unique(self.y_train[row])[np.unique(self.y_train[row], return_counts=True)[1].argmax()]"),
        ),
    ),
    Variant(
        EXERCISE,
        "float32",
        "samples kept in float32",
        (("self.X_train, self.y_train = X, y", "self.X_train, self.y_train = X.astype(np.float32), y"),),
    ),
)

# Mechanical mutants that are correct: reason → changes.
EQUIVALENTS = {
    EXERCISE: {
        "Every number is overwritten.": (
            "dists = …: np.zeros((len(X), len(self.X_train))) → np.ones((len(X), len(self.X_train)))",
            "dists = …: np.zeros((len(X), len(self.X_train))) → np.ones((len(X), len(self.X_train))) (2)",
        ),
        "The difference is squared.": (
            "dists[i, j] = …: X[i] - self.X_train[j] → self.X_train[j] - X[i]",
            "dists[i] = …: self.X_train - X[i] → X[i] - self.X_train",
        ),
        "Only rounding makes a square negative, and no test has two samples that are so close.": (
            "return …: np.maximum(squares, 0) → squares",
            "return …: np.maximum(squares, 0) → np.maximum(0, squares)",
            "return …: 0 → 1",
            "return …: 0 → -1",
        ),
        "The last axis is the default of argsort, and the second of two.": (
            "nearest = …: np.argsort(self.compute_distances_no_loops(X), axis=1)"
            " → np.argsort(self.compute_distances_no_loops(X))",
        ),
    },
}
