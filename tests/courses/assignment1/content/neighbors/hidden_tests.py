"""Hidden tests of the nearest neighbor classifier."""

import numpy as np

from autograder import check_array, check_loops, hidden_test

CLASSIFIER = "KNearestNeighbor"


def classifiers(student, reference, rng, *, classes=3):
    """Return the student's and the reference's classifier, trained on the same 12 samples."""
    X, y = rng.uniform(-3, 3, (12, 4)), rng.permuted(np.arange(12) % classes)
    both = student.KNearestNeighbor(), reference.KNearestNeighbor()
    for classifier in both:
        classifier.train(X, y)
    return both


def check_distances(student, reference, rng, name):
    got, right = classifiers(student, reference, rng)
    X = rng.uniform(-3, 3, (7, 4))
    dists, expected = getattr(got, name)(X), getattr(right, name)(X)
    check_array("dists", dists, expected, "distance", case="7 test samples, 12 training samples")


@hidden_test(CLASSIFIER, weight=2)
def test_distances_with_two_loops(student, reference, rng):
    """compute_distances_two_loops gives the distance between each test sample and each training sample."""
    check_distances(student, reference, rng, "compute_distances_two_loops")


@hidden_test(CLASSIFIER, weight=1)
def test_distances_with_one_loop(student, reference, rng):
    """compute_distances_one_loop gives the same distances."""
    check_distances(student, reference, rng, "compute_distances_one_loop")


@hidden_test(CLASSIFIER, weight=2)
def test_distances_without_loops(student, reference, rng):
    """compute_distances_no_loops gives the same distances."""
    check_distances(student, reference, rng, "compute_distances_no_loops")


@hidden_test(CLASSIFIER, weight=1)
def test_one_loop_is_enough(student):
    """compute_distances_one_loop has at most one loop."""
    check_loops(student, f"{CLASSIFIER}.compute_distances_one_loop", at_most=1)


@hidden_test(CLASSIFIER, weight=1)
def test_no_loop_is_needed(student):
    """compute_distances_no_loops has no loop."""
    check_loops(student, f"{CLASSIFIER}.compute_distances_no_loops", functions=True)


@hidden_test(CLASSIFIER, weight=2)
def test_nearest_neighbor(student, reference, rng):
    """By default predict gives each sample the label of its nearest training sample."""
    got, right = classifiers(student, reference, rng, classes=6)
    X = rng.uniform(-3, 3, (40, 4))
    check_array("y_pred", got.predict(X), right.predict(X), "exact", case="40 test samples, k not given")


@hidden_test(CLASSIFIER, weight=3)
def test_votes(student, reference, rng):
    """With k = 5 the most common label of the five nearest samples wins; of equally common labels the smallest."""
    got, right = classifiers(student, reference, rng)
    X = rng.uniform(-3, 3, (60, 4))
    check_array("y_pred", got.predict(X, k=5), right.predict(X, k=5), "exact", case="60 test samples, k = 5")
