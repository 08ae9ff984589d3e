"""What notebooks in a browser call, and what the package does there. Chromium runs it in test_lite.py."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from courses import solved_sources, unpack_bundle

from cs231n import (
    _fast_affine,
    _fast_backend,
    _fast_threads,
    data_utils,
    datasets,
    fast_layers,
    synthetic,
    training_bar,
)
from student_tools import browser
from student_tools.check import hint_for

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a notebook and a module."""
    monkeypatch.chdir(tmp_path)
    Path("Work.ipynb").write_text("{}")
    Path("mine.py").write_text("number = 231")
    return tmp_path


@pytest.fixture
def offered(monkeypatch):
    """The files for which a link was shown."""
    names = []
    monkeypatch.setattr(browser, "_offer", names.append)
    return names


def test_a_backup_restores_every_file_and_keeps_what_differs(folder, offered, capsys):
    Path("sub").mkdir()
    Path("sub", "more.py").write_text("x = 1")
    Path("HandIn.ipynb").write_text("with the last backup in its output")
    browser.back_up()
    assert offered == ["backup.zip"]
    assert zipfile.ZipFile("backup.zip").namelist() == ["Work.ipynb", "mine.py", "sub/more.py"]
    Path("Work.ipynb").write_text("newer")
    Path("sub", "more.py").unlink()
    browser.restore()
    assert Path("Work.ipynb").read_text() == "{}"
    assert Path("old-Work.ipynb").read_text() == "newer"
    assert Path("sub", "more.py").read_text() == "x = 1"
    assert not list(folder.rglob("new-*"))
    assert not Path("old-mine.py").exists()
    assert "3 files restored" in capsys.readouterr().out


def test_a_link_holds_the_file(folder, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    browser._offer("mine.py")
    assert '<a download="mine.py" href="data:application/zip;base64,bnVtYmVyID0gMjMx">' in shown[0].data


@pytest.mark.parametrize("name", ["../outside.py", "/tmp/outside.py", "sub/../../outside.py"])
def test_a_backup_writes_nothing_outside_of_the_folder(folder, name):
    with zipfile.ZipFile("backup.zip", "w") as archive:
        archive.writestr(name, "bad")
    with pytest.raises(ValueError, match="is not a backup"):
        browser.restore()
    assert sorted(path.name for path in folder.iterdir()) == ["Work.ipynb", "backup.zip", "mine.py"]


def test_what_is_no_backup_is_refused_in_one_line(folder, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"expected backup\.zip in this folder: upload it first"):
        browser.restore()
    Path("backup.zip").write_bytes(b"not a zip")
    with pytest.raises(ValueError, match=r"backup\.zip is not a backup \(File is not a zip file\)"):
        browser.restore()
    monkeypatch.setattr(browser, "MOST_BYTES", 5)
    with pytest.raises(ValueError, match="expected at most 0"):
        browser.back_up()


def test_handing_in_offers_the_zip_only_if_there_is_one(tmp_path, monkeypatch, offered, capsys):
    bundle = unpack_bundle(tmp_path)
    monkeypatch.chdir(bundle)
    monkeypatch.setattr(browser, "_folder", lambda package: bundle / package)
    browser.hand_in("cs231n")
    assert offered == ["assignment2-submission.zip"]
    Path("Dropout.ipynb").unlink()
    browser.hand_in("cs231n")
    assert offered == ["assignment2-submission.zip"]
    assert "✘ Dropout.ipynb" in capsys.readouterr().out


CHECK = """
import sys
sys.modules["nbclient"] = sys.modules["nbformat"] = None
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *others: None if name in ("nbclient", "nbformat") else real(name, *others)
from IPython.core.interactiveshell import InteractiveShell
{shell}
from student_tools import run_checks
print(run_checks.main(["Dropout.ipynb"], package="cs231n"))
"""


def run_check(bundle, shell):
    return subprocess.run(
        [sys.executable, "-c", CHECK.format(shell=shell)],
        cwd=bundle, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(bundle), "MPLBACKEND": "agg"},
        check=False,
    )  # fmt: skip


def test_check_runs_in_the_notebook_where_nbclient_is_missing(tmp_path):
    bundle = unpack_bundle(tmp_path)
    first = run_check(bundle, "InteractiveShell.instance()")
    assert "✘ dropout_forward: not written yet" in first.stdout, first.stderr
    content = json.loads((bundle / "Dropout.ipynb").read_text())
    sources = solved_sources(ROOT / "source" / "assignment2" / "Dropout.ipynb")
    for cell in content["cells"]:
        cell["source"] = sources.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
    (bundle / "Dropout.ipynb").write_text(json.dumps(content))
    second = run_check(bundle, "InteractiveShell.instance()")
    lines = second.stdout.splitlines()
    assert "  ✔ dropout_forward" in lines, second.stderr
    assert "  ✔ dropout_backward" in lines
    assert "  ✘ network_with_dropout: needs FullyConnectedNet.__init__, which is not written yet" in lines
    assert lines[-1] == "1"


def test_check_without_nbclient_and_without_a_notebook_is_one_line(tmp_path):
    done = run_check(unpack_bundle(tmp_path), "")
    assert "nbclient is missing: run `pip install nbclient`" in done.stderr
    assert done.stdout.splitlines()[-1] == "2"


