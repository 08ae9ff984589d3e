"""Numerical gradients are correct values, but no solution. They cost points only on evidence."""

from pathlib import Path

import pytest
from attack_range import scored_alone
from courses import COURSE, replaced
from samples import others_slow

from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent

# backward pass → forward pass, its arguments, and how many of these get a gradient
LAYERS = {
    "affine_backward": ("affine_forward", "x, w, b", 3),
    "relu_backward": ("relu_forward", "x", 1),
    "conv_backward_naive": ("conv_forward_naive", "x, w, b, conv_param", 3),
    "max_pool_backward_naive": ("max_pool_forward_naive", "x, pool_param", 1),
    "batchnorm_backward": ("batchnorm_forward", "x, gamma, beta, bn_param", 3),
    "batchnorm_backward_alt": ("batchnorm_forward", "x, gamma, beta, bn_param", 3),
    "layernorm_backward": ("layernorm_forward", "x, gamma, beta, ln_param", 3),
    "spatial_batchnorm_backward": ("spatial_batchnorm_forward", "x, gamma, beta, bn_param", 3),
    "spatial_groupnorm_backward": ("spatial_groupnorm_forward", "x, gamma, beta, G, gn_param", 3),
}
KEEPS_ARGUMENTS = """

right_{forward} = {forward}


def {forward}({arguments}):
    return right_{forward}({arguments})[0], ({arguments},)
"""
# The change of the sum of out * dout with one input: `value` is that input, `total()` evaluates the sum.
START = """
def {backward}(dout, cache):
    cache = cache if isinstance(cache, tuple) else (cache,)
    arguments = [dict(part) if isinstance(part, dict) else part for part in cache]
    arguments = [np.array(part) if isinstance(part, np.ndarray) else part for part in arguments]

    def total(*changed):
        settings = [dict(part) if isinstance(part, dict) else part for part in changed]
        return np.sum({forward}(*settings)[0] * dout)

    gradients = []
    for number in range({count}):
        array = arguments[number]
        gradient = np.zeros(array.shape)
{loop}
        gradients.append(gradient)
    return tuple(gradients) if len(gradients) > 1 else gradients[0]
"""
LOOPS = {
    "central differences": """
        for index in np.ndindex(*array.shape):
            value = array[index]
            array[index] = value + 1e-4
            up = total(*arguments)
            array[index] = value - 1e-4
            gradient[index] = (up - total(*arguments)) / 2e-4
            array[index] = value""",
    "one-sided differences": """
        at = total(*arguments)
        for index in np.ndindex(*array.shape):
            step = np.zeros(array.shape)
            step[index] = 1e-6
            changed = [*arguments[:number], array + step, *arguments[number + 1 :]]
            gradient[index] = (total(*changed) - at) / 1e-6""",
    "random directions": """
        at, rows, slopes = total(*arguments), [], []
        for _ in range(array.size):
            rows.append(np.random.randn(*array.shape))
            changed = [*arguments[:number], array + 1e-6 * rows[-1], *arguments[number + 1 :]]
            slopes.append((total(*changed) - at) / 1e-6)
        gradient = np.linalg.solve(np.array(rows).reshape(array.size, -1), slopes).reshape(array.shape)""",
    "a list of copies": """
        steps = (1e-4 * np.eye(array.size)).reshape(-1, *array.shape)
        sums = [[total(*arguments[:number], array + sign * step, *arguments[number + 1 :]) for step in steps]
                for sign in (1, -1)]
        gradient = ((np.array(sums[0]) - sums[1]) / 2e-4).reshape(array.shape)""",
}


def estimating(backward, loop=LOOPS["central differences"]):
    forward, arguments, count = LAYERS[backward]
    names = {"forward": forward, "arguments": arguments, "backward": backward, "count": count}
    change = {backward: lambda cell: START.format(loop=loop, **names)}
    if "norm" in forward:  # the others keep their arguments anyway
        change[forward] = lambda cell: cell.source + KEEPS_ARGUMENTS.format(**names)
    return change


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def scored(scorer, change, *others):
    """The results of the exercises that are changed, and of some others."""
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    return scored_alone(scorer, *change, *others).score(submission).exercises


def assert_seen(exercise):
    """The estimate has no points, and each message states the observation or its consequence."""
    assert exercise.score <= exercise.points / 4
    messages = [test.message for test in exercise.tests if not test.passed]
    assert any("uses" in message and "copies of an array" in message for message in messages), messages


