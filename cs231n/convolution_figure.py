"""Figure of a convolution with several channels and filters, with all its numbers."""

import matplotlib.pyplot as plt
import numpy as np

from cs231n.figures import BLUE, GREEN, ORANGE, draw_cell, empty_figure, fit_axes, write_words
from cs231n.labels import tr_drawn
from student_tools.language import tr

__all__ = ["convolution_figure", "show_convolution"]


def show_convolution(**options):
    """Show the figure of convolution_figure, which takes the same arguments."""
    convolution_figure(**options)
    plt.show()


def convolution_figure(*, channels=3, filters=2, size=4, filter_size=3, seed=201):
    """Draw an image, the filters, and the feature maps with stride 1 and without padding.

    The image has values from 0 to 3, the weights and the biases are -1, 0 or 1. The last window of
    the first row is marked, with the first filter and its output. A line shows how the sums
    of the channels and the bias add up to this output.

    Inputs:
    - channels: number of channels of the image, at least 1
    - filters: number of filters, at least 1
    - size: height and width of the image
    - filter_size: height and width of the filters, at most size
    - seed: seed of the random numbers

    Returns the Figure. Names of cells: 'pixel', 'weight', 'bias' and 'output', with ', marked' for
    the marked ones.

    Raises ValueError if the filters are larger than the image.
    """
    if not 1 <= filter_size <= size:
        raise ValueError(
            tr("expected a filter_size from 1 to {size}, the size of the image; got {got}", size=size, got=filter_size)
        )
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (channels, size, size))
    w = rng.integers(-1, 2, (filters, channels, filter_size, filter_size))
    b = rng.integers(-1, 2, filters)
    windows = np.lib.stride_tricks.sliding_window_view(x, (filter_size, filter_size), axis=(1, 2))
    out_size = windows.shape[1]
    out = np.einsum("cijpq,fcpq->fij", windows, w) + b[:, None, None]
    sums = np.einsum("cpq,cpq->c", windows[:, 0, -1], w[0])

    figure, axes = empty_figure(10, 5.6)
    step = size + 1
    for c, row, column in np.ndindex(x.shape):
        marked = row < filter_size and column >= size - filter_size
        draw_cell(
            axes,
            c * step + row,
            column,
            name="pixel, marked" if marked else "pixel",
            fill=ORANGE if marked else None,
            text=str(x[c, row, column]),
        )
    for c in range(channels):
        write_words(axes, -0.5, c * step + size / 2, tr_drawn("channel {number}", number=c), rotation=90)
    write_words(axes, size / 2, -0.6, tr_drawn("image {channels} × {size} × {size}", channels=channels, size=size))

    for f in range(filters):
        left = size + 2 + f * (filter_size + 1.5)
        name, fill = ("{}, marked", BLUE) if f == 0 else ("{}", None)
        for c, row, column in np.ndindex(w.shape[1:]):
            top = c * step + (size - filter_size) / 2 + row
            draw_cell(
                axes, top, left + column, name=name.format("weight"), fill=fill, text=_signed(w[f, c, row, column])
            )
        write_words(axes, left + filter_size / 2, -0.6, tr_drawn("filter {number}", number=f))
        middle = left + filter_size / 2 - 0.5
        draw_cell(axes, channels * step, middle, name=name.format("bias"), fill=fill, text=_signed(b[f]))
        write_words(axes, left + filter_size / 2, channels * step + 1.5, tr_drawn("bias {number}", number=f))

    left = size + 2 + filters * (filter_size + 1.5) + 1.5
    write_words(axes, left - 1.5, channels * step / 2 - 0.5, "→", size=20)
    height = filters * (out_size + 1.6)
    for f, row, column in np.ndindex(out.shape):
        top = (channels * step - height) / 2 + f * (out_size + 1.6)
        marked = f == 0 and row == 0 and column == out_size - 1
        draw_cell(
            axes,
            top + row,
            left + column,
            name="output, marked" if marked else "output",
            fill=GREEN if marked else None,
            text=_signed(out[f, row, column]),
        )
        if row == column == 0:
            write_words(axes, left + out_size / 2, top - 0.5, tr_drawn("feature map {number}", number=f))
    terms = [*(tr_drawn("channel {number}", number=c) for c in range(channels)), tr_drawn("bias")]
    total = f"{_sum_words([*sums, b[0]])} = {_signed(out[0, 0, -1])}"
    caption = tr_drawn("marked output: {terms} = {total}", terms=" + ".join(terms), total=total)
    right = max(left + out_size + 1, 0.3 * len(caption))
    write_words(axes, right / 2, channels * step + 2.7, caption)
    fit_axes(axes, right, channels * step + 3.2, above=1.1, margin=1)
    figure.set_label(
        tr(
            "A convolution without padding and with stride 1. The image has {channels} channels of {size} × {size}"
            " pixels. Each of the {filters} filters has {channels} × {filter_size} × {filter_size} weights and a bias,"
            " and gives a feature map of {out_size} × {out_size}. The marked output is the sum of the products of the"
            " marked window and filter 0 in all channels, plus the bias: {total}.",
            channels=channels,
            size=size,
            filters=filters,
            filter_size=filter_size,
            out_size=out_size,
            total=total,
        )
    )
    return figure


def _signed(number):
    """Return an integer as text with a minus sign of the same width as a plus sign."""
    return str(number).replace("-", "−")


def _sum_words(numbers):
    """Return numbers as a sum: 3 − 1 + 2."""
    first, *others = map(int, numbers)
    return _signed(first) + "".join(f" {'−' if number < 0 else '+'} {abs(number)}" for number in others)
