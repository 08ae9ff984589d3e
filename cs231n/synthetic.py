"""Synthetic stand-in for CIFAR-10: small images in CIFAR's file format, 12,000 or 60,000.

The images are made in seconds without a network. The ten classes are gratings of five orientations,
each coarse or fine, in a noisy image with a second, misleading grating. Phase, strength, colours
and brightness are random, and angle and width vary. So a linear classifier finds little more than a
weak colour cue, while a small convolutional network finds the orientations. Pixels are computed in
integers, so the same seed gives the same images on every machine.
"""

import pickle
from pathlib import Path

import numpy as np

from cs231n.data_utils import STAND_IN_FOLDER, TEST_FILE, TRAIN_FILES
from cs231n.training_bar import progress_bar
from student_tools.atomic_write import unfinished_folder
from student_tools.language import tr

__all__ = ["LABEL_NAMES", "make_images", "make_synthetic"]

LABEL_NAMES = tuple(f"{size} stripes {angle} degrees" for size in ("coarse", "fine") for angle in range(0, 180, 36))

_SEED = 231
_ROWS = 2000  # of one file
_ROWS_OF_CIFAR10 = 10000
_CHUNK = 500
_SIZE = 32
# One turn of a grating is 1024 steps of this table, whose values run from -127 to 127.
_WAVE = np.round(127 * np.sin(2 * np.pi * np.arange(1024) / 1024)).astype(np.int16)
_ANGLES = np.arange(0, 180, 36)
_WIDTHS = (9.0, 5.0)  # pixels per stripe, coarse and fine
# Spread of angle (degrees) and width within a class, grey levels of strength, noise, and the shift of colours: tuned
# so that the network of the assignment learns well in one epoch, but not from a hundred images.
_VARIANTS = 32
_ANGLE_SPREAD = 16
_WIDTH_SPREAD = 1.25
_STRENGTH = (10, 44)
_DISTRACTION = (0, 26)
_NOISE = 48
_CUE = 9


def make_synthetic(folder, *, large=False):
    """Write the stand-in to folder/cifar-10-synthetic, with a progress bar; return its path.

    The new folder appears only when it is complete. If it exists already, nothing is done.

    Inputs:
    - folder: parent of the new folder; created if missing
    - large: True for 50,000 training and 10,000 test images, as many as CIFAR-10 has; default
      False, 10,000 and 2,000. Every check of the notebooks holds with these, and an epoch takes a
      fifth of the time
    """
    rows = _ROWS_OF_CIFAR10 if large else _ROWS
    folder = Path(folder)
    target = folder / STAND_IN_FOLDER
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with unfinished_folder(folder) as workshop:
        _write(
            workshop / "batches.meta",
            {b"num_cases_per_batch": rows, b"num_vis": 3072, b"label_names": [name.encode() for name in LABEL_NAMES]},
        )
        rng = np.random.default_rng(_SEED)
        files = (*TRAIN_FILES, TEST_FILE)
        with progress_bar(total=rows * len(files), unit="image", desc=tr("making images")) as progress:
            for number, name in enumerate(files, start=1):
                labels = rng.permutation(np.arange(rows) % len(LABEL_NAMES))
                data = np.empty((rows, 3 * _SIZE * _SIZE), dtype=np.uint8)
                for start in range(0, rows, _CHUNK):
                    chunk = labels[start : start + _CHUNK]
                    data[start : start + _CHUNK] = make_images(chunk, rng).reshape(len(chunk), -1)
                    progress.update(len(chunk))
                training = name in TRAIN_FILES
                title = f"training batch {number} of {len(TRAIN_FILES)}" if training else "testing batch 1 of 1"
                part = "train" if training else "test"
                _write(
                    workshop / name,
                    {
                        b"batch_label": title.encode(),
                        b"labels": labels.tolist(),
                        b"data": data,
                        b"filenames": [f"{part}_{number}_{row:05d}.png".encode() for row in range(rows)],
                    },
                )
        workshop.chmod(0o755)  # readable by all: a class often shares one copy
        workshop.rename(target)
    return target


def make_images(labels, rng):
    """Return random images of given classes.

    Inputs:
    - labels: (N,) class numbers, 0 to 9
    - rng: NumPy Generator

    Returns (N, 3, 32, 32) uint8 images.
    """
    labels = np.asarray(labels)
    count = len(labels)
    images = _gratings(labels, _STRENGTH, rng)
    images += _gratings(rng.integers(0, len(LABEL_NAMES), size=count), _DISTRACTION, rng)
    images += rng.integers(70, 186, size=(count, 3, 1, 1), dtype=np.int16)
    images += _colour_cue()[labels][:, :, np.newaxis, np.newaxis]
    # The difference of two uniform draws is triangular noise, close enough to a Gaussian.
    noise = rng.integers(0, _NOISE, size=(2, count, 3, _SIZE, _SIZE), dtype=np.uint8)
    images += noise[0]
    images -= noise[1]
    return np.clip(images, 0, 255).astype(np.uint8)


def _gratings(labels, strength, rng):
    """Return gratings (N, 3, 32, 32) int16 around zero, of random phase and strength."""
    count = len(labels)
    steps_x, steps_y = _steps_per_pixel()
    variant = rng.integers(0, _VARIANTS, size=count)
    steps_x, steps_y = (steps[labels, variant][:, np.newaxis, np.newaxis] for steps in (steps_x, steps_y))
    phase = rng.integers(0, 1024, size=(count, 1, 1), dtype=np.int32)
    across = np.arange(_SIZE, dtype=np.int32)
    grating = _WAVE[(steps_y * across[:, np.newaxis] + steps_x * across + phase) & 1023][:, np.newaxis]
    result = grating * rng.integers(*strength, size=(count, 3, 1, 1), dtype=np.int16)
    result >>= 7
    return result


def _steps_per_pixel():
    """Return the steps in the wave table per pixel right and down, (10, variants) each."""
    spread = np.linspace(-1, 1, _VARIANTS)
    angles = np.deg2rad(np.tile(_ANGLES, len(_WIDTHS))[:, np.newaxis] + _ANGLE_SPREAD * spread)
    # Every variant of the angle has a different width: 5 is prime to 32, so the two are not correlated.
    widths = np.repeat(_WIDTHS, len(_ANGLES))[:, np.newaxis] * _WIDTH_SPREAD ** spread[np.arange(_VARIANTS) * 5 % 32]
    steps = 1024 / widths
    return np.round(steps * np.cos(angles)).astype(np.int32), np.round(steps * np.sin(angles)).astype(np.int32)


def _colour_cue():
    """Return a small shift of red, green and blue (10, 3), which a linear classifier can find."""
    angle = 2 * np.pi * np.arange(len(LABEL_NAMES)) / len(LABEL_NAMES)
    thirds = 2 * np.pi * np.arange(3) / 3
    return np.round(_CUE * np.cos(angle[:, np.newaxis] + thirds)).astype(np.int16)


def _write(path, content):
    # Protocol 4 stores bytes unchanged. Older protocols enlarge arrays, newer ones need more names to read.
    with path.open("wb") as file:
        pickle.dump(content, file, protocol=4)
