"""Time and memory of reading CIFAR-10, each time in a new process."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from cs231n.data_utils import find_data

__all__ = ["run"]

ROOT = Path(__file__).parent.parent
ROUNDS = 5
GOALS = {"float64": (3, 1.6), "float32": (None, 0.9)}
PROGRAM = """
import json, resource, sys, time
import numpy as np
from cs231n.data_utils import get_CIFAR10_data
start = time.perf_counter()
data = get_CIFAR10_data(dtype=sys.argv[1])
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
json.dump([seconds, peak, sum(array.nbytes for array in data.values())], sys.stderr)
"""


def run():
    """Measure, and return the section of the report."""
    lines = ["## Reading the data", ""]
    try:
        folder = find_data()
    except FileNotFoundError as error:
        return "\n".join([*lines, f"Not measured: {error}", ""])
    lines += [
        f"`get_CIFAR10_data()` on {folder.name}, from the disk's cache, {ROUNDS} processes for each dtype. Memory is "
        "the peak of the whole process.",
        "",
        "| dtype | time | goal | peak memory | goal | the result alone |",
        "|---|---|---|---|---|---|",
    ]
    for dtype, (most_seconds, most_memory) in GOALS.items():
        results = [json.loads(_process(dtype)) for _ in range(ROUNDS)]
        seconds, peaks, sizes = zip(*results, strict=True)
        time_goal = f"≤ {most_seconds} s" if most_seconds else "–"
        spread = f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"
        lines.append(
            f"| {dtype} | {spread} | {time_goal} | {max(peaks) / 1e9:.2f} GB | ≤ {most_memory} GB | "
            f"{sizes[0] / 1e9:.2f} GB |"
        )
    return "\n".join([*lines, ""])


def _process(dtype):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, dtype],
        cwd=ROOT,
        env=dict(os.environ),
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
    )
    return done.stderr
