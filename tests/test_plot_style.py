"""Plots on a light page and on a dark one."""

import io
import itertools

import matplotlib.pyplot as plt
import pytest
from contrast import contrast
from matplotlib import rc_context

from cs231n.inline_figures import LINES
from cs231n.plot_style import COLOURS, use_plot_style

PAGES = {"light": "#ffffff", "dark": "#111111"}  # JupyterLab's


@pytest.mark.parametrize("page", PAGES)
def test_text_and_curves_stand_out_from_the_page(page):
    assert contrast(LINES, PAGES[page]) >= 4  # of the PNG; a notebook shows lines in the colour of its text
    for colour in COLOURS:
        assert contrast(colour, PAGES[page]) >= 3, colour


@pytest.fixture
def styled():
    plt.switch_backend("agg")
    with rc_context():
        use_plot_style()
        yield
    plt.close("all")


@pytest.mark.usefixtures("styled")
def test_a_plot_has_no_background_and_nothing_black():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], label="train")
    axes.set(title="title", xlabel="iteration", ylabel="loss")
    axes.legend()
    file = io.BytesIO()
    figure.savefig(file)
    file.seek(0)
    pixels = plt.imread(file)
    assert pixels[0, 0, 3] == 0
    assert (pixels[..., 3] == 0).mean() > 0.9
    drawn = pixels[pixels[..., 3] > 0.9][:, :3]
    assert drawn.max(axis=1).min() > 0.3, "something is too dark for a dark page"
    assert drawn.min(axis=1).max() < 0.9, "something is too bright for a light page"


@pytest.mark.usefixtures("styled")
def test_parts_of_a_figure_do_not_overlap():
    figure, (above, below) = plt.subplots(2, 1)
    for axes in (above, below):
        axes.plot([1, 2])
        axes.set(xlabel="iteration", ylabel="loss", title="title")
    figure.canvas.draw()
    boxes = [axes.get_tightbbox() for axes in (above, below)]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
