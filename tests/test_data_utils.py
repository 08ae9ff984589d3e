import os
import pickle
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from cs231n.data_utils import TEST_FILE, TRAIN_FILES, find_data, get_CIFAR10_data, load_CIFAR10, load_CIFAR_batch


class _CallsSystem:
    def __reduce__(self):
        return os.system, ("exit 1",)


def python2_string(text):
    """Return the pickle of a Python 2 string: opcode BINSTRING, length, bytes."""
    return b"T" + len(text).to_bytes(4, "little") + text


def python2_batch(pixels, labels, module=b"numpy.core.multiarray"):
    """Return a batch pickled as by Python 2 for CIFAR-10, opcode by opcode."""
    array = (
        b"c"
        + module
        + b"\n_reconstruct\n"
        + b"cnumpy\nndarray\n"
        + b"K\x00\x85"
        + python2_string(b"b")
        + b"\x87R"
        + b"(K\x01"
        + b"M"
        + len(pixels).to_bytes(2, "little")
        + b"M\x00\x0c\x86"
        + b"cnumpy\ndtype\n"
        + python2_string(b"u1")
        + b"K\x00K\x01\x87R"
        + b"(K\x03"
        + python2_string(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        + b"\x89"
        + python2_string(pixels.tobytes())
        + b"tb"
    )
    numbers = b"(" + b"".join(b"K" + bytes([label]) for label in labels) + b"l"
    return b"\x80\x02}(" + python2_string(b"data") + array + python2_string(b"labels") + numbers + b"u."


@pytest.fixture(scope="module")
def uint8_data(synthetic_data):
    return load_CIFAR10(synthetic_data, dtype=np.uint8)


def fake_data(folder):
    """Create a folder that find_data accepts."""
    folder.mkdir(parents=True)
    (folder / "test_batch").touch()
    return folder


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """Change to an empty folder, without CS231N_DATA."""
    monkeypatch.delenv("CS231N_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_batch_has_channels_last_and_float64(synthetic_data):
    path = synthetic_data / "cifar-10-synthetic" / "data_batch_2"
    X, y = load_CIFAR_batch(path)
    with path.open("rb") as file:
        raw = pickle.load(file)
    assert X.shape == (10000, 32, 32, 3)
    assert X.dtype == np.float64
    np.testing.assert_array_equal(X[7, :, :, 1], raw[b"data"][7, 1024:2048].reshape(32, 32))
    np.testing.assert_array_equal(y, raw[b"labels"])


def test_all_batches_come_in_order(uint8_data, synthetic_data):
    Xtr, ytr, Xte, yte = uint8_data
    assert Xtr.shape == (50000, 32, 32, 3)
    assert Xte.shape == (10000, 32, 32, 3)
    third, labels = load_CIFAR_batch(synthetic_data / "cifar-10-synthetic" / "data_batch_3", dtype=np.uint8)
    np.testing.assert_array_equal(Xtr[20000:30000], third)
    np.testing.assert_array_equal(ytr[20000:30000], labels)
    assert yte.shape == (10000,)


def test_split_takes_the_first_rows_and_subtracts_the_training_mean(uint8_data, synthetic_data, capsys):
    Xtr, ytr, Xte, yte = uint8_data
    data = get_CIFAR10_data(10200, 300, 40, root=synthetic_data)
    mean = Xtr[:10200].mean(axis=0, dtype=np.float64).transpose(2, 0, 1)
    plain = Xtr[:10500].transpose(0, 3, 1, 2)
    across_files = slice(9900, 10200)
    np.testing.assert_allclose(data["X_train"][across_files], plain[across_files] - mean, rtol=0, atol=1e-11)
    np.testing.assert_allclose(data["X_val"], plain[10200:] - mean, rtol=0, atol=1e-11)
    np.testing.assert_allclose(data["X_test"], Xte[:40].transpose(0, 3, 1, 2) - mean, rtol=0, atol=1e-11)
    np.testing.assert_array_equal(data["y_train"], ytr[:10200])
    np.testing.assert_array_equal(data["y_val"], ytr[10200:10500])
    np.testing.assert_array_equal(data["y_test"], yte[:40])
    assert list(data) == ["X_train", "y_train", "X_val", "y_val", "X_test", "y_test"]
    for part in ("train", "val", "test"):
        assert data[f"X_{part}"].flags.c_contiguous
        assert data[f"X_{part}"].flags.writeable
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "stand-in" in printed
    assert "python -m cs231n.datasets cifar10" in printed


def test_float32_is_the_rounded_float64(synthetic_data):
    single = get_CIFAR10_data(500, 20, 10, dtype=np.float32, root=synthetic_data)
    double = get_CIFAR10_data(500, 20, 10, root=synthetic_data)
    assert single["X_val"].dtype == np.float32
    np.testing.assert_array_equal(single["X_val"], double["X_val"].astype(np.float32))


def test_subtracting_the_mean_is_optional(uint8_data, synthetic_data):
    data = get_CIFAR10_data(5, 3, 2, subtract_mean=False, root=synthetic_data)
    np.testing.assert_array_equal(data["X_val"], uint8_data[0][5:8].transpose(0, 3, 1, 2))
    assert get_CIFAR10_data(0, 3, 0, subtract_mean=False, root=synthetic_data)["X_train"].shape == (0, 3, 32, 32)


def test_memory_stays_near_the_size_of_the_result(synthetic_data):
    tracemalloc.start()
    try:
        data = get_CIFAR10_data(9000, 500, 100, root=synthetic_data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < sum(array.nbytes for array in data.values()) + 4 * 31e6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_training": 49000, "num_validation": 1001}, "at most 50000 images.*got 50001"),
        ({"num_test": 10001}, "at most 10000 images.*got 10001"),
        ({"num_training": -1}, "expected num_training >= 0, got -1"),
        ({"num_training": 0}, "num_training >= 1"),
        ({"dtype": np.uint8}, "expected a float dtype"),
    ],
)
def test_impossible_requests_are_refused(synthetic_data, arguments, message):
    with pytest.raises(ValueError, match=message):
        get_CIFAR10_data(**({"num_training": 10, "num_validation": 5, "num_test": 5} | arguments), root=synthetic_data)


@pytest.mark.parametrize("module", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_python2_pickles_of_either_numpy_are_read(tmp_path, module):
    pixels = np.random.default_rng(3).integers(0, 256, size=(4, 3072), dtype=np.uint8)
    (tmp_path / "batch").write_bytes(python2_batch(pixels, [3, 0, 9, 1], module))
    X, y = load_CIFAR_batch(tmp_path / "batch", dtype=np.uint8)
    np.testing.assert_array_equal(X.transpose(0, 3, 1, 2).reshape(4, 3072), pixels)
    np.testing.assert_array_equal(y, [3, 0, 9, 1])


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({b"data": _CallsSystem(), b"labels": [0]}),
        pickle.dumps({b"data": np.zeros((2, 3072)), b"labels": [0, 1]}, protocol=4),
        pickle.dumps({b"data": np.zeros((2, 3071), np.uint8), b"labels": [0, 1]}, protocol=4),
        pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}, protocol=4),
        pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": 7}, protocol=4),
        pickle.dumps([1, 2]),
        b"version https://example.org/pointer",
        b"",
    ],
)
def test_other_files_are_refused_and_run_no_code(tmp_path, content, monkeypatch):
    monkeypatch.setattr(os, "system", lambda command: pytest.fail("the pickle ran code"))
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(ValueError, match="is not a batch of CIFAR-10"):
        load_CIFAR_batch(tmp_path / "batch")


