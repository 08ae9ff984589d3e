"""The site of `autograder lite` in Chromium: time and bytes to the first green check, and a training step."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import pytest

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.lite.site import make_site
from autograder.release.command import release_assignment
from benchmarks.timing import median_ratio

__all__ = ["run"]

ROOT = Path(__file__).parent.parent
VISITS, STEPS = 3, 7
BYTES_PER_SECOND = 20e6 / 8
GOAL_SECONDS = 60
# One Solver trains with the kernels, and one with the NumPy twin: they take turns in one kernel.
PREPARE = """
import os, time
import numpy as np
from cs231n import _fast_backend
from cs231n.notebook import definitions
from cs231n.solver import Solver
rng = np.random.default_rng(0)
X, y = rng.standard_normal((50, 3, 32, 32)).astype(np.float32), rng.integers(10, size=50)
data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
Net = definitions("ConvolutionalNetworks.ipynb", "ThreeLayerConvNet")
solvers = {
    name: Solver(Net(hidden_dim=500, dtype=np.float32), data, update_rule="adam", batch_size=50, verbose=False)
    for name in ("wasm", "numpy")
}
def step(name):
    os.environ["CS231N_BACKEND"] = name
    _fast_backend._load.cache_clear()
    start = time.perf_counter()
    solvers[name]._step()
    return time.perf_counter() - start
"""


def run():
    """Measure, and return the section of the report."""
    sys.path.append(str(ROOT / "tests"))
    lines = ["## The notebooks in a browser", ""]
    try:
        from chromium import start_chromium
        from courses import copy_course, solved_sources
        from lite_student import expose_app, student_at
        from pyodide_files import pyodide_folder

        pyodide = pyodide_folder()
    except pytest.skip.Exception as reason:
        return "\n".join([*lines, f"Not measured: {reason}", ""])
    with tempfile.TemporaryDirectory() as folder, start_chromium() as browser:
        course = load_course(copy_course(Path(folder, "course")))
        release_assignment(course, run=False)
        site = make_site(course, pyodide=str(pyodide))
        expose_app(site)
        sources = {
            name: solved_sources(ROOT / "source" / "assignment2" / name) for name in load_assignment(course).notebooks
        }
        visits = [_visit(site, browser, student_at, sources["FullyConnectedNets.ipynb"]) for _ in range(VISITS)]
        steps = _steps(site, browser, student_at, sources)
    seconds, sent = zip(*visits, strict=True)
    times = {name: f"{1e3 * statistics.median(each):.0f} ms" for name, each in steps.items()}
    lines += [
        f"The site with Pyodide in it, headless Chromium, a new profile for each of {VISITS} visits, and a server that"
        " sends 20 Mbit/s without compression. From the link to the first green check (open FullyConnectedNets, run its"
        " first cells, write `affine_forward`, run its check):",
        "",
        f"- time: {statistics.median(seconds):.0f} s ({min(seconds):.0f}–{max(seconds):.0f}), goal ≤ {GOAL_SECONDS} s",
        f"- sent: {statistics.median(sent) / 1e6:.0f} MB",
        "",
        "A training step of the convolutional network (50 images, float32), with the kernels and with NumPy in turns:"
        f" {times['wasm']} and {times['numpy']}; median ratio {median_ratio(steps['numpy'], steps['wasm']):.0f}. An"
        f" epoch of 9,000 images is 180 such steps, {180 * statistics.median(steps['wasm']):.0f} s, without the"
        " accuracies. Goal: 180 s.",
        "",
    ]
    return "\n".join(lines)


def _visit(site, browser, student_at, sources):
    """Return the seconds and bytes from the link to the first green check."""
    from lite_student import serving

    with serving(site, BYTES_PER_SECOND) as server, student_at(browser, server.address) as student:
        start = time.perf_counter()
        student.open("FullyConnectedNets.ipynb")
        student.run("setup_fully_connected")
        student.write("affine_forward", sources["affine_forward"])
        student.run("affine_forward")
        assert "✔" in student.run("check_affine_forward")
        return time.perf_counter() - start, server.sent


def _steps(site, browser, student_at, sources):
    """Return the seconds of training steps: name of the backend → one for each turn."""
    from lite_student import served

    with served(site) as address, student_at(browser, address) as student:
        student.open("Dropout.ipynb")
        for name, own in sources.items():
            student.save_solved(name, own)
        student.ask(PREPARE)
        turns = {"wasm": [], "numpy": []}
        for turn in range(STEPS + 1):
            for name, seconds in turns.items():
                took = float(student.ask(f"print(step({name!r}))"))
                seconds += [took] if turn else []  # the first turn warms up
        return turns
