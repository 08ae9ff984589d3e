"""Compare the fast layers with PyTorch and NumPy, with one and two threads: tables, and a chart of the ratios."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

from benchmarks.timing import figure, median_ratio

__all__ = ["fixed_threads", "run", "save_svg"]

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "benchmarks.svg"
INTRODUCTION = """## The layers

Times are in milliseconds: median (smallest–largest). One thread is measured in processor time, two threads in wall
time. A ratio is the median of the ratios of single rounds, with the goal in parentheses. Both sides run on a warm heap:
the C library keeps freed memory. All results agree with each other in the same run.

| cell | x | w | stride | pad |
|---|---|---|---|---|
| a: the notebook's comparison of speeds | (100, 3, 31, 31) | (25, 3, 3, 3) | 2 | 1 |
| b: the layer of the notebook's network | (50, 3, 32, 32) | (32, 3, 7, 7) | 1 | 3 |
| c | (64, 64, 16, 16) | (64, 64, 3, 3) | 1 | 1 |
| d | (128, 32, 32, 32) | (64, 32, 3, 3) | 1 | 1 |
| e: a late layer, with narrow maps | (64, 128, 8, 8) | (128, 128, 3, 3) | 1 | 1 |

"NumPy im2col" gathers columns with index arrays, as many courses do. "NumPy fallback" is the fast layers without the
extension. The training step is a step of `Solver` with the network of the source notebook: batch 50, 500 hidden units,
adam, regularization. PyTorch runs it eagerly, with its fused Adam.