# Every layer with the most usual loop, and every loop with two layers; the others in `make test-slow`.
QUICK = {"conv_backward_naive", "layernorm_backward"}
ESTIMATES = [
    pytest.param(backward, loop, marks=() if loop == "central differences" or backward in QUICK else pytest.mark.slow)
    for backward in LAYERS
    for loop in LOOPS
]


@pytest.mark.parametrize(("backward", "loop"), ESTIMATES)
def test_an_estimate_by_the_forward_pass_earns_nothing(scorer, backward, loop):
    if backward == "affine_backward" and loop == "random directions":
        pytest.skip("the system of equations is too badly conditioned for right values")
    got = scored(scorer, estimating(backward, LOOPS[loop]), LAYERS[backward][0])
    assert_seen(got[backward])
    assert got[backward].score == 0
    assert got[LAYERS[backward][0]].score == got[LAYERS[backward][0]].points


ALIASES = {
    "another name": "{forward}_again = {forward}\n",
    "a copy of the text": None,
    "a lambda": "{forward}_again = lambda *a: {forward}(*a)\n",
    "text that is executed": """
def {forward}_again(*arguments):
    names = dict(globals())
    exec("def again(*a):\\n    return {forward}(*a)", names)
    return names["again"](*arguments)
""",
    "an object": """
class Layer:
    def __call__(self, *arguments):
        return {forward}(*arguments)


def {forward}_again(*arguments):
    return Layer()(*arguments)
""",
}


@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("backward", ["conv_backward_naive", "layernorm_backward"])
def test_the_name_of_the_function_that_is_evaluated_does_not_matter(scorer, backward, alias):
    forward = LAYERS[backward][0]
    change = estimating(backward)
    kept = change.get(forward, lambda cell: cell.source)
    text = ALIASES[alias]

    def with_alias(cell):
        again = kept(cell).replace(forward, f"{forward}_again") if text is None else text.format(forward=forward)
        return f"{kept(cell)}\n\n\n{again}"

    source = change[backward](None).replace(f"{forward}(*settings)", f"{forward}_again(*settings)")
    assert_seen(scored(scorer, change | {forward: with_alias, backward: lambda cell: source})[backward])


INDEPENDENT = """
def {backward}(dout, cache):
    x, gamma, beta, settings = cache
    dx = np.zeros(x.shape)
    for number in range(x.shape[{axis}]):
        part = [slice(None), slice(None)]
        part[{axis}] = number
        step = np.zeros(x.shape)
        step[tuple(part)] = 1e-4
        up, down = ({forward}(x + sign * step, gamma, beta, dict(settings))[0] for sign in (1, -1))
        dx[tuple(part)] = ((up - down) * dout / 2e-4).sum(axis={axis})
    std = np.sqrt(x.var(axis={axis}, keepdims=True) + settings.get("eps", 1e-5))
    x_hat = (x - x.mean(axis={axis}, keepdims=True)) / std
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
"""


@pytest.mark.parametrize("backward", ["batchnorm_backward", "batchnorm_backward_alt", "layernorm_backward"])
def test_independent_parts_that_are_changed_together_are_an_estimate_too(scorer, backward):
    forward = LAYERS[backward][0]
    source = INDEPENDENT.format(backward=backward, forward=forward, axis=0 if forward == "batchnorm_forward" else 1)
    assert_seen(scored(scorer, estimating(backward) | {backward: lambda cell: source})[backward])


