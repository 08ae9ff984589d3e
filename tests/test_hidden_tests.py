"""The hidden tests are tests too: known mistakes lose points where they belong, other right programs lose none.

Each mistake and each style is a substitution in a solution of the source notebooks.
"""

from pathlib import Path

import pytest

from autograder.sample_class import body, solved_submission
from autograder.scorer import Scorer, scorer_for

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def scorer():
    scorer = scorer_for(ROOT, "assignment2")
    yield scorer
    assert isinstance(scorer, Scorer)


def substituted(*pairs):
    def change(cell):
        source = cell.source
        for old, new in pairs:
            assert old in source, f"{cell.grade_id} no longer holds {old!r}"
            source = source.replace(old, new)
        return source

    return change


def result(scorer, exercise, *pairs):
    change = {exercise: substituted(*pairs)}
    return scorer.score(solved_submission(scorer.assignment, "somebody", change=change))


CUT = "pad : pad + H, pad : pad + W"
FLAT, BACK = "x.transpose(0, 2, 3, 1).reshape(N * H * W, C)", "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
ALL_TIES = (
    "is_first = np.arange(height * width) == first[:, :, None]",
    "is_first = x[window].reshape(N, C, -1) == x[window].max(axis=(2, 3)).reshape(N, C, 1)",
)

COSTS_TWICE = pytest.mark.xfail(
    strict=True, reason="the backward pass is tested on a cache that this forward pass filled wrongly"
)