"Of peak" counts the multiply-adds of the direct sum. The layers c and d run by Winograd's method, which needs a quarter
of them, and can therefore exceed 100 %.
"""


def run():
    """Measure, write the chart, and return the section of the report."""
    runs = [measured(threads) for threads in sorted({1, min(2, os.cpu_count() or 1)})]
    lines = [INTRODUCTION]
    for run_ in runs:
        lines += _table(run_)
    lines += memory_lines()
    if runs[0]["torch"]:
        _draw(runs)
        lines += [TRIED]
        lines += ["![Time of the fast layers as a fraction of PyTorch's](benchmarks.svg)", ""]
    return "\n".join(lines)


def fixed_threads(threads):
    """Return the environment of a process with that many threads, in BLAS and PyTorch too, and with a warm heap."""
    names = ("OPENBLAS", "OMP", "MKL", "CS231N")
    warm = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "4000000000"}
    return os.environ | warm | {f"{name}_NUM_THREADS": str(threads) for name in names}


def measured(threads):
    command = [sys.executable, "-m", "benchmarks.layers_worker", str(threads)]
    print(f"measuring layers with {threads} thread{'s' * (threads > 1)} …")
    done = subprocess.run(command, cwd=ROOT, env=fixed_threads(threads), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"benchmark: the layers with {threads} threads failed; see above")
    return json.loads(done.stdout)


def _table(run_):
    threads, peak = run_["threads"], run_["peak"]
    lines = [f"### {threads} thread{'s' * (threads > 1)}", ""]
    if not run_["torch"]:
        lines += ["PyTorch is not installed. Run `pip install -e '.[bench]'`.", ""]
    columns = ("layer", "type", "pass", "ours", "PyTorch", "ratio", "of peak", "NumPy fallback", "NumPy im2col")
    lines += [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for row in run_["rows"]:
        seconds = row["seconds"]
        theirs = seconds.get("PyTorch")
        ratio = f"{median_ratio(seconds['ours'], theirs):.2f} (≤ {row['goal']:.2f})" if theirs else "–"
        share = "–"
        if row["flops"] and peak:
            share = f"{100 * row['flops'] / statistics.median(seconds['ours']) / peak[row['dtype']] / threads:.0f} %"
        others = [figure(seconds[name]) if name in seconds else "–" for name in ("NumPy fallback", "NumPy im2col")]
        lines.append(
            "| "
            + " | ".join(
                [
                    row["cell"],
                    row["dtype"],
                    row["pass"],
                    figure(seconds["ours"]),
                    figure(theirs) if theirs else "–",
                    ratio,
                    share,
                    *others,
                ]
            )
            + " |"
        )
    if threads == 1:
        rates = ", ".join(f"{rate / 1e9:.0f} GFLOP/s in {dtype}" for dtype, rate in peak.items())
        lines += [
            "",
            f"The peak is that of a loop of multiply-adds on registers, on one core: {rates}. Backend: "
            f"{run_['backend']}. PyTorch: {run_['torch'] or 'none'}.",
        ]
    return [*lines, ""]


MEMORY = """
import resource, numpy as np
from cs231n import fast_layers
rng = np.random.default_rng(0)
x = rng.standard_normal((128, 32, 32, 32), dtype=np.float32)
w, b = rng.standard_normal((64, 32, 3, 3), dtype=np.float32), np.zeros(64, np.float32)
dout = rng.standard_normal((128, 64, 32, 32), dtype=np.float32)
few = fast_layers.conv_forward_fast(x[:1], w, b, {"stride": 1, "pad": 1})
fast_layers.conv_backward_fast(dout[:1], few[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
out, cache = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
grads = fast_layers.conv_backward_fast(dout, cache)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(peak * 1024, out.nbytes + sum(grad.nbytes for grad in grads))
"""


TRIED = """Attempts to reach missed goals:

- Goals were set on processors with 32-byte registers, those of c and d on one with AVX-512. With AVX-512, PyTorch's
  forward pass of b runs at 80 to 95 % of the peak. Ours is as fast, and no kernel could be much faster.
- The direct `dw` reaches two thirds of the peak. Tried: tiles of 4 × 6, 6 × 4, 8 × 3, 5 × 5 and 3 × 8, batches of 1 to
  16 images, one list of positions instead of nested loops, and adding lanes by halves. The last gained most, the others
  little.
- a is so small that copying the image and storing the result take half of the time. A second thread gains only a
  quarter, because waking it takes a large part of its half of the work. Tried: columns separated by shuffles, tiles of
  all shapes, larger and smaller parts for each thread.
- The training step spends half of its time in affine layers. Another quarter is passes over four million parameters,
  for regularization and adam, limited by memory. The goals are for AMD Zen 4. Gained: the next rows of w prefetched,
  lanes added by a tree, registers of 32 bytes in the fused `dw`, `np.vdot` for the penalty, and `@` for the last layer.
  Tried without gain: packed panels of w, w transposed for `dx`, stores that bypass the cache, regularization added
  while `dw` is in the cache, other numbers of threads for BLAS.
- Pooling of a takes a fifth of a millisecond, most of it in Python: checks, three new arrays and the call.
"""


def memory_lines():
    """Return lines with the peak memory of both passes of d, without the returned arrays."""
    lines = ["Peak memory of the forward and backward pass of d, without the returned arrays:", ""]
    for threads in (1, 2):
        # The ordinary heap: a warm one would hide allocations.
        environment = os.environ | {f"{name}_NUM_THREADS": str(threads) for name in ("OPENBLAS", "OMP", "CS231N")}
        command = [sys.executable, "-c", MEMORY]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        peak, returned = map(int, done.stdout.split())
        beyond = (peak - returned) / 1e6
        lines.append(
            f"- {threads} thread{'s' * (threads > 1)}: {beyond:.1f} MB of {peak / 1e6:.0f} MB "
            f"(goal: at most {threads} MB)"
        )
    return [*lines, ""]


def _draw(runs):
    """Draw one bar per row and number of threads. The dotted line is PyTorch, the mark is the goal."""
    rows = [f"{row['cell']}, {row['dtype']} {row['pass']}".rstrip() for row in runs[0]["rows"]]
    figure_, axes = plt.subplots(figsize=(8, 0.42 * len(rows) + 1))
    height = 0.8 / len(runs)
    for index, run_ in enumerate(runs):
        ratios = [median_ratio(row["seconds"]["ours"], row["seconds"]["PyTorch"]) for row in run_["rows"]]
        places = [place + (index - (len(runs) - 1) / 2) * height for place in range(len(rows))]
        label = f"{run_['threads']} thread{'s' * (run_['threads'] > 1)}"
        axes.barh(places, ratios, height, label=label, color=("#0b6e99", "#8cc5dd")[index])
        goals = [row["goal"] for row in run_["rows"]]
        axes.plot(goals, places, "|", color="#b3261e", markersize=9, label=None if index else "goal")
    axes.axvline(1, color="black", linestyle=":", linewidth=1)
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    axes.set_xlabel("time, as a fraction of PyTorch's (shorter is faster)")
    axes.legend(loc="lower right")
    save_svg(figure_, PICTURE)


def save_svg(figure_, path):
    """Write the figure. The same numbers give the same bytes."""
    figure_.tight_layout()
    with matplotlib.rc_context({"svg.hashsalt": "cs231n"}):
        figure_.savefig(path, metadata={"Date": None})
    plt.close(figure_)
