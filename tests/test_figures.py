"""The figures of the notebooks match their sizes and are readable on any page."""

import io
import re
import warnings
from collections import Counter
from xml.etree import ElementTree

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from contrast import contrast
from draw_figures import DRAWN
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.image import imread
from matplotlib.patches import Polygon, Rectangle

from cs231n import figures, network_figures
from cs231n.convolution_figure import convolution_figure
from cs231n.figures import BLUE, GREEN, ORANGE
from cs231n.inline_figures import alternative_text, figure_html
from cs231n.plot_style import use_plot_style

FIGURES = tuple(draw for draw in DRAWN if draw.__name__ != "dropout_figure")  # dropout's axes end at the units


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def names(figure):
    """Count the cells of a figure by name."""
    patches = figure.findobj(lambda artist: isinstance(artist, Rectangle | Polygon))
    return Counter(patch.get_gid() for patch in patches if patch.get_gid())


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("draw", FIGURES)
def test_a_figure_has_no_warnings_and_a_transparent_background(draw):
    file = io.BytesIO()
    with plt.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")  # a character that the font lacks would be one
        use_plot_style()  # as the notebooks do
        figure = draw()
        figure.savefig(file, format="png", bbox_inches="tight", facecolor=figure.get_facecolor())
    file.seek(0)
    image = imread(file, format="png")
    assert image[0, 0, 3] == 0
    assert (image[..., 3] > 0).mean() > 0.02


def svg_of(figure):
    """The SVG of a figure in a notebook, and below it what a notebook shows that was run elsewhere."""
    svg, _, below = figure_html(figure).rpartition("<p ")
    assert below == "hidden>Run this cell to see the figure.</p>"
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREEN])
def test_white_numbers_are_readable_in_coloured_cells(colour):
    assert contrast(colour, "#ffffff") >= 4.5


@pytest.mark.parametrize("draw", DRAWN)
def test_a_notebook_shows_a_figure_in_the_colours_of_its_page(draw):
    with plt.rc_context():
        use_plot_style()
        root = svg_of(draw())
    painted = {
        value.strip()
        for element in root.iter()
        for name, value in re.findall(r"(fill|stroke): ([^;]+)", element.get("style", ""))
    }
    painted = {colour for colour in painted if not colour.startswith("url(")}  # hatching, which has a stroke of its own
    assert painted <= {"currentColor", "none", "#ffffff", BLUE, ORANGE, GREEN}
    assert root.get("role") == "img"


@pytest.mark.parametrize("draw", DRAWN)
def test_a_figure_has_sentences_as_its_alternative_text(draw):
    text = svg_of(draw()).get("aria-label")
    assert len(text) > 100
    assert text.endswith(".")


def test_a_plot_without_a_label_is_described_by_its_words():
    figure, (above, below) = plt.subplots(2, 1)
    above.plot([1, 2], label="train")
    above.plot([2, 3], label="val")
    above.legend()
    above.set(xlabel="epoch", ylabel="accuracy")
    below.set(title="<filters> & more")
    assert alternative_text(figure) == "accuracy over epoch: train, val. <filters> & more"
    assert 'aria-label="accuracy over epoch: train, val. &lt;filters&gt; &amp; more"' in figure_html(figure)


def test_an_empty_figure_is_not_shown():
    assert figure_html(plt.figure()) is None


def test_ids_of_two_figures_on_one_page_differ():
    found = [re.findall(r'\bid="([^"]+)"', figure_html(draw())) for draw in (figures.im2col_figure, DRAWN[0])]
    shared = set(found[0]) & set(found[1])
    assert {name for name in shared if not name.startswith("DejaVu")} == set()  # glyphs are the same in both


def test_ipython_shows_figures_as_svg_after_use_plot_style():
    shell = InteractiveShell.instance()
    with plt.rc_context():
        use_plot_style()
        data, _ = shell.display_formatter.format(figures.batch_and_layer_figure())
    assert data["text/html"].startswith("<svg ")