MISTAKES = [
    ("conv_forward_naive", "literal pad of 1", [("(pad, pad), (pad, pad)", "(1, 1), (1, 1)")]),
    ("conv_forward_naive", "height for width", [("left + WW", "left + HH"), ("2 * pad - WW", "2 * pad - HH")]),
    ("conv_forward_naive", "size rounded up", [("(H + 2 * pad - HH) // stride", "-(-(H + 2 * pad - HH) // stride)")]),
    ("conv_forward_naive", "bias forgotten", [(" + b[f]", "")]),
    (
        "conv_forward_naive",
        "bias once per row",
        [("return out, (x, w", "return out + np.arange(out_h)[:, None] * b[:, None, None], (x, w")],
    ),
    ("conv_forward_naive", "filter flipped", [("window * w[f]", "window * w[f, :, ::-1, ::-1]")]),
    ("conv_forward_naive", "stride ignored", [("top, left = i * stride, j * stride", "top, left = i, j")]),
    ("conv_backward_naive", "empty dx at pad 0", [(CUT, "pad:-pad, pad:-pad")]),
    ("conv_backward_naive", "literal 1:-1", [(CUT, "1:-1, 1:-1")]),
    ("conv_backward_naive", "padding left on dx", [(f"dx_pad[:, :, {CUT}]", "dx_pad")]),
    ("conv_backward_naive", "assigned, not added", [("dx_pad[window] +=", "dx_pad[window] =")]),
    ("conv_backward_naive", "dw divided by N", [("return dx, dw, db", "return dx, dw / len(x), db")]),
    ("conv_backward_naive", "db over samples only", [("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)")]),
    ("max_pool_forward_naive", "width from height", [("(W - width)", "(W - height)")]),
    ("max_pool_forward_naive", "start by window", [("i * stride, j * stride", "i * height, j * width")]),
    ("max_pool_backward_naive", "assigned, not added", [("dx[window] +=", "dx[window] =")]),
    ("max_pool_backward_naive", "all ties in full", [ALL_TIES]),
    (
        "batchnorm_forward",
        "momentum reversed",
        [("momentum * running_mean + (1 - momentum) * mean", "(1 - momentum) * running_mean + momentum * mean")],
    ),
    ("batchnorm_forward", "averages not stored", [('bn_param["running_var"] =', "_ =")]),
    ("batchnorm_forward", "averages kept as rows", [("+ (1 - momentum) * mean", "+ (1 - momentum) * mean[None]")]),
    (
        "batchnorm_forward",
        "test mode without gamma",
        [("    return out, (x_c", "    if mode == 'test':\n        out = x_centered / std\n    return out, (x_c")],
    ),
    (
        "batchnorm_forward",
        "test mode by the batch",
        [("mean, var = running_mean, running_var", "mean, var = x.mean(axis=0), x.var(axis=0)")],
    ),
    (
        "batchnorm_backward",
        "statistics as constants",
        [("dx = dx_centered - dx_centered.mean(axis=0)", "dx = dx_hat / std")],
    ),
    ("batchnorm_backward", "dgamma from raw x", [("dgamma = (dout * x_hat)", "dgamma = (dout * x_centered)")]),
    pytest.param(
        "spatial_batchnorm_forward",
        "no transpose",
        [(FLAT, "x.reshape(N * H * W, C)"), (BACK, "out.reshape(N, C, H, W)")],
        marks=COSTS_TWICE,
    ),
    pytest.param(
        "spatial_groupnorm_forward",
        "over the batch",
        [("groups.var(axis=2, keepdims=True)", "groups.var(axis=(0, 2), keepdims=True)")],
        marks=COSTS_TWICE,
    ),
    ("spatial_groupnorm_backward", "no kept axes", [("axis=(0, 2, 3), keepdims=True", "axis=(0, 2, 3)")]),
    ("ThreeLayerConvNet", "no half", [("0.5 * self.reg", "self.reg")]),
    (
        "ThreeLayerConvNet",
        "sum of the weights",
        [("self.reg * self.params[name]", "self.reg * np.sum(self.params[name])")],
    ),
    ("ThreeLayerConvNet", "one weight left out", [('for name in ("W1", "W2", "W3")', 'for name in ("W2", "W3")')]),
    ("ThreeLayerConvNet", "square images only", [("(H // 2) * (W // 2)", "(H // 2) ** 2")]),
    (
        "ThreeLayerConvNet",
        "no ReLU",
        [
            ("affine_relu_forward(pooled", "affine_forward(pooled"),
            ("affine_relu_backward(dhidden", "affine_backward(dhidden"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("exercise", "name", "pairs"), MISTAKES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_known_mistake_costs_points_where_it_was_made_and_nowhere_else(scorer, exercise, name, pairs):
    exercises = result(scorer, exercise, *pairs)["exercises"]
    lost = {name for name, e in exercises.items() if e["score"] < e["points"]}
    assert lost == {exercise}
    failed = [test for test in exercises[exercise]["tests"] if not test["passed"]]
    assert all(test["message"] for test in failed)


FAST = "from cs231n.fast_layers import conv_forward_fast\n    return conv_forward_fast(x, w, b, conv_param)"


def test_the_fast_layers_are_no_answer_to_the_naive_exercises(scorer):
    got = result(scorer, "conv_forward_naive", ('stride, pad = conv_param["stride"], conv_param["pad"]', FAST))
    assert got["exercises"]["conv_forward_naive"]["score"] == 0
    assert "write the computation yourself" in got["exercises"]["conv_forward_naive"]["tests"][0]["message"]
    assert got["score"] == 100 - 11


def test_text_from_student_code_is_cleaned_before_it_is_stored(scorer):
    meta = r"M = type('M', (type,), {'__name__': '\ud800\x1b[31m\nX'})"
    odd = meta + "\n    x = M('X', (), {})()\n    return x, x"
    got = scorer.score(solved_submission(scorer.assignment, "odd", change={"layernorm_forward": body(odd)}))
    for test in got["exercises"]["layernorm_forward"]["tests"]:
        assert test["message"].isprintable()
        assert test["status"] == "failed"


EVEN_SPLIT = (
    "is_first = np.arange(height * width) == first[:, :, None]",
    "is_max = x[window].reshape(N, C, -1) == x[window].max(axis=(2, 3)).reshape(N, C, 1)\n"
    "            is_first = is_max / is_max.sum(axis=2, keepdims=True)",
)
LAST = (
    "height * width).argmax(axis=2)",
    "height * width)[:, :, ::-1].argmax(axis=2)\n            first = height * width - 1 - first",
)
STYLES = [
    (
        "spatial_batchnorm_forward",
        "arguments by name",
        [("gamma, beta, bn_param)\n    return", "gamma, beta=beta, bn_param=bn_param)\n    return")],
    ),
    (
        "conv_forward_naive",
        "float32 throughout",
        [("x_pad = np.pad(x", "x, w, b = (a.astype(np.float32) for a in (x, w, b))\n    x_pad = np.pad(x")],
    ),
    (
        "conv_forward_naive",
        "einsum",
        [("np.sum(window * w[f], axis=(1, 2, 3))", "np.einsum('nchw,chw->n', window, w[f])")],
    ),
    (
        "conv_forward_naive",
        "another name for numpy",
        [("    ### BEGIN SOLUTION", "    import numpy as xp"), ("np.pad", "xp.pad")],
    ),
    ("conv_backward_naive", "negative end or none", [(CUT, "pad : H + pad, pad : W + pad")]),
    ("max_pool_backward_naive", "shared at ties", [EVEN_SPLIT]),
    ("max_pool_backward_naive", "last at ties", [LAST]),
    (
        "batchnorm_forward",
        "a list as output",
        [("return out, (x_centered, std, gamma)", "return [out, (x_centered, std, gamma)]")],
    ),
    (
        "batchnorm_forward",
        "in place on a copy",
        [("x_centered = x - mean", "x_centered = x.copy()\n    x_centered -= mean")],
    ),
    (
        "batchnorm_forward",
        "float32 out",
        [("out = gamma * (x_centered / std) + beta", "out = (gamma * (x_centered / std) + beta).astype(np.float32)")],
    ),
    (
        "ThreeLayerConvNet",
        "more attributes",
        [
            (
                "        C, H, W = input_dim",
                "        self.input_dim, self.extra = input_dim, object()\n        C, H, W = input_dim",
            )
        ],
    ),
]


@pytest.mark.parametrize(
    ("exercise", "name", "pairs"), STYLES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_right_program_in_another_style_loses_nothing(scorer, exercise, name, pairs):
    got = result(scorer, exercise, *pairs)
    wrong = [test for e in got["exercises"].values() for test in e["tests"] if not test["passed"]]
    assert wrong == []


def test_every_hidden_test_says_what_it_is_about():
    for path in sorted((ROOT / "autograder" / "hidden_tests").glob("test_*.py")):
        text = path.read_text()
        assert text.count("@pytest.mark.scores(") == text.count("\ndef test_")


def test_scores_do_not_depend_on_the_secret(scorer, monkeypatch):
    for secret in ("one", "another", "a third"):
        monkeypatch.setitem(scorer.course.__dict__, "secret", secret)
        assert scorer.score(solved_submission(scorer.assignment, "somebody"))["score"] == 100