def test_data_are_found_in_parent_folders_real_before_stand_in(nowhere, monkeypatch):
    real = fake_data(nowhere / "data" / "cifar-10-batches-py")
    (nowhere / "course" / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(nowhere / "course" / "notebooks")
    assert find_data() == real
    fake_data(nowhere / "course" / "data" / "cifar-10-synthetic")
    assert find_data() == real
    shutil.rmtree(real)
    assert find_data().name == "cifar-10-synthetic"


def test_argument_then_environment_then_current_folder(nowhere, monkeypatch):
    fake_data(nowhere / "data" / "cifar-10-batches-py")
    other = fake_data(nowhere / "other" / "cifar-10-synthetic")
    monkeypatch.setenv("CS231N_DATA", str(nowhere / "other"))
    assert find_data() == other
    third = fake_data(nowhere / "third" / "cifar-10-batches-py")
    fake_data(nowhere / "third" / "cifar-10-synthetic")
    assert find_data(nowhere / "third") == find_data(str(third)) == third


def test_missing_data_are_explained_with_both_commands(nowhere, monkeypatch):
    for variable, where in (("", str(nowhere)), (str(nowhere / "gone"), "CS231N_DATA")):
        monkeypatch.setenv("CS231N_DATA", variable)
        with pytest.raises(FileNotFoundError) as caught:
            get_CIFAR10_data()
        message = str(caught.value)
        assert where in message
        assert "python -m cs231n.datasets cifar10" in message
        assert "python -m cs231n.datasets synthetic" in message


def real_data():
    folder = os.environ.get("CS231N_DATA")
    return folder and (Path(folder) / "cifar-10-batches-py").is_dir()


@pytest.mark.skipif(not real_data(), reason="CS231N_DATA holds no CIFAR-10")
def test_real_cifar10_has_the_shapes_of_the_notebook(capsys):
    data = get_CIFAR10_data(2000, 100, 50, dtype=np.float32)
    assert data["X_train"].shape == (2000, 3, 32, 32)
    assert list(data["y_train"][:5]) == [6, 9, 9, 4, 1]
    assert capsys.readouterr().out == ""


def data_folder(folder):
    """Create a folder with files of the right names."""
    folder.mkdir(parents=True)
    for name in (*TRAIN_FILES, TEST_FILE):
        (folder / name).touch()
    return folder


@pytest.mark.parametrize("around", ["cifar-10-batches-py", "cifar-10-python"])
def test_an_extra_folder_around_the_data_is_accepted(nowhere, monkeypatch, around):
    monkeypatch.chdir(nowhere)
    inside = data_folder(nowhere / "data" / around / "cifar-10-batches-py")
    assert find_data() == inside
    assert find_data(nowhere / "data") == inside


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda data: data_folder(data / "my data" / "batches"), "my data/batches; rename that folder to {data}/cif"),
        (lambda data: (data_folder(data / "cifar-10-batches-py") / TEST_FILE).unlink(),
         "{data}/cifar-10-batches-py lacks test_batch; delete that folder and run"),
        (lambda data: (data.mkdir(), (data / "cifar-10-python.tar.gz").touch()), "-python.tar.gz is not unpacked"),
        (lambda data: (data.parent / "cifar-10-python.tar.gz").touch(), "cifar10 --to {data}`, which needs no"),
    ],
)  # fmt: skip
def test_other_contents_of_the_data_folder_are_named(nowhere, monkeypatch, make, words):
    monkeypatch.chdir(nowhere)
    make(nowhere / "data")
    with pytest.raises(FileNotFoundError) as caught:
        find_data()
    assert words.format(data=nowhere / "data") in str(caught.value)


def test_a_missing_batch_is_named(tmp_path, synthetic_data):
    folder = tmp_path / "cifar-10-batches-py"
    shutil.copytree(synthetic_data / "cifar-10-synthetic", folder)
    (folder / "data_batch_2").unlink()
    for read in (lambda: load_CIFAR10(tmp_path), lambda: get_CIFAR10_data(root=tmp_path)):
        with pytest.raises(
            FileNotFoundError, match="cifar-10-batches-py lacks data_batch_2: delete that folder and run"
        ):
            read()
