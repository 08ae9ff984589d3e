"""Read CIFAR-10, or its synthetic stand-in in the same file format, and prepare it for training.

The files are pickles, and a pickle can run code. So they are read with an unpickler that accepts
only NumPy arrays and plain containers.
"""

import os
import pickle
import sys
import tempfile
from pathlib import Path

import numpy as np

from student_tools.language import tr

__all__ = ["find_data", "get_CIFAR10_data", "load_CIFAR10", "load_CIFAR_batch"]

REAL_FOLDER = "cifar-10-batches-py"
ARCHIVE_NAME = "cifar-10-python"
STAND_IN_FOLDER = "cifar-10-synthetic"
TRAIN_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE = "test_batch"
_IMAGE_SHAPE = (3, 32, 32)
_MOST_TRAINING = 49000


def find_data(root=None):
    """Return the folder with the batch files; CIFAR-10 is preferred to the stand-in.

    The search order is:
    1. root, if given: a folder that contains 'cifar-10-batches-py' or 'cifar-10-synthetic', or one
       of these folders
    2. the environment variable CS231N_DATA, in the same way
    3. 'data' in the current folder, then in each of its parents

    The files may be in an extra folder of the same name, or of the archive's name, as some
    archivers create it. Python in a browser makes the stand-in in its memory if it finds no
    data and root is not given.

    Raises FileNotFoundError, which names the searched folder, what is there instead, and how to get
    the data.
    """
    given = root if root is not None else os.environ.get("CS231N_DATA")
    if given:
        given = Path(given).expanduser()
        first, candidates = given, [given / REAL_FOLDER, given, given / STAND_IN_FOLDER]
        where = str(given) if root is not None else tr("{folder} (from CS231N_DATA)", folder=given)
    else:
        here = Path.cwd()
        first, *others = [folder / "data" for folder in (here, *here.parents)]
        candidates = [folder / name for name in (REAL_FOLDER, STAND_IN_FOLDER) for folder in (first, *others)]
        where = tr("the folder 'data' of {folder} and its parents", folder=here)
    for folder in candidates:
        for place in (folder, folder / folder.name, folder.parent / ARCHIVE_NAME / folder.name):
            if (place / TEST_FILE).is_file():
                return place
    if sys.platform == "emscripten" and root is None:
        # Imported here, because synthetic imports this module.
        from cs231n.synthetic import make_synthetic

        return make_synthetic(Path(tempfile.gettempdir()))
    remedy = _what_lies_in(first) or _how_to_get_data()
    raise FileNotFoundError(tr("No CIFAR-10 data in {place}: {remedy}.", place=where, remedy=remedy))


def _how_to_get_data():
    return tr(
        "run `python -m cs231n.datasets cifar10` to download CIFAR-10 (163 MB), or "
        "`python -m cs231n.datasets synthetic` to make a stand-in without a network"
    )


def _what_lies_in(folder):
    """Return what is in a folder instead of the data, and what to do about it; or ""."""
    for pattern in ("data_batch_*", "*/data_batch_*", "*/*/data_batch_*"):
        for place in sorted({found.parent for found in folder.glob(pattern)}):
            if (place / TEST_FILE).is_file():
                words = {"place": place, "folder": folder / REAL_FOLDER}
                return tr("they are in {place}; rename that folder to {folder}", **words)
            words = {"place": place, "file": TEST_FILE, "remedy": _how_to_get_data()}
            return tr("{place} lacks {file}; delete that folder and {remedy}", **words)
    for archive in sorted({*folder.glob(f"{ARCHIVE_NAME}*.*"), *folder.parent.glob(f"{ARCHIVE_NAME}*.*")}):
        return tr(
            "{archive} is not unpacked; run `python -m cs231n.datasets cifar10 --to {folder}`, which needs no download "
            "if the archive is complete",
            archive=archive,
            folder=folder,
        )
    return ""


def load_CIFAR_batch(path, *, dtype=np.float64):
    """Return the images and labels of one batch file.

    Inputs:
    - path: the file
    - dtype: type of the images, default float64; np.uint8 takes an eighth of its memory

    Returns a tuple of:
    - X: (10000, 32, 32, 3) images, channels last, values 0 to 255
    - y: (10000,) class numbers, int64

    Raises ValueError if the file is not a batch of CIFAR-10.
    """
    pixels, y = _read_batch(path)
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1), dtype=dtype), y


def load_CIFAR10(root, *, dtype=np.float64):
    """Return all of CIFAR-10.

    Inputs:
    - root: folder of the data, as in find_data; or None
    - dtype: type of the images, default float64; np.uint8 takes an eighth of its memory

    Returns a tuple of:
    - Xtr: (50000, 32, 32, 3) training images, channels last, values 0 to 255
    - ytr: (50000,) their class numbers, int64
    - Xte: (10000, 32, 32, 3) test images
    - yte: (10000,) their class numbers

    Raises FileNotFoundError if the data are not found, ValueError if a file is not a batch of
    CIFAR-10.
    """
    folder = find_data(root)
    batches = [load_CIFAR_batch(folder / name, dtype=np.uint8) for name in TRAIN_FILES]
    Xtr = np.concatenate([X for X, _ in batches], dtype=dtype, casting="unsafe")
    ytr = np.concatenate([y for _, y in batches])
    Xte, yte = load_CIFAR_batch(folder / TEST_FILE, dtype=dtype)
    return Xtr, ytr, Xte, yte


def get_CIFAR10_data(
    num_training=None, num_validation=1000, num_test=1000, subtract_mean=True, *, dtype=np.float64, root=None
):
    """Return CIFAR-10 split for training, channels first, with the mean image subtracted.

    Inputs:
    - num_training: number of training images, the first of the training files; default: all but the
      validation images, at most 49000
    - num_validation: number of validation images, the next ones of the training files; default 1000
    - num_test: number of test images, the first of the test file; default 1000
    - subtract_mean: subtract the mean image of the training images, computed in float64, from all
      images; default True
    - dtype: float type of the images, default float64; np.float32 halves the memory
    - root: folder of the data, as in find_data; default None

    Prints one line if it reads the synthetic stand-in.

    Returns a dict of:
    - X_train: (num_training, 3, 32, 32) images
    - y_train: (num_training,) class numbers, int64
    - X_val, y_val: the same for num_validation images
    - X_test, y_test: the same for num_test images

    Raises FileNotFoundError if the data are not found, ValueError for a wrong dtype or more images
    than there are.
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(tr("get_CIFAR10_data: expected a float dtype, such as np.float32, got {dtype}", dtype=dtype))
    for name, value in (
        ("num_training", num_training or 0),
        ("num_validation", num_validation),
        ("num_test", num_test),
    ):
        if value < 0:
            raise ValueError(tr("get_CIFAR10_data: expected {name} >= 0, got {got}", name=name, got=value))
    if subtract_mean and num_training == 0:
        raise ValueError(
            tr("get_CIFAR10_data: expected num_training >= 1 for the mean image, got 0; use subtract_mean=False")
        )
    folder = find_data(root)
    if folder.name == STAND_IN_FOLDER:
        print(
            tr("Reading the synthetic stand-in for CIFAR-10.")
            if sys.platform == "emscripten"  # which cannot download the real data
            else tr(
                "Reading the synthetic stand-in for CIFAR-10; for the real data run "
                "`python -m cs231n.datasets cifar10`."
            )
        )

    wanted = (_MOST_TRAINING if num_training is None else num_training) + num_validation
    least = num_validation + 1 if num_training is None else wanted
    blocks, y = _first_rows(folder, TRAIN_FILES, wanted, least)
    num_training = len(y) - num_validation
    test_blocks, y_test = _first_rows(folder, (TEST_FILE,), num_test, num_test)
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


def _first_rows(folder, files, count, least):
    """Return the first count rows of the files: a list of uint8 blocks (n, 3, 32, 32), and labels.

    Raises ValueError if the files have fewer than least rows.
    """
    blocks, labels, rows = [], [np.empty(0, dtype=np.int64)], 0
    for name in files:
        if rows >= count:
            break
        pixels, y = _read_batch(folder / name)
        blocks.append(pixels[: count - rows])
        labels.append(y[: count - rows])
        rows += len(blocks[-1])
    if rows < least:
        raise ValueError(
            tr(
                "get_CIFAR10_data: expected at most {most} images, all of {files} in {folder}, got {count}; use fewer "
                "(training and validation images are in the same files)",
                most=rows,
                files=", ".join(files),
                folder=folder,
                count=least,
            )
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
    """Return the mean image (3, 32, 32) in float64; sums of bytes are exact in any order."""
    total = np.zeros(_IMAGE_SHAPE)
    for block in blocks:
        # 256 bytes add up to less than 2**16: short sums in 16 bits are several times faster than float64.
        for start in range(0, len(block), 256):
            total += block[start : start + 256].sum(axis=0, dtype=np.uint16)
    return total / sum(len(block) for block in blocks)


def _centred(blocks, mean, dtype):
    """Return all rows minus mean as one array. It empties the list of blocks, to save memory."""
    X = np.empty((sum(len(block) for block in blocks), *_IMAGE_SHAPE), dtype=dtype)
    row = 0
    while blocks:
        block = blocks.pop(0)
        np.subtract(block, mean, out=X[row : row + len(block)], casting="same_kind")
        row += len(block)
    return X


def _read_batch(path):
    """Return pixels (n, 3, 32, 32) uint8 and labels (n,) of one batch file.

    Raises ValueError if the file is not a batch, FileNotFoundError if it does not exist.
    """
    path = Path(path)
    if not path.exists():
        words = {"folder": path.parent, "file": path.name, "remedy": _how_to_get_data()}
        raise FileNotFoundError(tr("{folder} lacks {file}: delete that folder and {remedy}.", **words))
    with open(path, "rb") as file:
        try:
            # CIFAR's pickles come from Python 2; 'bytes' passes their strings to NumPy without decoding 30 MB.
            batch = _ArrayUnpickler(file, encoding="bytes").load()
            pixels, labels = batch[b"data"], np.array(batch[b"labels"])
        except Exception as error:  # a damaged pickle can raise almost anything
            raise ValueError(
                tr(
                    "{file} is not a batch of CIFAR-10 ({error}); delete its folder and get the data again: {remedy}",
                    file=path,
                    error=f"{type(error).__name__}: {error}",
                    remedy=_how_to_get_data(),
                )
            ) from error
    wanted = (len(labels), int(np.prod(_IMAGE_SHAPE))) if labels.ndim == 1 else None
    if type(pixels) is not np.ndarray or pixels.dtype != np.uint8 or pixels.shape != wanted or labels.dtype.kind != "i":
        raise ValueError(
            tr(
                "{file} is not a batch of CIFAR-10: expected b'data', uint8 (n, 3072), and b'labels', n integers",
                file=path,
            )
        )
    return pixels.reshape(-1, *_IMAGE_SHAPE), labels.astype(np.int64)


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickler of NumPy arrays and plain containers; it refuses any other name in the file."""

    def find_class(self, module, name):
        # NumPy 2 moved the module: files of either name are read under either version.
        if (module, name) in (("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct")):
            return np.ndarray.__reduce__(np.empty(0))[0]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(
            tr("the file asks for {name}, which is not an array or plain container", name=f"{module}.{name}")
        )
