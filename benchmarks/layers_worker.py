"""Measure the layers with a fixed number of threads: `python -m benchmarks.layers_worker THREADS` prints JSON.

This is a process of its own, because the number of threads and the C library's memory settings are read at the start.
One thread is measured in processor time, several threads in wall time.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import cells, peers
from benchmarks.timing import take_turns
from cs231n import _fast_backend, fast_layers, layer_utils
from cs231n._fast_relu import relu_backward_fast, relu_forward_fast
from cs231n.solver import Solver

ROOT = Path(__file__).parent.parent
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("threads", type=int)
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args(arguments)
    torch = import_torch(options.threads)
    fast_layers.set_num_threads(options.threads)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    rows = []
    for cell in cells.CONVOLUTIONS:
        rows += convolution_rows(cell, torch, clock, options)
    for cell in cells.POOLINGS:
        rows += pooling_rows(cell, torch, clock, options)
    rows += step_rows(torch, clock, options)
    json.dump(
        {
            "threads": options.threads,
            "peak": peak_flops(),
            "backend": fast_layers.backend().reason,
            "torch": torch.__version__ if torch else None,
            "rows": rows,
        },
        sys.stdout,
    )


def import_torch(threads):
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(threads)
    return torch


def peak_flops():
    """Return the floating-point operations per second of a loop of multiply-adds on one core: dict of dtype → rate."""
    kernels = _fast_backend.kernels()
    if kernels is None:
        return {}
    peak = {}
    for dtype in ("float32", "float64"):
        rates = []
        for _ in range(15):
            start = time.process_time()
            count = kernels.multiply_adds(3_000_000, dtype == "float64")
            rates.append(2 * count / (time.process_time() - start))
        peak[dtype] = statistics.median(rates)
    return peak


def arrays_of(cell):
    rng = np.random.default_rng(231)
    shapes = (cell.x,) if isinstance(cell, cells.Pooling) else (cell.x, cell.w, cell.w[:1])
    return [rng.standard_normal(shape).astype(cell.dtype) for shape in shapes]


def convolution_rows(cell, torch, clock, options):
    x, w, b = arrays_of(cell)
    param = {"stride": cell.stride, "pad": cell.pad}
    if cell.pooled:
        ours = Ours(layer_utils.conv_relu_pool_forward, layer_utils.conv_relu_pool_backward, x, w, b, param, POOL)
        others = {"layer by layer": Ours(one_by_one_forward, one_by_one_backward, x, w, b, param)}
    else:
        ours = Ours(fast_layers.conv_forward_fast, fast_layers.conv_backward_fast, x, w, b, param)
        others = {
            "NumPy fallback": Ours(fast_layers.conv_forward_im2col, fast_layers.conv_backward_im2col, x, w, b, param),
            "NumPy im2col": peers.NumpyIm2col(x, w, b, cell.stride, cell.pad),
        }
    if torch:
        others["PyTorch"] = peers.TorchConvolution(torch, x, w, b, cell.stride, cell.pad, pooled=cell.pooled)
    out = ours.forward()
    passes = out.size * w[0].size * 2 * (4 if cell.pooled else 1)
    return rows_of(cell, {"ours": ours} | others, clock, options, flops=(passes, 2 * passes))


def pooling_rows(cell, torch, clock, options):
    (x,) = arrays_of(cell)
    ours = Ours(fast_layers.max_pool_forward_fast, fast_layers.max_pool_backward_fast, x, POOL)
    others = {
        "NumPy fallback": Ours(fast_layers.max_pool_forward_reshape, fast_layers.max_pool_backward_reshape, x, POOL)
    }
    if torch:
        others["PyTorch"] = peers.TorchPooling(torch, x)
    return rows_of(cell, {"ours": ours} | others, clock, options)


class Ours:
    """A layer of this package with its arguments."""

    def __init__(self, forward, backward, *arguments):
        self.functions, self.arguments = (forward, backward), arguments

    def forward(self):
        out, self.cache = self.functions[0](*self.arguments)
        return out

    def backward(self, dout):
        return self.functions[1](dout, self.cache)


def one_by_one_forward(x, w, b, param):
    a, conv_cache = fast_layers.conv_forward_fast(x, w, b, param)
    rectified, relu_cache = relu_forward_fast(a)
    out, pool_cache = fast_layers.max_pool_forward_fast(rectified, POOL)
    return out, (conv_cache, relu_cache, pool_cache)


def one_by_one_backward(dout, cache):
    conv_cache, relu_cache, pool_cache = cache
    return fast_layers.conv_backward_fast(
        relu_backward_fast(fast_layers.max_pool_backward_fast(dout, pool_cache), relu_cache), conv_cache
    )


def rows_of(cell, candidates, clock, options, flops=(None, None)):
    """Check that all candidates agree, then time them. Return a row for each pass."""
    outs = {name: candidate.forward() for name, candidate in candidates.items()}
    dout = np.random.default_rng(7).standard_normal(outs["ours"].shape).astype(cell.dtype)
    grads = {name: candidate.backward(dout) for name, candidate in candidates.items()}
    rows = []
    for index, (way, results) in enumerate((("forward", outs), ("backward", grads))):
        runs = {
            name: (lambda c=candidate: c.forward()) if index == 0 else (lambda c=candidate: c.backward(dout))
            for name, candidate in candidates.items()
        }
        seconds = take_turns(runs, clock, rounds=options.rounds, slow=("NumPy im2col", "NumPy fallback"))
        rows.append(
            {
                "cell": cell.name,
                "dtype": cell.dtype,
                "pass": way,
                "goal": cell.goals[index],
                "seconds": seconds,
                "flops": flops[index],
                "difference": disagreement(cell, way, results),
            }
        )
    return rows


def disagreement(cell, way, results):
    """Return the largest difference between candidates, relative to the largest number; exit if it is too large."""
    worst = 0.0
    for name, theirs in results.items():
        pairs = zip(as_tuple(results["ours"]), as_tuple(theirs), strict=True)
        worst = max(worst, *(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs))
        if not worst < (1e-4 if cell.dtype == "float32" else 1e-11):
            raise SystemExit(f"benchmark: {name} and ours differ by {worst:.1e} in the {way} pass of {cell.name}")
    return worst


def as_tuple(result):
    return result if isinstance(result, tuple | list) else (result,)


def step_rows(torch, clock, options):
    """Time a training step of the source notebook's network with the Solver, and of the same network in PyTorch."""
    from autograder.course.assignment import load_assignment
    from autograder.course.config import load_course
    from autograder.scoring.reference import load_reference

    course = load_course(ROOT)
    network = load_reference(load_assignment(course)).functions["ThreeLayerConvNet"]
    rng = np.random.default_rng(231)
    x, y = rng.standard_normal((50, 3, 32, 32)).astype(np.float32), rng.integers(10, size=50)
    model = network(weight_scale=0.001, hidden_dim=500, reg=0.001)
    solver = Solver(
        model,
        {"X_train": x, "y_train": y, "X_val": x, "y_val": y},
        update_rule="adam",
        optim_config={"learning_rate": 1e-3},
        batch_size=50,
        verbose=False,
    )
    candidates = {"ours": solver._step}
    if torch:
        theirs = peers.TorchStep(torch, model.params, reg=0.001)
        tensors = torch.from_numpy(x), torch.from_numpy(y)
        first, other = model.loss(x, y)[0], theirs.step(*tensors)
        if not abs(first - other) < 1e-4 * abs(other):
            raise SystemExit(f"benchmark: the first losses of the networks are {first} and {other}")
        candidates["PyTorch"] = lambda: theirs.step(*tensors)
    seconds = take_turns(candidates, clock, rounds=options.rounds)
    goal = cells.STEP[0 if options.threads == 1 else 1]
    return [
        {
            "cell": "training step",
            "dtype": "float32",
            "pass": "",
            "goal": goal,
            "seconds": seconds,
            "flops": None,
            "difference": None,
        }
    ]


if __name__ == "__main__":
    os.chdir(ROOT)
    main(sys.argv[1:])
