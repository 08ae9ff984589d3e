"""A cache is its author's own: forward and backward passes that agree on any layout lose nothing.

Where the docstring of a forward pass says what its cache is, one test of that pass compares it, and no more is lost.
"""

from pathlib import Path

from courses import COURSE, replaced

from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
BATCH = "x_centered, std, gamma = cache"
FROM_DICT = 'x_centered, std, gamma = cache["x"] - cache["mean"], cache["std"], cache["gamma"]'
CHANGES = {
    # a dict with raw quantities, an object of the student's own, everything there is
    "batchnorm_forward": replaced(
        (
            "return out, (x_centered, std, gamma)",
            'return out, {"x": x, "mean": mean, "std": std, "gamma": gamma, "eps": eps}',
        )
    ),
    "batchnorm_backward": replaced((BATCH, FROM_DICT)),
    "batchnorm_backward_alt": replaced((BATCH, FROM_DICT)),
    "layernorm_forward": replaced(
        (
            "return out, (x_hat, std, gamma)",
            "class Kept:\n        pass\n    kept = Kept()\n    kept.all = [x_hat, std, gamma]\n    return out, kept",
        )
    ),
    "layernorm_backward": replaced(("= cache\n", "= cache.all\n")),
    "conv_forward_naive": replaced(("return out, (x, w, b, conv_param)", "return out, (x, w, b, conv_param, x_pad)")),
    "conv_backward_naive": replaced(
        ("x, w, _, conv_param = cache", "x, w, _, conv_param, kept = cache\n    assert kept.ndim == 4")
    ),
    "max_pool_forward_naive": replaced(("return out, (x, pool_param)", "return out, [pool_param, x]")),
    "max_pool_backward_naive": replaced(("x, pool_param = cache", "pool_param, x = cache")),
    "spatial_batchnorm_forward": replaced(
        (".transpose(0, 3, 1, 2), cache", ".transpose(0, 3, 1, 2), (cache, x.shape)")
    ),
    "spatial_batchnorm_backward": replaced(
        ('"""\n    ### BEGIN SOLUTION\n', '"""\n    ### BEGIN SOLUTION\n    cache, _ = cache\n')
    ),
}


def test_any_layout_of_the_caches_will_do():
    scorer = scorer_for(COURSE.root, "assignment2")
    result = scorer.score(solved_submission(scorer.assignment, "somebody", change=CHANGES))
    lost = {(name, t.test) for name, e in result.exercises.items() for t in e.tests if not t.passed}
    # The docstrings of these two say what the cache is.
    assert lost == {("conv_forward_naive", "test_cache"), ("max_pool_forward_naive", "test_cache")}
    lost_points = result.max_score - result.score
    assert 0 < lost_points < 0.02 * result.max_score
