"""A sweep of convolution layers against PyTorch and the build with narrower registers: which shapes are slow?

`python -m benchmarks.shapes` measures in a process of its own and prints JSON.
"""

import itertools
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.layers import fixed_threads

__all__ = ["run", "shapes"]

ROOT = Path(__file__).parent.parent
ROUNDS, ROUNDS_OF_SLOW = 3, 9
LIMIT = 1.15  # ratio above which the report lists a layer
WORK = 40_000_000  # multiply-adds of a forward pass: about a millisecond
WIDTHS = (4, 7, 8, 14, 16, 28, 32)
CHANNELS = ((3, 32), (16, 16), (32, 64), (128, 128))
FILTERS = ((1, 1), (3, 1), (3, 2), (5, 1), (7, 1))  # size and stride
INTRODUCTION = """## Shapes

A sweep of {count} convolution layers, with one thread, in processor time, on a warm heap. Maps are squares of {widths}
pixels a side. Channels and filters are {channels}.
Filters are 1 × 1, 3 × 3, 5 × 5 and 7 × 7 with stride 1, and 3 × 3 with stride 2. Both types are measured. A forward
pass has about {work} million multiply-adds, with at most 128 images. Layers with a pass that was slower than another
candidate by more than 15 % were measured again with {again} rounds.
"""
TRIED = """A register holds neighbouring outputs of a row, or neighbouring filters where that fills more of its lanes
(`filter_lanes.h`). Before, layers with maps of 4 to 8 pixels a side took up to four times PyTorch's time, and the AVX2
build was no faster there. Attempts for the layers that are still slower:

- 16 filters in float32 fill one register, so each multiply-add needs a load of its own. Tried: the number of the image
  as an operand in memory (kept), neighbouring outputs in a register, registers of 32 bytes, shorter slices of the sum.
- 128 channels and a filter of 1 × 1: the transposition of the sums takes as long as 24 terms. Tried: a rule that counts
  the transposition (kept), all rows of the map as one (kept), shorter slices.
- 128 channels and few images: the weights are packed for few uses. Tried: packing by transposed squares (kept), shorter
  slices, neighbouring outputs in a register.
"""


def shapes():
    """Return the layers of the sweep: a list of (dtype, shape of x, shape of w, stride, pad)."""
    layers = []
    for width, (channels, filters), (size, stride) in itertools.product(WIDTHS, CHANNELS, FILTERS):
        # Color images are larger, and filters are smaller than the image.
        if size > width or (channels == 3 and width < 14) or (size == 7 and channels == 128):
            continue
        pad = size // 2
        out_width = (width + 2 * pad - size) // stride + 1
        images = WORK // (channels * filters * size**2 * out_width**2)
        x, w = (min(128, max(1, images)), channels, width, width), (filters, channels, size, size)
        layers += [(dtype, x, w, stride, pad) for dtype in ("float32", "float64")]
    return layers


def run():
    """Measure and return the section of the report."""
    print("measuring a sweep of shapes …")
    command = [sys.executable, "-m", "benchmarks.shapes", str(ROUNDS), str(ROUNDS_OF_SLOW)]
    done = subprocess.run(command, cwd=ROOT, env=fixed_threads(1), stdout=subprocess.PIPE, text=True, check=True)
    rows = json.loads(done.stdout)
    introduction = INTRODUCTION.format(
        count=len(rows) // 2,
        widths=f"{WIDTHS[0]} to {WIDTHS[-1]}",
        channels=" and ".join((", ".join(f"{c} → {f}" for c, f in CHANNELS[:-1]), "{} → {}".format(*CHANNELS[-1]))),
        work=WORK // 1_000_000,
        again=ROUNDS_OF_SLOW,
    )
    return "\n".join([introduction, *_against("PyTorch", rows), *_against("the narrower build", rows), TRIED])


def _against(other, rows):
    """Return the lines of the comparison with one candidate."""
    rows = [row | {"ratio": row["ratios"][other]} for row in rows if other in row["ratios"]]
    if not rows:
        return [f"No comparison with {other}: it is missing here.", ""]
    rows.sort(key=lambda row: -row["ratio"])
    slow = [row for row in rows if row["ratio"] > LIMIT]
    lines = [
        f"Ratio to {other}: median {statistics.median(row['ratio'] for row in rows):.2f}, largest "
        f"{rows[0]['ratio']:.2f}. Above {LIMIT}: {len(slow)} of {len(rows)} passes.",
        "",
    ]
    if slow:
        lines += ["| x | w | stride | type | pass | ours, ms | ratio |", "|---|---|---|---|---|---|---|"]
        lines += [
            f"| {tuple(row['x'])} | {tuple(row['w'])} | {row['stride']} | {row['dtype']} | {row['pass']} "
            f"| {1e3 * row['seconds']:.2f} | {row['ratio']:.2f} |"
            for row in slow
        ]
        lines.append("")
    return lines


def main(rounds, rounds_of_slow):
    """Print, as JSON, a row for each pass of each layer: our seconds, and the ratios to the other candidates."""
    from benchmarks.layers_worker import import_torch
    from cs231n import _fast_backend, fast_layers

    torch, kernels = import_torch(1), _fast_backend.kernels()
    fast_layers.set_num_threads(1)
    names = list(kernels.BUILDS[:2]) if kernels else [None]
    rows = []
    for layer in shapes():
        candidates = _candidates(layer, torch, kernels, names)
        measured = _measured(candidates, rounds)
        if any(ratio > LIMIT for ratios in _ratios(measured).values() for ratio in ratios):
            measured = _measured(candidates, rounds_of_slow)
        dtype, x, w, stride, _ = layer
        for index, way in enumerate(("forward", "backward")):
            rows.append(
                {"dtype": dtype, "x": x, "w": w, "stride": stride, "pass": way}
                | {"seconds": statistics.median(pair[index] for pair in measured["ours"])}
                | {"ratios": {name: ratios[index] for name, ratios in _ratios(measured).items()}}
            )
    json.dump(rows, sys.stdout)


def _candidates(layer, torch, kernels, names):
    """Return a dict of name → function that returns the seconds of both passes."""
    from cs231n import fast_layers

    dtype, x_shape, w_shape, stride, pad = layer
    rng = np.random.default_rng(231)
    x, w, b = (rng.standard_normal(shape).astype(dtype) for shape in (x_shape, w_shape, w_shape[:1]))
    param = {"stride": stride, "pad": pad}
    dout = rng.standard_normal(fast_layers.conv_forward_fast(x, w, b, param)[0].shape).astype(dtype)

    def ours(name):
        def both():
            if name:
                kernels.use(name)
            start = time.process_time()
            _, cache = fast_layers.conv_forward_fast(x, w, b, param)
            middle = time.process_time()
            fast_layers.conv_backward_fast(dout, cache)
            return middle - start, time.process_time() - middle

        return both

    candidates = {"ours": ours(names[0])}
    if torch:
        layer = peers.TorchConvolution(torch, x, w, b, stride, pad)

        def theirs():
            start = time.process_time()
            layer.forward()
            middle = time.process_time()
            layer.backward(dout)
            return middle - start, time.process_time() - middle

        candidates["PyTorch"] = theirs
    if len(names) > 1:
        candidates["the narrower build"] = ours(names[1])
    return candidates


def _measured(candidates, rounds):
    """Run the candidates in turns, after an uncounted turn: dict of name → pairs of seconds."""
    turns = [{name: both() for name, both in candidates.items()} for _ in range(rounds + 1)][1:]
    return {name: [turn[name] for turn in turns] for name in candidates}


def _ratios(measured):
    """Return the median ratios of ours to each other candidate, in the forward and the backward pass."""
    return {
        name: [statistics.median(a[i] / b[i] for a, b in zip(measured["ours"], pairs, strict=True)) for i in (0, 1)]
        for name, pairs in measured.items()
        if name != "ours"
    }


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
