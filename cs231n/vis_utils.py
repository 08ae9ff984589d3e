"""Put many small images into one grid, to look at filters, data and nearest neighbours."""

import numpy as np

__all__ = ["vis_grid", "vis_nn", "visualize_grid"]


def visualize_grid(Xs, ubound=255.0, padding=1):
    """Return one image that shows all images in a square grid, each stretched to the full range on its own.

    Inputs:
    - Xs: (N, H, W, C) images
    - ubound: brightest value of the result; each image runs from 0 to ubound, a constant image is all 0
    - padding: black rows and columns between images

    Returns grid (A * (H + padding) - padding, A * (W + padding) - padding, C), with A * A the first square >= N.
    Raises ValueError when Xs is not of rank 4.
    """
    Xs = _images("visualize_grid", Xs, 4, "(N, H, W, C)")
    side = _side(len(Xs))
    low = Xs.min(axis=(1, 2, 3), keepdims=True, initial=np.inf)
    spread = Xs.max(axis=(1, 2, 3), keepdims=True, initial=-np.inf) - low
    stretched = ubound * (Xs - low) / np.where(spread > 0, spread, 1)
    return _tile(stretched, side, side, padding, 0.0)


def vis_grid(Xs):
    """Return one image that shows all images in a square grid, stretched together to the range 0 to 1.

    Inputs:
    - Xs: (N, H, W, C) images

    Returns grid (A * (H + 1) - 1, A * (W + 1) - 1, C), with A * A the first square >= N; lines between images and
    empty places are 0. Raises ValueError when Xs is not of rank 4.
    """
    Xs = _images("vis_grid", Xs, 4, "(N, H, W, C)")
    side = _side(len(Xs))
    return _tile(_unit_range(Xs), side, side, 1, 0.0)


def vis_nn(rows):
    """Return one image that shows rows of images, for example an image followed by its nearest neighbours.

    Inputs:
    - rows: (R, D, H, W, C), R rows of D images

    Returns grid (R * (H + 1) - 1, D * (W + 1) - 1, C) in the range 0 to 1, lines between images 0.
    Raises ValueError when rows is not of rank 5.
    """
    rows = _images("vis_nn", rows, 5, "(R, D, H, W, C)")
    flat = rows.reshape(-1, *rows.shape[2:])
    return _tile(_unit_range(flat), rows.shape[0], rows.shape[1], 1, 0.0)


def _images(function, images, rank, wanted):
    """Return images as a float array of that rank, or raise ValueError."""
    images = np.asarray(images)
    if images.ndim != rank or images.size == 0:
        raise ValueError(
            f"{function}: an array of shape {images.shape} came; needed is {wanted} with at least one "
            "pixel; channels come last, so NCHW needs .transpose(0, 2, 3, 1)"
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
    """Lay images (N, H, W, C) out row by row."""
    _, height, width, channels = images.shape
    shape = (rows * (height + padding) - padding, columns * (width + padding) - padding, channels)
    grid = np.full(shape, background, dtype=images.dtype)
    for number, image in enumerate(images):
        top, left = (number // columns) * (height + padding), (number % columns) * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid
