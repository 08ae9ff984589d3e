"""Figures of the notebooks, drawn from the sizes in the formulas.

Every cell of a figure has a name, its gid. Each figure has an alternative text, its label.
Backgrounds are transparent and colours of middle brightness, so that the figures are readable on
light and dark pages.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Polygon, Rectangle
from numpy.lib.stride_tricks import sliding_window_view

from cs231n.inline_figures import LINES as INK
from cs231n.labels import font_families, tr_drawn
from student_tools.language import tr

__all__ = [
    "batch_and_layer_figure",
    "draw_cell",
    "empty_figure",
    "fit_axes",
    "im2col_figure",
    "normalizations_figure",
    "shares_statistics",
    "show_batch_and_layer",
    "show_im2col",
    "show_normalizations",
    "show_sliding_window",
    "sliding_window_figure",
    "write_words",
]

BLUE, ORANGE, GREEN = "#3f76ae", "#b45f1c", "#2f8055"  # of cells with white text


def show_sliding_window(**sizes):
    """Show the figure of sliding_window_figure, which takes the same arguments."""
    sliding_window_figure(**sizes)
    plt.show()


def sliding_window_figure(*, height=5, width=6, filter_height=3, filter_width=3, stride=2, pad=1):
    """Draw a padded image with the first window and its right neighbour, and their outputs.

    Inputs:
    - height, width: size of the image
    - filter_height, filter_width: size of the window
    - stride, pad: as in conv_param

    Returns the Figure. Names of cells: 'pixel', 'padding' and 'output'; with ', left over' if no
    window covers the cell.

    Raises ValueError if a row has fewer than two windows.
    """
    out_height, out_width = _out_size(height, filter_height, stride, pad), _out_size(width, filter_width, stride, pad)
    if out_height < 1 or out_width < 2:
        raise ValueError(
            tr(
                "expected at least 1 × 2 windows, got {height} × {width}; use a larger image or a smaller window",
                height=out_height,
                width=out_width,
            )
        )
    figure, axes = empty_figure(8.5, 4)
    rows, columns = height + 2 * pad, width + 2 * pad
    reached = np.zeros((rows, columns), dtype=bool)
    for i, j in np.ndindex(out_height, out_width):
        reached[i * stride : i * stride + filter_height, j * stride : j * stride + filter_width] = True
    for row, column in np.ndindex(rows, columns):
        inside = pad <= row < pad + height and pad <= column < pad + width
        name = "pixel" if inside else "padding"
        if not reached[row, column]:
            name += ", left over"
        draw_cell(
            axes,
            row,
            column,
            name=name,
            fill=BLUE if inside else None,
            text="" if inside else "0",
            alpha=0.6,
            hatch="//" if "left over" in name else None,
        )
    for number, colour in enumerate((ORANGE, GREEN)):
        shift = 0.06 * number  # so that both are visible
        corner = (number * stride + shift, shift)
        axes.add_patch(
            Rectangle(
                corner,
                filter_width - 2 * shift,
                filter_height - 2 * shift,
                fill=False,
                edgecolor=colour,
                linewidth=3.5,
                gid="window",
            )
        )
    axes.annotate("", (stride, -0.35), (0, -0.35), arrowprops={"arrowstyle": "->", "color": INK})
    write_words(axes, stride / 2, -0.65, tr_drawn("stride {stride}", stride=stride))
    caption = tr_drawn(
        "image {height} × {width}, pad {pad}, window {filter_height} × {filter_width}",
        height=height,
        width=width,
        pad=pad,
        filter_height=filter_height,
        filter_width=filter_width,
    )
    if not reached.all():
        caption += "\n" + tr_drawn("hatched: no window reaches it")
    write_words(axes, columns / 2, rows + 0.7, caption)
    left, top = columns + 2.5, (rows - out_height) / 2
    for row, column in np.ndindex(out_height, out_width):
        colour = (ORANGE, GREEN)[column] if row == 0 and column < 2 else None
        draw_cell(axes, top + row, left + column, name="output", fill=colour, text=f"{row}, {column}")
    axes.annotate("", (left - 0.4, rows / 2), (columns + 0.4, rows / 2), arrowprops={"arrowstyle": "->", "color": INK})
    write_words(
        axes,
        left + out_width / 2,
        top + out_height + 0.5,
        tr_drawn("output {height} × {width}", height=out_height, width=out_width),
    )
    fit_axes(axes, left + out_width, rows + 1.2, above=1)
    figure.set_label(
        tr(
            "An image of {height} × {width} pixels with a border of {pad} zeros, and windows of {filter_height} ×"
            " {filter_width} with stride {stride}. The first window gives output 0, 0, its right neighbour output 0, 1."
            " The output has {out_height} × {out_width} entries. Number of hatched cells, which no window covers:"
            " {left_over}.",
            height=height,
            width=width,
            pad=pad,
            filter_height=filter_height,
            filter_width=filter_width,
            stride=stride,
            out_height=out_height,
            out_width=out_width,
            left_over=np.count_nonzero(~reached),
        )
    )
    return figure


def show_im2col(**sizes):
    """Show the figure of im2col_figure, which takes the same arguments."""
    im2col_figure(**sizes)
    plt.show()


def im2col_figure(*, channels=2, height=3, width=4, filter_height=2, filter_width=2, stride=1, pad=0, filters=3):
    """Draw the windows of one image as columns of a matrix, and the filters as rows of another one.

    Inputs:
    - channels, height, width: size of the image
    - filter_height, filter_width: size of the filters
    - filters: number of filters
    - stride, pad: as in conv_param

    Returns the Figure. Names of cells: 'pixel', 'weight', 'column entry' and 'output', with ',
    marked' for those of the highlighted window and filter; 'padding' for pixels of the border.
    """
    numbers = 1 + np.arange(channels * height * width).reshape(channels, height, width)
    padded = np.pad(numbers, ((0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(padded, (filter_height, filter_width), axis=(1, 2))[:, ::stride, ::stride]
    out_height, out_width = windows.shape[1:3]
    matrix = windows.transpose(0, 3, 4, 1, 2).reshape(-1, out_height * out_width)
    terms, places = matrix.shape
    followed = min(1, places - 1)
    top, left = (followed // out_width) * stride, (followed % out_width) * stride

    figure, axes = empty_figure(10, 5)
    rows, columns = padded.shape[1:]
    above = max(0, (terms - channels * (rows + 1) + 1) / 2)
    for c, row, column in np.ndindex(padded.shape):
        marked = top <= row < top + filter_height and left <= column < left + filter_width
        pixel = padded[c, row, column]
        draw_cell(
            axes,
            above + c * (rows + 1) + row,
            column,
            name=_name("pixel" if pixel else "padding", marked),
            fill=ORANGE if marked else None,
            text=str(pixel),
        )
    write_words(axes, columns / 2, above - 0.6, tr_drawn("image: {channels} channels", channels=channels))
    start = columns + 2
    middle = (terms - filters) / 2
    for f, term in np.ndindex(filters, terms):
        draw_cell(axes, middle + f, start + term, name=_name("weight", f == 0), fill=BLUE if f == 0 else None)
    write_words(
        axes, start + terms / 2, middle - 0.6, tr_drawn("filters: {rows} × {columns}", rows=filters, columns=terms)
    )
    write_words(axes, start + terms + 0.75, terms / 2, "·", size=28)
    start += terms + 1.5
    for term, place in np.ndindex(terms, places):
        draw_cell(
            axes,
            term,
            start + place,
            name=_name("column entry", place == followed),
            fill=ORANGE if place == followed else None,
            text=str(matrix[term, place]),
        )
    write_words(axes, start + places / 2, -0.6, tr_drawn("columns: {rows} × {columns}", rows=terms, columns=places))
    write_words(axes, start + places + 0.75, terms / 2, "=", size=18)
    start += places + 1.5
    for f, place in np.ndindex(filters, places):
        marked = f == 0 and place == followed
        draw_cell(axes, middle + f, start + place, name=_name("output", marked), fill=GREEN if marked else None)
    write_words(
        axes, start + places / 2, middle - 0.6, tr_drawn("output: {rows} × {columns}", rows=filters, columns=places)
    )
    fit_axes(axes, start + places, max(terms, above + channels * (rows + 1) - 1), above=1)
    figure.set_label(
        tr(
            "An image with {channels} channels and numbered pixels. Each window is a column of a matrix of {terms} ×"
            " {places}, and each filter a row of a matrix of {filters} × {terms}. Their product is the output of"
            " {filters} × {places}. The marked window with the pixels {pixels} is column {followed}, and gives column"
            " {followed} of the output.",
            channels=channels,
            terms=terms,
            places=places,
            filters=filters,
            pixels=", ".join(map(str, matrix[:, followed])),
            followed=followed,
        )
    )
    return figure


def show_batch_and_layer(**sizes):
    """Show the figure of batch_and_layer_figure, which takes the same arguments."""
    batch_and_layer_figure(**sizes)
    plt.show()


def batch_and_layer_figure(*, samples=4, features=6):
    """Draw the entries of x (N, D) that share a mean in batch and in layer normalization.

    Inputs:
    - samples: N
    - features: D

    Returns the Figure. Names of cells: 'batch' or 'layer', with ', marked' for the entries that
    share a mean.
    """
    figure, axes = empty_figure(8, 2.9)
    i, j = min(1, samples - 1), min(2, features - 1)
    titles = {"batch": tr_drawn("batch normalization"), "layer": tr_drawn("layer normalization")}
    for number, (kind, title) in enumerate(titles.items()):
        left = number * (features + 3)
        for row, column in np.ndindex(samples, features):
            marked = column == j if kind == "batch" else row == i
            draw_cell(axes, row, left + column, name=_name(kind, marked), fill=ORANGE if marked else None)
        write_words(axes, left + features / 2, -1.2, title)
        write_words(axes, left + features / 2, samples + 0.5, tr_drawn("features"))
        write_words(axes, left - 0.5, samples / 2, tr_drawn("samples"), rotation=90)
        if kind == "batch":
            write_words(axes, left + j + 0.5, -0.5, r"$\mu_d,\ \sigma_d^2$")
        else:
            write_words(axes, left + features + 0.9, i + 0.5, r"$\mu_n,\ \sigma_n^2$")
    fit_axes(axes, 2 * features + 4.7, samples + 0.9, above=1.6, margin=0.9)
    figure.set_label(
        tr(
            "Two tables with a row for each sample and a column for each feature. In batch normalization, the entries"
            " of a column share a mean and a variance. In layer normalization, those of a row do."
        )
    )
    return figure


def show_normalizations(**sizes):
    """Show the figure of normalizations_figure, which takes the same arguments."""
    normalizations_figure(**sizes)
    plt.show()


def normalizations_figure(*, samples=3, channels=6, pixels=4, groups=2):
    """Draw the block of feature maps, samples × channels × pixels, for four normalizations.

    Inputs:
    - samples: N
    - channels: C
    - pixels: number of pixels of a feature map, height and width in one axis
    - groups: G, a divisor of C

    Returns the Figure. Names of faces: the kind of normalization, with ', marked' for the entries
    that share a mean.
    """
    figure, axes = empty_figure(11, 3)
    step = channels + 0.55 * samples + 1.6
    titles = {
        "batch": tr_drawn("batch"),
        "layer": tr_drawn("layer"),
        "group": tr_drawn("group"),
        "instance": tr_drawn("instance"),
    }
    for number, (kind, title) in enumerate(titles.items()):
        marks = shares_statistics(kind, samples, channels, pixels, groups=groups)
        _block(axes, number * step, marks, kind)
        write_words(axes, number * step + channels / 2, pixels + 0.7, tr_drawn("channels"))
        write_words(axes, number * step + channels / 2, pixels + 1.7, title, size=13)
    write_words(axes, -0.5, pixels / 2, tr_drawn("pixels"), rotation=90)
    write_words(
        axes, 3 * step + channels + 0.35 * samples + 0.5, pixels - 0.2 * samples + 0.3, tr_drawn("samples"), rotation=35
    )
    fit_axes(axes, 4 * step, pixels + 2, above=0.4 * samples + 0.3, margin=0.9)
    figure.set_label(
        tr(
            "Four blocks of {samples} samples, {channels} channels and the pixels. The marked values share a mean and a"
            " variance. Batch: one channel of all samples. Layer: all channels of one sample. Group: {neighbours}"
            " neighbouring channels of one sample. Instance: one channel of one sample.",
            samples=samples,
            channels=channels,
            neighbours=channels // groups,
        )
    )
    return figure


def shares_statistics(kind, samples, channels, pixels, *, groups=1):
    """Return the entries that share statistics with the first sample's last channel.

    Inputs:
    - kind: 'batch', 'layer', 'instance' or 'group'
    - samples, channels, pixels: shape of the block
    - groups: number of groups, a divisor of channels; default 1

    Returns a bool array (samples, channels, pixels). Raises ValueError for another kind or number
    of groups.
    """
    if groups < 1 or channels % groups:
        words = {"channels": channels, "groups": groups}
        raise ValueError(tr("expected a number of groups that divides the {channels} channels, got {groups}", **words))
    neighbours = {"batch": 1, "layer": channels, "instance": 1, "group": channels // groups}
    if kind not in neighbours:
        raise ValueError(tr("expected one of {kinds} as kind, got {kind!r}", kinds=", ".join(neighbours), kind=kind))
    marks = np.zeros((samples, channels, pixels), dtype=bool)
    marks[: samples if kind == "batch" else 1, channels - neighbours[kind] :] = True
    return marks


def _block(axes, left, marks, kind):
    """Draw the faces of a block: front (first sample), top (first pixel), side (last channel)."""
    samples, channels, pixels = marks.shape
    across, up = 0.55, 0.4  # offset of the next sample, in cells

    def face(corners, marked):
        points = [(left + column + across * depth, row - up * depth) for column, row, depth in corners]
        axes.add_patch(
            Polygon(
                points, facecolor=ORANGE if marked else "none", edgecolor=INK, linewidth=0.8, gid=_name(kind, marked)
            )
        )

    for c, p in np.ndindex(channels, pixels):
        face([(c, p, 0), (c + 1, p, 0), (c + 1, p + 1, 0), (c, p + 1, 0)], marks[0, c, p])
    for n, c in np.ndindex(samples, channels):
        face([(c, 0, n), (c + 1, 0, n), (c + 1, 0, n + 1), (c, 0, n + 1)], marks[n, c, 0])
    for n, p in np.ndindex(samples, pixels):
        face([(channels, p, n), (channels, p, n + 1), (channels, p + 1, n + 1), (channels, p + 1, n)], marks[n, -1, p])


def _out_size(size, window, stride, pad):
    return 1 + (size + 2 * pad - window) // stride


def _name(what, marked):
    return f"{what}, marked" if marked else what


def empty_figure(width, height):
    """Return a figure and its axes without a frame. - width, height: in inches."""
    figure, axes = plt.subplots(figsize=(width, height), facecolor="none", layout="constrained")
    axes.axis("off")
    axes.set_aspect("equal")
    return figure, axes


def draw_cell(axes, row, column, *, name, fill=None, text="", alpha=1.0, hatch=None):
    """Draw a square with a name, and a text in it."""
    face = to_rgba(fill, alpha) if fill else "none"
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor=INK, linewidth=0.8, hatch=hatch, gid=name))
    write_words(axes, column + 0.5, row + 0.5, text, size=9, color="white" if fill else INK)


def write_words(axes, column, row, text, *, size=11, color=INK, rotation=0):
    """Write a text around a place."""
    if text:
        style = {"fontsize": size, "fontfamily": font_families(text), "color": color, "rotation": rotation}
        axes.text(column, row, text, ha="center", va="center", **style)


def fit_axes(axes, right, bottom, *, above, margin=0.2):
    """Set the limits of the axes: rows count downwards, and cells are squares."""
    axes.set_xlim(-margin, right + 0.2)
    axes.set_ylim(bottom + 0.1, -above)
