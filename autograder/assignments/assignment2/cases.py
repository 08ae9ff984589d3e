"""Descriptions of inputs for students, in their language."""

import functools

from autograder import tr, tr_plural

__all__ = ["joined", "numbers_of", "samples_of", "times"]


def joined(*parts):
    """Return a list of descriptions, such as "train, eps 0.5"."""
    return functools.reduce(lambda left, right: tr("{left}, {right}", left=left, right=right), parts)


def times(sizes):
    """Return sizes with a times sign, such as "2 × 5"."""
    return " × ".join(map(str, sizes))


def numbers_of(shape):
    """Return the description of an array, such as "2 × 5 numbers"."""
    return tr("{sizes} numbers", sizes=times(shape))


def samples_of(N, D=None):
    """Return the description of a batch, such as "7 samples, 5 features", or "2 samples" without D."""
    samples = tr_plural("{count} sample", "{count} samples", N)
    return joined(samples, tr("{count} features", count=D)) if D else samples
