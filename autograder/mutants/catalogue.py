"""All mutants and variants."""

from autograder.mutants import batchnorm, convnet, convolution, layernorm, pooling, spatial_norm

__all__ = ["MUTANTS", "VARIANTS", "mutants_of"]

TOPICS = (batchnorm, layernorm, convolution, pooling, convnet, spatial_norm)
MUTANTS = tuple(mutant for topic in TOPICS for mutant in topic.MUTANTS)
VARIANTS = tuple(variant for topic in TOPICS for variant in topic.VARIANTS)


def mutants_of(exercise, course):
    """The mutants of one exercise that are mistakes with the settings of a course."""
    return tuple(mutant for mutant in MUTANTS if mutant.exercise == exercise and mutant.is_wrong_in(course))
