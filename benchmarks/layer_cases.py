"""Arguments of the referee's calls of layers: small arrays, odd sizes, strides that leave pixels unused."""

import functools

import numpy as np

from benchmarks.judging import numbers

__all__ = ["cases"]


@functools.cache
def cases(forward):
    """Return the cases of a forward pass: dict of description → arguments."""
    return {f"{text}": arguments for text, arguments in _CASES[forward]()}


def _affine_cases():
    for seed, sample, M, N in ((1, (3, 2, 2), 5, 4), (2, (7,), 3, 1), (3, (2, 3), 1, 2)):
        x, w, b = numbers(seed, (N, *sample), (int(np.prod(sample)), M), (M,))
        yield f"{N} × {sample} numbers, {M} units", [x, w, b]


def _relu_cases():
    for seed, shape in ((4, (9,)), (5, (3, 7)), (6, (2, 3, 1, 5))):
        yield f"shape {shape}", numbers(seed, shape)


def _conv_cases():
    sizes = [  # N, C, H, W, F, HH, WW, stride, pad
        (1, 2, 5, 7, 3, 3, 2, 2, 1),  # leaves columns unused
        (2, 1, 4, 5, 2, 3, 3, 1, 2),  # padding of more than half of the filter
        (1, 3, 7, 4, 1, 2, 4, 3, 0),  # no padding, and unused rows
        (1, 1, 6, 3, 2, 5, 1, 1, 2),
    ]
    for seed, (N, C, H, W, F, HH, WW, stride, pad) in enumerate(sizes, start=10):
        x, w, b = numbers(seed, (N, C, H, W), (F, C, HH, WW), (F,))
        case = f"{H} × {W} image, {HH} × {WW} filter, stride {stride}, pad {pad}"
        yield case, [x, w, b, {"stride": stride, "pad": pad}]


def _pool_cases():
    for seed, (N, C, H, W, height, width, stride) in enumerate(
        [(2, 2, 4, 6, 2, 2, 2), (1, 3, 7, 5, 3, 2, 2), (1, 1, 5, 8, 2, 3, 3), (1, 2, 4, 3, 3, 3, 1)], start=20
    ):
        case = f"{H} × {W} image, {height} × {width} windows, stride {stride}"
        yield case, [*numbers(seed, (N, C, H, W)), {"pool_height": height, "pool_width": width, "stride": stride}]


def _norm_arguments(seed, shape, gamma, scale, param):
    x, g, b = numbers(seed, shape, gamma, gamma)
    return [scale * x + 0.7, 1.3 + 0.5 * g, b, param]


def _batchnorm_cases():
    yield "training", _norm_arguments(30, (5, 3), (3,), 2.0, {"mode": "train"})
    yield "training, tiny numbers", _norm_arguments(31, (6, 2), (2,), 4e-3, {"mode": "train"})
    param = {"mode": "train", "eps": 0.3, "momentum": 0.7}
    param |= {"running_mean": np.array([0.5, -1.0, 2.0, 0.1]), "running_var": np.array([1.5, 0.2, 0.7, 3.0])}
    yield "training, eps 0.3, momentum 0.7", _norm_arguments(32, (3, 4), (4,), 1.0, param)
    yield "test mode", _norm_arguments(33, (1, 4), (4,), 1.0, {**param, "mode": "test"})


def _layernorm_cases():
    yield "4 × 5", _norm_arguments(40, (4, 5), (5,), 3.0, {})
    yield "tiny numbers", _norm_arguments(41, (2, 8), (8,), 4e-3, {})
    yield "eps 0.3", _norm_arguments(42, (5, 2), (2,), 1.0, {"eps": 0.3})


def _spatial_cases():
    yield "training", _norm_arguments(50, (2, 3, 4, 3), (3,), 2.0, {"mode": "train"})
    param = {"mode": "train", "eps": 0.3, "momentum": 0.6}
    param |= {"running_mean": np.array([0.5, -1.0]), "running_var": np.array([1.5, 0.2])}
    yield "training, eps 0.3, momentum 0.6", _norm_arguments(51, (3, 2, 1, 5), (2,), 1.0, param)
    yield "test mode", _norm_arguments(52, (1, 2, 3, 2), (2,), 1.0, {**param, "mode": "test"})


def _group_cases():
    for seed, (shape, G, param) in enumerate(
        [((2, 6, 3, 2), 3, {}), ((1, 4, 2, 5), 4, {"eps": 0.3}), ((3, 4, 3, 1), 1, {}), ((2, 6, 1, 4), 2, {})], start=60
    ):
        *arrays, last = _norm_arguments(seed, shape, (1, shape[1], 1, 1), 2.0, param)
        yield f"shape {shape}, {G} groups", [*arrays, G, last]


_CASES = {
    "affine_forward": _affine_cases,
    "relu_forward": _relu_cases,
    "conv_forward_naive": _conv_cases,
    "max_pool_forward_naive": _pool_cases,
    "batchnorm_forward": _batchnorm_cases,
    "layernorm_forward": _layernorm_cases,
    "spatial_batchnorm_forward": _spatial_cases,
    "spatial_groupnorm_forward": _group_cases,
}