@pytest.mark.parametrize(("channels", "filters", "size", "filter_size"), [(3, 2, 4, 3), (1, 1, 3, 3), (2, 3, 5, 2)])
def test_the_feature_maps_of_a_convolution_follow_from_its_numbers(channels, filters, size, filter_size):
    figure = convolution_figure(channels=channels, filters=filters, size=size, filter_size=filter_size)
    numbers = [int(word.replace("−", "-")) for word in words(figure) if re.fullmatch(r"−?\d+", word)]
    out_size = size - filter_size + 1
    x = np.reshape(numbers[: channels * size * size], (channels, size, size))
    rest = numbers[x.size :]
    weights = channels * filter_size**2
    out = np.reshape(rest[filters * (weights + 1) :], (filters, out_size, out_size))
    for f in range(filters):
        own = rest[f * (weights + 1) : (f + 1) * (weights + 1)]
        w, b = np.reshape(own[:-1], (channels, filter_size, filter_size)), own[-1]
        for i, j in np.ndindex(out_size, out_size):
            assert out[f, i, j] == (x[:, i : i + filter_size, j : j + filter_size] * w).sum() + b
    assert names(figure)["pixel, marked"] == channels * filter_size**2
    assert any(word.endswith(f" = {out[0, 0, -1]}".replace("-", "−")) for word in words(figure))


def test_a_filter_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match="expected a filter_size from 1 to 4, the size of the image; got 5"):
        convolution_figure(filter_size=5)


@pytest.mark.parametrize("draw", FIGURES)
def test_nothing_is_cut_off(draw):
    """All text is within the part of the figure that a notebook shows."""
    figure = draw()
    figure.canvas.draw()
    axes = figure.axes[0]
    for text in axes.texts:
        if text.get_text():
            assert axes.bbox.padded(2).containsx(text.get_window_extent().x0), text.get_text()
            assert axes.bbox.padded(2).containsx(text.get_window_extent().x1), text.get_text()


@pytest.mark.parametrize(
    ("height", "width", "filter_height", "filter_width", "stride", "pad"),
    [(5, 6, 3, 3, 2, 1), (4, 5, 3, 2, 1, 0), (7, 8, 2, 3, 3, 1), (5, 5, 3, 3, 1, 2)],
)
def test_the_sliding_window_has_the_cells_that_stride_and_padding_make(
    height, width, filter_height, filter_width, stride, pad
):
    figure = figures.sliding_window_figure(
        height=height, width=width, filter_height=filter_height, filter_width=filter_width, stride=stride, pad=pad
    )
    tops = range(0, height + 2 * pad - filter_height + 1, stride)
    lefts = range(0, width + 2 * pad - filter_width + 1, stride)
    reached = np.zeros((height + 2 * pad, width + 2 * pad), dtype=bool)
    for top in tops:
        for left in lefts:
            reached[top : top + filter_height, left : left + filter_width] = True
    inside = np.zeros_like(reached)
    inside[pad : pad + height, pad : pad + width] = True
    assert names(figure) == Counter(
        {
            "pixel": (inside & reached).sum(),
            "pixel, left over": (inside & ~reached).sum(),
            "padding": (~inside & reached).sum(),
            "padding, left over": (~inside & ~reached).sum(),
            "output": len(tops) * len(lefts),
            "window": 2,
        }
    )
    assert f"output {len(tops)} × {len(lefts)}" in words(figure)


def test_sizes_with_too_few_windows_are_refused():
    with pytest.raises(ValueError, match="expected at least 1 × 2 windows"):
        figures.sliding_window_figure(height=3, width=3, pad=0)


@pytest.mark.parametrize(("stride", "pad", "filter_width"), [(1, 0, 2), (1, 1, 3), (2, 1, 2)])
def test_the_columns_are_those_of_the_formula(stride, pad, filter_width):
    C, H, W, HH, F = 2, 3, 4, 2, 3
    figure = figures.im2col_figure(
        channels=C, height=H, width=W, filter_height=HH, filter_width=filter_width, stride=stride, pad=pad, filters=F
    )
    out_h, out_w = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - filter_width) // stride
    terms, places = C * HH * filter_width, out_h * out_w
    x = np.pad(1 + np.arange(C * H * W).reshape(C, H, W), ((0, 0), (pad, pad), (pad, pad)))
    expected = np.empty((terms, places), dtype=int)
    for c, p, q, i, j in np.ndindex(C, HH, filter_width, out_h, out_w):
        expected[(c * HH + p) * filter_width + q, i * out_w + j] = x[c, i * stride + p, j * stride + q]
    numbers = [int(word) for word in words(figure) if word.isdecimal()]
    assert numbers == [*x.ravel(), *expected.ravel()]
    count = names(figure)
    assert (count["column entry, marked"], count["weight, marked"], count["output, marked"]) == (terms, terms, 1)
    assert count["column entry"] + count["column entry, marked"] == terms * places
    assert count["pixel, marked"] + count["padding, marked"] == terms
    assert count["output"] == F * places - 1


