"""Arrange small images in one grid, to show filters, data and nearest neighbours."""

import numpy as np

from student_tools.language import tr

__all__ = ["vis_grid", "vis_nn", "visualize_grid"]


def visualize_grid(Xs, ubound=255.0, padding=1):
    """Return one image with all images in a square grid, each scaled separately to the full range.

    Inputs:
    - Xs: (N, H, W, C) images
    - ubound: largest value of the result, default 255.0; each image is scaled to 0 to ubound, a
      constant image to 0
    - padding: number of black rows and columns between images, default 1

    Returns grid (A * (H + padding) - padding, A * (W + padding) - padding, C), where A * A is the
    first square >= N. Raises ValueError if Xs does not have four axes or is empty.
    """
    Xs = _images("visualize_grid", Xs, 4, "(N, H, W, C)")
    side = _side(len(Xs))
    low = Xs.min(axis=(1, 2, 3), keepdims=True, initial=np.inf)
    spread = Xs.max(axis=(1, 2, 3), keepdims=True, initial=-np.inf) - low
    stretched = ubound * (Xs - low) / np.where(spread > 0, spread, 1)
    return _tile(stretched, side, side, padding, 0.0)


def vis_grid(Xs):
    """Return one image with all images in a square grid, scaled together to the range 0 to 1.

    Inputs:
    - Xs: (N, H, W, C) images

    Returns grid (A * (H + 1) - 1, A * (W + 1) - 1, C), where A * A is the first square >= N; lines
    between images and empty cells are 0. Raises ValueError if Xs does not have four axes or is
    empty.
    """
    Xs = _images("vis_grid", Xs, 4, "(N, H, W, C)")
    side = _side(len(Xs))
    return _tile(_unit_range(Xs), side, side, 1, 0.0)


def vis_nn(rows):
    """Return one image with rows of images, for example an image and its nearest neighbours.

    Inputs:
    - rows: (R, D, H, W, C), R rows of D images

    Returns grid (R * (H + 1) - 1, D * (W + 1) - 1, C) in the range 0 to 1; lines between images
    are 0. Raises ValueError if rows does not have five axes or is empty.
    """
    rows = _images("vis_nn", rows, 5, "(R, D, H, W, C)")
    flat = rows.reshape(-1, *rows.shape[2:])
    return _tile(_unit_range(flat), rows.shape[0], rows.shape[1], 1, 0.0)


def _images(function, images, rank, wanted):
    """Return images as a float array of that rank, or raise ValueError."""
    images = np.asarray(images)
    if images.ndim != rank or images.size == 0:
        raise ValueError(
            tr(
                "{function}: expected an array {wanted} with at least one pixel, got shape {got}; channels come last, "
                "so use .transpose(0, 2, 3, 1) for (N, C, H, W)",
                function=function,
                wanted=wanted,
                got=images.shape,
            )
        )
    # Unsigned integers would wrap around when the minimum is subtracted.
    return images if images.dtype.kind == "f" else images.astype(np.float64)


def _side(count):
    """Return the smallest A with A * A >= count."""
    return int(np.ceil(np.sqrt(count)))


def _unit_range(images):
    spread = images.max() - images.min()
    return (images - images.min()) / (spread if spread > 0 else 1)


def _tile(images, rows, columns, padding, background):
    """Arrange images (N, H, W, C) row by row."""
    _, height, width, channels = images.shape
    shape = (rows * (height + padding) - padding, columns * (width + padding) - padding, channels)
    grid = np.full(shape, background, dtype=images.dtype)
    for number, image in enumerate(images):
        top, left = (number // columns) * (height + padding), (number % columns) * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid
