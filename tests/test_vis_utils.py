import numpy as np
import pytest

from cs231n.vis_utils import vis_grid, vis_nn, visualize_grid


def test_grid_holds_every_image_stretched_to_the_full_range():
    images = np.random.default_rng(0).standard_normal((5, 3, 2, 3))
    grid = visualize_grid(images, padding=2)
    assert grid.shape == (3 * 5 - 2, 3 * 4 - 2, 3)
    for number, image in enumerate(images):
        row, column = divmod(number, 3)
        tile = grid[row * 5 : row * 5 + 3, column * 4 : column * 4 + 2]
        np.testing.assert_allclose(tile, 255 * (image - image.min()) / (image.max() - image.min()))
    assert (grid[3:5] == 0).all()


def test_constant_image_gives_no_nan():
    constant = np.full((2, 3, 3, 1), 7.0)
    for grid in (visualize_grid(constant), vis_grid(constant), vis_nn(constant[np.newaxis])):
        assert np.isfinite(grid).all()


def test_unsigned_images_do_not_wrap_around():
    images = np.array([10, 250], dtype=np.uint8).reshape(1, 1, 2, 1)
    np.testing.assert_array_equal(visualize_grid(images)[..., 0], [[0, 255]])
    np.testing.assert_array_equal(vis_grid(images)[..., 0], [[0, 1]])


def test_vis_grid_stretches_all_images_together():
    images = np.array([0.0, 2.0, 4.0]).reshape(3, 1, 1, 1)
    np.testing.assert_array_equal(vis_grid(images)[..., 0], [[0, 0, 0.5], [0, 0, 0], [1, 0, 0]])


def test_vis_nn_keeps_rows():
    rows = np.arange(6.0).reshape(2, 3, 1, 1, 1)
    grid = vis_nn(rows)[..., 0]
    assert grid.shape == (3, 5)
    np.testing.assert_allclose(grid[::2, ::2], rows[..., 0, 0, 0] / 5)


@pytest.mark.parametrize(
    ("function", "shape"), [(visualize_grid, (3, 4, 4)), (vis_grid, (0, 4, 4, 3)), (vis_nn, (3, 4, 4, 1))]
)
def test_wrong_rank_is_refused(function, shape):
    with pytest.raises(ValueError, match="expected an array"):
        function(np.zeros(shape))