POOL_BY_PLACE = """
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    dx = np.zeros(x.shape)
    for i in range(height):
        for j in range(width):
            step = np.zeros(x.shape)
            rows, columns = (slice(a, a + stride * count, stride) for a, count in zip((i, j), dout.shape[2:]))
            step[:, :, rows, columns] = 1e-3
            up = max_pool_forward_naive(x + step, pool_param)[0]
            dx[:, :, rows, columns] += (up - max_pool_forward_naive(x, pool_param)[0]) / 1e-3 * dout
    return dx
"""
TOGETHER = {
    "conv_backward_naive": """
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    out = conv_forward_naive(x, w, b, conv_param)[0]
    n = x[0].size
    steps = 1e-4 * np.eye(n).reshape(n, *x.shape[1:])
    dx = np.zeros(x.shape)
    for number in range(len(x)):
        outs = conv_forward_naive(x[number] + steps, w, b, conv_param)[0]
        dx[number] = (((outs - out[number]) * dout[number]).reshape(n, -1).sum(1) / 1e-4).reshape(x.shape[1:])
    dw = np.array([np.sum((conv_forward_naive(x, w + e, b, conv_param)[0] - out) * dout) for e in
                   np.eye(w.size).reshape(-1, *w.shape)]).reshape(w.shape)
    return dx, dw, dout.sum(axis=(0, 2, 3))
""",
    "batchnorm_backward": """
def batchnorm_backward(dout, cache):
    x, gamma, beta, settings = cache
    (N, D), many = x.shape, x.size
    columns = np.repeat(x, N, axis=1)  # column d is there N times, each time with another number changed
    columns[np.tile(np.arange(N), D), np.arange(many)] += 1e-4
    wide = [np.repeat(part, N) for part in (gamma, beta)]
    out = batchnorm_forward(x, gamma, beta, {**settings, "mode": "train"})[0]
    outs = batchnorm_forward(columns, *wide, {"mode": "train", "eps": settings.get("eps", 1e-5)})[0]
    slopes = ((outs - np.repeat(out, N, axis=1)) * np.repeat(dout, N, axis=1)).sum(axis=0) / 1e-4
    x_hat = (out - beta) / gamma
    return slopes.reshape(D, N).T, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
""",
    "layernorm_backward": """
def layernorm_backward(dout, cache):
    x, gamma, beta, settings = cache
    N, D = x.shape
    copies = np.stack([x + 1e-4 * e for e in np.eye(N * D).reshape(-1, N, D)]).reshape(-1, D)
    out = layernorm_forward(x, gamma, beta, settings)[0]
    outs = layernorm_forward(copies, gamma, beta, settings)[0].reshape(-1, N, D)
    dx = ((outs - out) * dout).sum(axis=(1, 2)).reshape(N, D) / 1e-4
    return dx, (dout * (out - beta) / gamma).sum(axis=0), dout.sum(axis=0)
""",
    "max_pool_backward_naive": POOL_BY_PLACE,
}


@pytest.mark.parametrize("backward", TOGETHER)
def test_copies_that_are_evaluated_together_are_an_estimate_too(scorer, backward):
    change = estimating(backward) | {backward: lambda cell: TOGETHER[backward]}
    assert_seen(scored(scorer, change)[backward])


WITHOUT_A_CALL = {
    "layernorm_backward": """
def layernorm_backward(dout, cache):
    x, gamma, beta, settings = cache
    eps = settings.get("eps", 1e-5)
    dx = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for d in range(x.shape[1]):
            z = x.astype(complex)
            z[n, d] += 1e-20j
            centered = z - z.mean(axis=1, keepdims=True)
            hat = centered / np.sqrt((centered**2).mean(axis=1, keepdims=True) + eps)
            dx[n, d] = np.sum((hat * gamma).imag * dout) / 1e-20
    return dx, (dout * hat.real).sum(axis=0), dout.sum(axis=0)
""",
    "conv_backward_naive": """
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * p, W + 2 * p))
    padded[:, :, p : p + H, p : p + W] = x

    def total():
        windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
        return np.einsum("nfhw,nchwij,fcij", dout, windows, w)

    at = total()
    gradients = []
    for array in (padded, w):
        gradient = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            before = array[index]
            array[index] += 1e-4
            gradient[index] = (total() - at) / 1e-4
            array[index] = before
        gradients.append(gradient)
    return gradients[0][:, :, p : p + H, p : p + W], gradients[1], dout.sum(axis=(0, 2, 3))
""",
}


@pytest.mark.parametrize("backward", WITHOUT_A_CALL)
def test_a_forward_pass_within_the_loop_is_an_estimate_too(scorer, backward):
    change = estimating(backward) | {backward: lambda cell: WITHOUT_A_CALL[backward]}
    assert_seen(scored(scorer, change)[backward])


def test_switching_off_the_trace_is_reported(scorer):
    source = estimating("conv_backward_naive")["conv_backward_naive"](None)
    source = source.replace("(dout, cache):\n", "(dout, cache):\n    import sys\n    sys.settrace(None)\n", 1)
    exercise = scored(scorer, {"conv_backward_naive": lambda cell: source})["conv_backward_naive"]
    assert exercise.score == 0
    assert "switched off sys.settrace" in exercise.tests[0].message


NETWORK = """        grads = {}
        if not getattr(self, "busy", False):
            self.busy = True
            for name, array in self.params.items():
                grads[name] = np.zeros(array.shape)
                for index in np.ndindex(*array.shape):
                    value = array[index]
                    array[index] = value + 1e-5
                    up = self.loss(X, y)[0]
                    array[index] = value - 1e-5
                    grads[name][index] = (up - self.loss(X, y)[0]) / 2e-5
                    array[index] = value
            self.busy = False
        return loss, grads
"""
WITHOUT_A_NAME = NETWORK.replace("array[index] = value + 1e-5", "self.params[name][index] = value + 1e-5").replace(
    "array[index] = value - 1e-5", "self.params[name][index] = value - 1e-5"
)


def test_a_layer_that_estimates_costs_no_points_of_the_network(scorer):
    got = scored(scorer, estimating("affine_backward"), "FullyConnectedNet")
    assert got["affine_backward"].score == 0
    assert got["FullyConnectedNet"].score == got["FullyConnectedNet"].points


@pytest.mark.parametrize("loop", [NETWORK, WITHOUT_A_NAME])
@pytest.mark.parametrize(
    "network", others_slow(["ThreeLayerConvNet", "FullyConnectedNet"], often=["ThreeLayerConvNet"])
)
def test_a_network_that_estimates_keeps_the_points_of_its_scores_and_loss(scorer, network, loop):
    exercise = scored(scorer, {network: replaced(("        grads = {}\n", loop))})[network]
    passed = {test.title for test in exercise.tests if test.passed}
    assert {"Without labels, loss returns the class scores.", "The softmax loss without regularization."} <= passed
    assert not any("gradient" in title for title in passed)
    assert 0 < exercise.score < exercise.points
    assert any("copies of an array" in test.message for test in exercise.tests)


HONEST = {
    "a function that both passes use": (
        ("max_pool_forward_naive", "max_pool_backward_naive"),
        """
def window(image, i, j, pool_param):
    s = pool_param["stride"]
    return image[..., i * s : i * s + pool_param["pool_height"], j * s : j * s + pool_param["pool_width"]]


def max_pool_forward_naive(x, pool_param):
    rows, columns = ((x.shape[k] - pool_param[name]) // pool_param["stride"] + 1
                     for k, name in ((2, "pool_height"), (3, "pool_width")))
    out = np.zeros((*x.shape[:2], rows, columns))
    for n, c, i, j in np.ndindex(*out.shape):
        out[n, c, i, j] = window(x[n, c], i, j, pool_param).max()
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        part = window(x[n, c], i, j, pool_param)
        place = np.unravel_index(part.argmax(), part.shape)
        window(dx[n, c], i, j, pool_param)[place] += dout[n, c, i, j]
    return dx
""",
    ),
    "masks of ones with a single zero": (
        ("relu_backward",),
        """
def relu_backward(dout, cache):
    dx = dout
    for index in np.ndindex(*dout.shape):
        keep = np.ones(dout.shape)
        keep[index] = 1.0 * (cache[index] > 0)
        dx = dx * keep
    return dx
""",
    ),
    "an array that grows": (
        ("affine_backward",),
        """
def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(len(x), -1)
    rows = np.zeros((0, flat.shape[1]))
    for n in range(len(x)):
        rows = np.vstack([rows, dout[n] @ w.T])
    db = np.zeros(0)
    for m in range(w.shape[1]):
        db.resize(m + 1)
        db[m] = dout[:, m].sum()
    for name, value in locals().items():
        if name == "nothing":
            return value
    return rows.reshape(x.shape), flat.T @ dout, db
""",
    ),
}
PROBABILITIES = """        loss, dscores = softmax_loss(scores, y)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs, rows = e / e.sum(axis=1, keepdims=True), []
        for i in range(len(y)):
            p = probs.copy()
            p[i, y[i]] -= 1
            rows.append(p[i] / len(y))
        dscores = np.array(rows)
"""


@pytest.mark.parametrize("style", HONEST)
def test_odd_styles_that_compute_keep_all_points(scorer, style):
    names, source = HONEST[style]
    change = {name: (lambda cell: source) if name == names[-1] else (lambda cell: "") for name in names}
    got = scored(scorer, change)
    assert [test.message for name in names for test in got[name].tests if not test.passed] == []


def test_a_network_that_copies_its_probabilities_keeps_all_points(scorer):
    change = {"FullyConnectedNet": replaced(("        loss, dscores = softmax_loss(scores, y)\n", PROBABILITIES))}
    exercise = scored(scorer, change)["FullyConnectedNet"]
    assert [test.message for test in exercise.tests if not test.passed] == []


