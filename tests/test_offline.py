"""Nothing phones home: the package, its commands and training open no connection."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = [
    f"{package}.{path.stem}"
    for package in ("cs231n", "student_tools")
    for path in sorted((ROOT / package).glob("*.py"))
    if path.stem not in ("__init__", "_fast_wasm", "setup")  # that one needs a browser
]

GUARD = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
                 "urllib.Request", "http.client.connect"):
        print("CONNECTION", event, arguments)
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(watch)
"""

WORK = """
import importlib
for name in {modules!r}:
    importlib.import_module(name)
import numpy as np
from cs231n.fast_layers import affine_backward_fast, affine_forward_fast
from cs231n.layers import softmax_loss
from cs231n.solver import Solver
class Model:
    params = {{"W": np.zeros((4, 3)), "b": np.zeros(3)}}
    def loss(self, X, y=None):
        scores, cache = affine_forward_fast(X, self.params["W"], self.params["b"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        return loss, dict(zip("Wb", affine_backward_fast(dscores, cache)[1:]))
X, y = np.eye(4)[np.arange(8) % 4], np.arange(8) % 3
data = {{"X_train": X, "y_train": y, "X_val": X, "y_val": y}}
Solver(Model(), data, num_epochs=2, batch_size=4, checkpoint_name="run").train()
from matplotlib.cbook import get_sample_data
get_sample_data("grace_hopper.jpg").close()
from student_tools.submit import main
assert main([]) == 2
print("done")
"""


def run(code, folder):
    return subprocess.run(
        [sys.executable, "-c", GUARD + code], cwd=folder, env={"PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_importing_training_and_handing_in_open_no_connection(tmp_path):
    done = run(WORK.format(modules=MODULES), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONNECTION" not in done.stdout
    assert done.stdout.endswith("done\n")


@pytest.mark.parametrize(
    "code",
    ["import socket; socket.create_connection(('127.0.0.1', 9))",
     "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')"],
)  # fmt: skip
def test_the_guard_notices_a_connection(tmp_path, code):
    assert "CONNECTION" in run(code, tmp_path).stdout