def test_a_column_of_batch_and_a_row_of_layer_normalization_are_marked():
    count = names(figures.batch_and_layer_figure(samples=3, features=5))
    assert count == {"batch": 12, "batch, marked": 3, "layer": 10, "layer, marked": 5}


@pytest.mark.parametrize(
    ("kind", "over"), [("batch", (0, 2)), ("layer", (1, 2)), ("instance", (2,)), ("group", (1, 2))]
)
def test_marked_entries_are_those_that_move_the_mean(kind, over):
    """Change one entry after the other, and test whether the mean of the corner's entry changes."""
    N, C, P, G = 3, 6, 4, 2
    marks = figures.shares_statistics(kind, N, C, P, groups=G)

    def mean_at_corner(x):
        if kind == "group":
            return x.reshape(N, G, -1).mean(axis=2)[0, -1]
        means = x.mean(axis=over, keepdims=True)
        return np.broadcast_to(means, x.shape)[0, -1, 0]

    x = np.random.default_rng(231).standard_normal((N, C, P))
    moves = np.zeros_like(marks)
    for place in np.ndindex(x.shape):
        changed = x.copy()
        changed[place] += 1
        moves[place] = abs(mean_at_corner(changed) - mean_at_corner(x)) > 1e-6
    np.testing.assert_array_equal(marks, moves)


def test_every_visible_face_of_the_marked_entries_is_coloured():
    N, C, P, G = 2, 6, 4, 3
    count = names(figures.normalizations_figure(samples=N, channels=C, pixels=P, groups=G))
    # front + top + side
    marked = {"batch": P + N + N * P, "layer": C * P + C + P, "instance": P + 1 + P, "group": 2 * P + 2 + P}
    assert {kind: count[f"{kind}, marked"] for kind in marked} == marked
    assert all(count[kind] + count[f"{kind}, marked"] == C * P + N * C + N * P for kind in marked)


def test_groups_that_do_not_divide_the_channels_are_refused():
    with pytest.raises(ValueError, match="that divides the 6 channels, got 4"):
        figures.shares_statistics("group", 2, 6, 4, groups=4)
    with pytest.raises(ValueError, match="expected one of batch, layer"):
        figures.shares_statistics("weight", 2, 6, 4)


def parts(figure):
    """Count the parts of a network figure by name."""
    return Counter(artist.get_gid() for artist in figure.findobj(lambda artist: artist.get_gid() is not None))


def test_a_network_has_its_units_and_a_line_for_each_weight():
    assert parts(network_figures.network_figure([6, 5, 4, 3])) == {
        "input": 6, "hidden": 9, "score": 3, "weight": 6 * 5 + 5 * 4 + 4 * 3
    }  # fmt: skip


def test_dropped_units_have_no_weights_and_test_time_has_all_units():
    whole = parts(network_figures.network_figure((4, 6, 6, 3)))
    drawn = parts(network_figures.dropout_figure(dims=(4, 6, 6, 3), keep_ratio=0))
    assert drawn["dropped"] == 2 * 12
    assert (drawn["hidden"], drawn["weight"]) == (whole["hidden"], whole["weight"])
    kept = parts(network_figures.dropout_figure(keep_ratio=1))
    assert (kept["dropped"], kept["weight"]) == (0, 3 * whole["weight"])


def test_a_network_needs_inputs_and_scores():
    with pytest.raises(ValueError, match="with at least the numbers of inputs and scores"):
        network_figures.network_figure([3])