EVASIONS = {
    "a long loop before": ("    gradients = []\n", "    for _ in range(200_000):\n        pass\n    gradients = []\n"),
    "an array of another class": (
        "        array = arguments[number]\n",
        "        class Array(np.ndarray):\n            pass\n"
        "        array = arguments[number] = arguments[number].view(Array)\n",
    ),
}


@pytest.mark.parametrize("evasion", EVASIONS)
@pytest.mark.parametrize("backward", ["conv_backward_naive", "layernorm_backward"])
def test_an_estimate_is_seen_behind_a_disguise(scorer, backward, evasion):
    source = estimating(backward)[backward](None)
    assert EVASIONS[evasion][0] in source
    change = estimating(backward) | {backward: lambda cell: source.replace(*EVASIONS[evasion])}
    assert_seen(scored(scorer, change)[backward])


BY_NUMBERS = {
    "conv_backward_naive": """
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW), (_, _, rows, columns) = x.shape, w.shape, dout.shape
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for c in range(C):
            for r in range(H):
                for q in range(W):
                    for f in range(F):
                        for i in range(rows):
                            for j in range(columns):
                                filter_row, filter_column = r + p - i * s, q + p - j * s
                                if 0 <= filter_row < HH and 0 <= filter_column < WW:
                                    mask = np.zeros(w[f, c].shape)
                                    mask[filter_row, filter_column] = 1
                                    dx[n, c, r, q] += dout[n, f, i, j] * np.sum(mask * w[f, c])
                                    dw[f, c] += dout[n, f, i, j] * mask * x[n, c, r, q]
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(columns):
                    db[f] += dout[n, f, i, j]
    return dx, dw, db
""",
    "max_pool_backward_naive": """
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    dx = x.copy()
    for index in np.ndindex(*x.shape):
        dx[index] = 0
    for n, c, i, j in np.ndindex(*dout.shape):
        best, place = None, None
        for r in range(pool_param["pool_height"]):
            for q in range(pool_param["pool_width"]):
                value = x[n, c, i * pool_param["stride"] + r, j * pool_param["stride"] + q]
                if best is None or value > best:
                    best, place = value, (i * pool_param["stride"] + r, j * pool_param["stride"] + q)
        dx[(n, c, *place)] += dout[n, c, i, j]
    return dx
""",
    "batchnorm_backward": """
def batchnorm_backward(dout, cache):
    x_centered, std, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = x_centered.copy(), np.zeros(D), np.zeros(D)
    for d in range(D):
        for n in range(N):
            dgamma[d] += dout[n, d] * x_centered[n, d] / std[d]
            dbeta[d] += dout[n, d]
        for n in range(N):
            total = 0.0
            for m in range(N):
                own = 1.0 if m == n else 0.0
                slope = own - 1 / N - x_centered[n, d] * x_centered[m, d] / (N * std[d] ** 2)
                total += dout[m, d] * gamma[d] / std[d] * slope
            dx[n, d] = total
    return dx, dgamma, dbeta
""",
    "relu_backward": """
def relu_backward(dout, cache):
    dx = dout.copy()
    for index in np.ndindex(*dx.shape):
        before = dx[index]
        dx[index] = 0
        if cache[index] > 0:
            dx[index] = before
    return dx
""",
    "layernorm_backward": """
def layernorm_backward(dout, cache):
    x_hat, std, gamma = cache
    dx = dout * gamma
    rows = []
    for n in range(len(dx)):
        row = dx[n].copy()
        row -= row.mean()
        row -= x_hat[n] * (dx[n] * x_hat[n]).mean()
        row /= std[n]
        rows.append(row)
    return np.array(rows), (dout * x_hat).sum(axis=0), dout.sum(axis=0)
""",
}


@pytest.mark.parametrize("backward", BY_NUMBERS)
def test_a_slow_program_that_computes_keeps_all_points(scorer, backward):
    exercise = scored(scorer, {backward: lambda cell: BY_NUMBERS[backward]})[backward]
    assert [test.message for test in exercise.tests if not test.passed] == []


def test_a_program_that_gives_up_on_some_inputs_loses_those_alone(scorer):
    start = "def conv_backward_naive(dout, cache):\n"
    declines = replaced((start, f"{start}    if cache[3]['pad'] == 2:\n        raise ValueError('too wide')\n"))
    tests = scored(scorer, {"conv_backward_naive": declines})["conv_backward_naive"].tests
    assert {test.status for test in tests if "padding of two pixels" in test.title} == {"error"}
    assert [test.title for test in tests if not test.passed and test.status != "error"] == []
    assert sum(test.passed for test in tests) == len(tests) - 5
