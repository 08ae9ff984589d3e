"""Measure the steps from the naive loops to the last kernel, for the table in docs/fast_layers.md."""

import ctypes
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("svg")
import matplotlib.pyplot as plt

from benchmarks import peers
from benchmarks.cells import B
from benchmarks.layers import fixed_threads, save_svg
from benchmarks.timing import take_turns

__all__ = ["run"]

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "fast_layers.md"
PICTURE = ROOT / "docs" / "fast_layers.svg"
START, END = "<!-- measured by make bench -->", "<!-- end -->"
ROUNDS = 5
NAMES = {"avx512": "64-byte registers (AVX-512)", "avx2": "32-byte registers (AVX2)", "baseline": "16-byte registers"}


def run():
    """Measure, and write the table into the page and the chart next to it."""
    print("measuring the steps …")
    one, two = (_measured(threads) for threads in (1, 2))
    last = list(one)[-1]
    seconds = one | {"two threads": two[last]}
    first, before, lines = next(iter(seconds.values())), None, []
    for name, value in seconds.items():
        gain = f"{before / value:.1f} ×" if before else "–"
        lines.append(f"| {name} | {1e3 * value:,.1f} ms | {gain} | {first / value:,.0f} × |")
        before = value
    table = [
        "| step | time | speedup over the previous step | speedup over the naive loops |",
        "|---|---|---|---|",
        *lines,
    ]
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(START)
    PAGE.write_text(head + START + "\n" + "\n".join(table) + "\n" + END + rest.split(END)[1], encoding="utf-8")
    _draw(seconds)


def _measured(threads):
    command = [sys.executable, "-m", "benchmarks.steps", str(threads)]
    done = subprocess.run(command, cwd=ROOT, env=fixed_threads(threads), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _draw(seconds):
    figure, axes = plt.subplots(figsize=(7, 3.6))
    names, values = list(seconds), [1e3 * value for value in seconds.values()]
    axes.barh(names, values, color="#0b6e99")
    for place, value in enumerate(values):
        axes.text(value * 1.1, place, f"{value:,.3g} ms", va="center")
    axes.set_xscale("log")
    axes.set_xlim(min(values) / 2, max(values) * 8)
    axes.invert_yaxis()
    axes.set_xlabel("forward pass of the notebook's network layer, milliseconds")
    save_svg(figure, PICTURE)


def steps(threads):
    """Print, as JSON, the median seconds of each step of the forward pass of cell b in float32."""
    from cs231n import _fast_backend, fast_layers

    fast_layers.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    (x_shape, w_shape, stride, pad), rng = B, np.random.default_rng(231)
    x, w, b = (rng.standard_normal(shape).astype(np.float32) for shape in (x_shape, w_shape, w_shape[:1]))
    param = {"stride": stride, "pad": pad}
    kernels = _fast_backend.kernels()
    if kernels is None:
        raise SystemExit("benchmark: the extension is not built: run `make setup` with a C compiler")
    expected = fast_layers.conv_forward_im2col(x, w, b, param)[0]
    candidates = {
        "NumPy, columns by index arrays": peers.NumpyIm2col(x, w, b, stride, pad).forward,
        "NumPy, strided windows in blocks": lambda: fast_layers.conv_forward_im2col(x, w, b, param)[0],
    }
    plain = _plain_loops(x, w, b, stride, pad, expected.shape)
    if plain:
        candidates = {"the same loops in C": plain} | candidates
    for build in reversed(kernels.BUILDS):
        candidates[f"direct, {NAMES[build]}"] = _with_build(kernels, build, x, w, b, param)
    seconds = {}
    if threads == 1:
        naive = _naive()
        start = clock()
        out = naive(x, w, b, param)[0]
        seconds["naive loops in Python"] = clock() - start
        _must_agree("naive loops", out, expected)
    for name, candidate in candidates.items():
        _must_agree(name, candidate(), expected)
    measured = take_turns(candidates, clock, rounds=ROUNDS)
    for name, values in measured.items():
        seconds.setdefault(name, float(np.median(values)))
    print(json.dumps(seconds))


def _with_build(kernels, build, x, w, b, param):
    from cs231n.fast_layers import conv_forward_fast

    def forward():
        kernels.use(build)
        return conv_forward_fast(x, w, b, param)[0]

    return forward


def _naive():
    from autograder.course.assignment import load_assignment
    from autograder.course.config import load_course
    from autograder.scoring.reference import load_reference

    return load_reference(load_assignment(load_course(ROOT))).functions["conv_forward_naive"]


def _plain_loops(x, w, b, stride, pad, out_shape):
    """Return plain_loops.c as a function without arguments, or None without a C compiler."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "plain_loops.so"
        command = ["cc", "-O3", "-shared", "-fPIC", str(ROOT / "benchmarks" / "plain_loops.c"), "-o", str(library)]
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        function = ctypes.CDLL(str(library)).conv_forward
    sizes = (*x.shape, len(w), *w.shape[2:], stride, pad, *out_shape[2:])

    def forward():
        out = np.empty(out_shape, np.float32)
        function(*(ctypes.c_void_p(array.ctypes.data) for array in (x, w, b, out)), *map(ctypes.c_ssize_t, sizes))
        return out

    return forward


def _must_agree(name, got, expected):
    if not np.abs(got - expected).max() < 1e-4 * np.abs(expected).max():
        raise SystemExit(f"benchmark: the results of the step {name!r} differ")


if __name__ == "__main__":
    steps(int(sys.argv[1]))
