"""Reads CIFAR-10, or its synthetic stand-in in the same file format, and prepares it for training.

The files are pickles, and a pickle can run code. They are read with an unpickler that knows NumPy arrays and plain
containers, and refuses everything else.
"""

import os
import pickle
from pathlib import Path

import numpy as np

__all__ = ["find_data", "get_CIFAR10_data", "load_CIFAR10", "load_CIFAR_batch"]

REAL_FOLDER = "cifar-10-batches-py"
ARCHIVE_NAME = "cifar-10-python"
STAND_IN_FOLDER = "cifar-10-synthetic"
TRAIN_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE = "test_batch"
_IMAGE_SHAPE = (3, 32, 32)
_HOW_TO_GET_DATA = (
    "run `python -m cs231n.datasets cifar10` to download CIFAR-10 (163 MB), or "
    "`python -m cs231n.datasets synthetic` to make a stand-in without a network"
)


def find_data(root=None):
    """Return the folder with the batch files, CIFAR-10's before the stand-in's.

    Looked at in this order:
    1. root, when given: the folder that holds 'cifar-10-batches-py' or 'cifar-10-synthetic', or one of these itself
    2. the environment variable CS231N_DATA, in the same sense
    3. 'data' in the current folder, then in each of its parents

    A folder that an archiver put around the one with the files, of the same name or that of the archive, does no harm.

    Raises FileNotFoundError that says where it looked, what lies there instead, and how to get the data.
    """
    given = root if root is not None else os.environ.get("CS231N_DATA")
    if given:
        given = Path(given).expanduser()
        first, candidates = given, [given / REAL_FOLDER, given, given / STAND_IN_FOLDER]
        where = f"in {given}" if root is not None else f"in {given} (from CS231N_DATA)"
    else:
        here = Path.cwd()
        first, *others = [folder / "data" for folder in (here, *here.parents)]
        candidates = [folder / name for name in (REAL_FOLDER, STAND_IN_FOLDER) for folder in (first, *others)]
        where = f"in the folder 'data' of {here} and its parents"
    for folder in candidates:
        for place in (folder, folder / folder.name, folder.parent / ARCHIVE_NAME / folder.name):
            if (place / TEST_FILE).is_file():
                return place
    raise FileNotFoundError(f"No CIFAR-10 data {where}: {_what_lies_in(first) or _HOW_TO_GET_DATA}.")


def _what_lies_in(folder):
    """What is in a folder in the place of the data, and what to do; or ""."""
    for pattern in ("data_batch_*", "*/data_batch_*", "*/*/data_batch_*"):
        for place in sorted({found.parent for found in folder.glob(pattern)}):
            if (place / TEST_FILE).is_file():
                return f"they are in {place}, rename that folder to {folder / REAL_FOLDER}"
            return f"{place} lacks {TEST_FILE}, delete that folder and {_HOW_TO_GET_DATA}"
    for archive in sorted({*folder.glob(f"{ARCHIVE_NAME}*.*"), *folder.parent.glob(f"{ARCHIVE_NAME}*.*")}):
        return (
            f"{archive} is there and not unpacked, `python -m cs231n.datasets cifar10 --to {folder}` does that "
            "without a download if the archive is whole"
        )
    return ""


def load_CIFAR_batch(path, *, dtype=np.float64):
    """Return the images and labels of one batch file.

    Inputs:
    - path: the file
    - dtype: type of the images; np.uint8 takes an eighth of the default's memory

    Returns a tuple of:
    - X: (10000, 32, 32, 3) images, channels last, values 0 to 255
    - y: (10000,) class numbers

    Raises ValueError when the file is not a batch of CIFAR-10.
    """
    pixels, y = _read_batch(path)
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1), dtype=dtype), y


def load_CIFAR10(root, *, dtype=np.float64):
    """Return all of CIFAR-10.

    Inputs:
    - root: as in find_data
    - dtype: type of the images; np.uint8 takes an eighth of the default's memory

    Returns a tuple of:
    - Xtr: (50000, 32, 32, 3) images, channels last
    - ytr: (50000,) class numbers
    - Xte: (10000, 32, 32, 3)
    - yte: (10000,)

    Raises FileNotFoundError when there are no data, ValueError when a file is not a batch of CIFAR-10.
    """
    folder = find_data(root)
    batches = [load_CIFAR_batch(folder / name, dtype=np.uint8) for name in TRAIN_FILES]
    Xtr = np.concatenate([X for X, _ in batches], dtype=dtype, casting="unsafe")
    ytr = np.concatenate([y for _, y in batches])
    Xte, yte = load_CIFAR_batch(folder / TEST_FILE, dtype=dtype)
    return Xtr, ytr, Xte, yte