@pytest.fixture
def in_browser(monkeypatch):
    """Python that thinks it runs in a browser."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    _fast_backend._load.cache_clear()
    yield
    _fast_backend._load.cache_clear()


def test_a_browser_makes_its_own_data(in_browser, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CS231N_DATA", raising=False)
    monkeypatch.setattr(data_utils.tempfile, "gettempdir", lambda: str(tmp_path / "memory"))
    data = data_utils.get_CIFAR10_data(dtype=np.float32)
    assert {name: len(rows) for name, rows in data.items()} == {
        "X_train": 9000, "y_train": 9000, "X_val": 1000, "y_val": 1000, "X_test": 1000, "y_test": 1000
    }  # fmt: skip
    assert list(np.bincount(data["y_test"])) != [1000]
    assert capsys.readouterr().out == "Reading the synthetic stand-in for CIFAR-10.\n"
    with pytest.raises(FileNotFoundError, match="No CIFAR-10 data"):
        data_utils.find_data(tmp_path / "elsewhere")


def test_a_browser_says_that_it_cannot_download(in_browser, tmp_path, capsys):
    assert datasets.main(["cifar10", "--to", str(tmp_path)]) == 2
    assert "a browser cannot download CIFAR-10" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_browser_has_one_thread(in_browser, monkeypatch, capsys):
    monkeypatch.setattr(_fast_threads, "_wanted", None)
    fast_layers.set_num_threads(4)
    assert "Python has one thread in a browser, so 4 threads are not possible" in capsys.readouterr().out
    assert fast_layers.get_num_threads() == 1


def test_a_site_without_kernels_uses_the_twin_and_says_so(in_browser, monkeypatch, capsys):
    monkeypatch.delenv("CS231N_BACKEND", raising=False)
    assert fast_layers.backend() == ("numpy", "this site has no compiled kernels")
    assert capsys.readouterr().out.count("\n") == 1
    _fast_backend._load.cache_clear()
    monkeypatch.setenv("CS231N_BACKEND", "avx2")
    with pytest.raises(ValueError, match=r"expected 'wasm', 'numpy' or unset, got 'avx2'"):
        fast_layers.backend()


def test_a_new_text_file_stops_a_training(in_browser, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training_bar, "_SECONDS_BETWEEN_LOOKS", 0)
    Path("untitled.txt").write_text("an older one")
    with training_bar.TrainingBar(10) as bar:
        bar.show(1, {})
        Path("untitled1.txt").touch()
        with pytest.raises(KeyboardInterrupt):
            bar.show(2, {})
        bar.show(3, {})
    assert [path.name for path in tmp_path.iterdir()] == ["untitled.txt"]
    with training_bar.TrainingBar(10) as bar:
        Path("untitled2.txt").write_text("work")
        with pytest.raises(KeyboardInterrupt):
            bar.show(1, {})
    assert Path("untitled2.txt").read_text() == "work"
    assert "make a new text file" in capsys.readouterr().out


def test_a_hint_needs_no_thread(tmp_path, monkeypatch, capsys):
    def refused(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.chdir(unpack_bundle(tmp_path))
    monkeypatch.setattr("threading.Thread.start", refused)
    exec('hint("relu_forward")', {"hint": hint_for(Path("cs231n")), "relu_forward": lambda x: (x, x)})
    assert "expected" in capsys.readouterr().out


def test_bars_show_nothing_without_tqdm(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with training_bar.progress_bar(3, unit="image") as bar:
        bar.update(1)
    with training_bar.TrainingBar(3) as bar:
        bar.say("a line")
        bar.show(1, {"loss": 2.0})
    assert capsys.readouterr() == ("a line\n", "")


def test_the_stand_in_has_all_files(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert datasets.main(["synthetic", "--to", str(tmp_path)]) == 0
    made = tmp_path / data_utils.STAND_IN_FOLDER
    assert sorted(path.name for path in made.iterdir()) == sorted(datasets.BATCH_MD5S)
    X, y = data_utils.load_CIFAR_batch(made / "data_batch_5", dtype=np.uint8)
    assert X.shape == (2000, 32, 32, 3)
    assert list(np.bincount(y)) == [200] * len(synthetic.LABEL_NAMES)
    with pytest.raises(ValueError, match=r"expected at most 10000 images, all of .*, got 50000"):
        data_utils.get_CIFAR10_data(num_training=49000, root=tmp_path)
    with pytest.raises(ValueError, match="expected at most 10000 images"):
        data_utils.get_CIFAR10_data(num_validation=10000, root=tmp_path)
    assert len(data_utils.get_CIFAR10_data(num_validation=9999, root=tmp_path)["X_train"]) == 1


def test_only_artificial_data_have_two_sizes(capsys):
    with pytest.raises(SystemExit) as end:
        datasets.main(["cifar10", "--large"])
    assert end.value.code == 2
    assert "expected synthetic with --large" in capsys.readouterr().err


@pytest.mark.parametrize("rows", [257, 512, 1000])
def test_many_rows_are_computed_by_the_kernels_in_parts(rows, monkeypatch):
    if fast_layers.backend().name == "numpy":
        pytest.skip("the extension is not built here")
    kernels_suit, answers = _fast_affine._suit, []
    monkeypatch.setattr(_fast_affine, "_suit", lambda *sizes: answers.append(kernels_suit(*sizes)) or answers[-1])
    rng = np.random.default_rng(3)
    x, w, b = rng.standard_normal((rows, 2, 512)), rng.standard_normal((1024, 70)), rng.standard_normal(70)
    dout = rng.standard_normal((rows, 70))
    out, cache = fast_layers.affine_forward_fast(x, w, b)
    flat = x.reshape(rows, -1)
    wanted = (flat @ w + b, (dout @ w.T).reshape(x.shape), flat.T @ dout, dout.sum(axis=0))
    for one, other in zip((out, *fast_layers.affine_backward_fast(dout, cache)), wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-10 * rows)
    parts = -(-rows // 256)
    assert answers == [True] * 2 * (1 + parts)  # forward and backward pass: asked for the whole and for each part