def get_CIFAR10_data(
    num_training=49000, num_validation=1000, num_test=1000, subtract_mean=True, *, dtype=np.float64, root=None
):
    """Return CIFAR-10 split for training, channels first, with the mean image subtracted.

    Inputs:
    - num_training, num_validation: training takes the first rows, validation the next ones
    - num_test: test takes the first rows of the test batch
    - subtract_mean: subtract the mean image of the training rows, computed in float64, from all three
    - dtype: type of the images; np.float32 halves the memory
    - root: where the data are, see find_data

    Returns a dict with X_train (num_training, 3, 32, 32), y_train (num_training,), X_val, y_val, X_test, y_test.
    Prints one line when it reads the synthetic stand-in.
    Raises FileNotFoundError when there are no data, ValueError when more rows are asked for than there are.
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(f"get_CIFAR10_data: dtype {dtype} came; centred images need floats, such as np.float32")
    for name, value in (("num_training", num_training), ("num_validation", num_validation), ("num_test", num_test)):
        if value < 0:
            raise ValueError(f"get_CIFAR10_data: {name} is {value}; it must be >= 0")
    if subtract_mean and num_training == 0:
        raise ValueError("get_CIFAR10_data: the mean image needs num_training >= 1, or subtract_mean=False")
    folder = find_data(root)
    if folder.name == STAND_IN_FOLDER:
        print("Reading the synthetic stand-in for CIFAR-10; for the real data run `python -m cs231n.datasets cifar10`.")

    blocks, y = _first_rows(folder, TRAIN_FILES, num_training + num_validation)
    test_blocks, y_test = _first_rows(folder, (TEST_FILE,), num_test)
    train_blocks, val_blocks = _split(blocks, num_training)
    blocks.clear()
    mean = _mean_image(train_blocks) if subtract_mean else 0
    return {
        "X_train": _centred(train_blocks, mean, dtype),
        "y_train": y[:num_training],
        "X_val": _centred(val_blocks, mean, dtype),
        "y_val": y[num_training:],
        "X_test": _centred(test_blocks, mean, dtype),
        "y_test": y_test,
    }


def _first_rows(folder, files, count):
    """Return the first count rows of the files together: a list of uint8 blocks (n, 3, 32, 32), and labels."""
    blocks, labels, rows = [], [np.empty(0, dtype=np.int64)], 0
    for name in files:
        if rows >= count:
            break
        pixels, y = _read_batch(folder / name)
        blocks.append(pixels[: count - rows])
        labels.append(y[: count - rows])
        rows += len(blocks[-1])
    if rows < count:
        raise ValueError(
            f"get_CIFAR10_data: {count} rows were asked for, but {', '.join(files)} in {folder} have "
            f"{rows}; ask for fewer (training and validation rows come from the same files)"
        )
    return blocks, np.concatenate(labels)


def _split(blocks, count):
    """Return the blocks of the first count rows, and those of the rest."""
    first, rest = [], []
    for block in blocks:
        here = min(count, len(block))
        count -= here
        first.append(block[:here])
        rest.append(block[here:])
    return first, rest


def _mean_image(blocks):
    """Return the mean image (3, 32, 32) in float64. Sums of bytes are exact there, so their order does not matter."""
    total = np.zeros(_IMAGE_SHAPE)
    for block in blocks:
        # 256 bytes add up to less than 2**16: short sums in 16 bits are several times faster than float64.
        for start in range(0, len(block), 256):
            total += block[start : start + 256].sum(axis=0, dtype=np.uint16)
    return total / sum(len(block) for block in blocks)


def _centred(blocks, mean, dtype):
    """Return all rows minus mean as one array. The blocks are dropped on the way, which keeps the peak memory low."""
    X = np.empty((sum(len(block) for block in blocks), *_IMAGE_SHAPE), dtype=dtype)
    row = 0
    while blocks:
        block = blocks.pop(0)
        np.subtract(block, mean, out=X[row : row + len(block)], casting="same_kind")
        row += len(block)
    return X


def _read_batch(path):
    """Return pixels (n, 3, 32, 32) uint8 and labels (n,) of one batch file.

    Raises ValueError when it is none, FileNotFoundError when it is not there.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path.parent} lacks {path.name}: delete that folder and {_HOW_TO_GET_DATA}.")
    with open(path, "rb") as file:
        try:
            # CIFAR's pickles come from Python 2; 'bytes' hands their strings to NumPy without decoding 30 MB.
            batch = _ArrayUnpickler(file, encoding="bytes").load()
            pixels, labels = batch[b"data"], np.array(batch[b"labels"])
        except Exception as error:  # a damaged pickle can raise almost anything
            raise ValueError(
                f"{path} is not a batch of CIFAR-10 ({type(error).__name__}: {error}); delete its folder "
                f"and get the data again: {_HOW_TO_GET_DATA}"
            ) from error
    wanted = (len(labels), int(np.prod(_IMAGE_SHAPE))) if labels.ndim == 1 else None
    if type(pixels) is not np.ndarray or pixels.dtype != np.uint8 or pixels.shape != wanted or labels.dtype.kind != "i":
        raise ValueError(
            f"{path} is not a batch of CIFAR-10: it needs b'data', uint8 of shape (n, 3072), and b'labels', n integers"
        )
    return pixels.reshape(-1, *_IMAGE_SHAPE), labels.astype(np.int64)


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickler of NumPy arrays and plain containers; any other name in the file is refused."""

    def find_class(self, module, name):
        # NumPy 2 moved the module: files of either name are read under either version.
        if (module, name) in (("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct")):
            return np.ndarray.__reduce__(np.empty(0))[0]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which is not an array or plain container")
