"""Figures of fully connected networks. As in cs231n.figures, every part has a name."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle

from cs231n.figures import BLUE, INK, ORANGE, empty_figure, write_words
from cs231n.labels import tr_drawn
from student_tools.language import tr

__all__ = ["dropout_figure", "network_figure", "show_dropout", "show_network"]

BETWEEN, APART, RADIUS = 3.0, 0.9, 0.3  # columns of units; units of a column


def show_network(dims):
    """Show the figure of network_figure, which takes the same argument."""
    network_figure(dims)
    plt.show()


def network_figure(dims):
    """Draw the units of a network as columns of circles, and each weight as a line.

    Inputs:
    - dims: numbers of inputs, of units of each hidden layer, and of scores

    Returns the Figure. Names of parts: 'input', 'hidden', 'score', 'weight'.

    Raises ValueError if dims has fewer than two numbers.
    """
    if len(dims) < 2:
        raise ValueError(tr("expected dims with at least the numbers of inputs and scores, got {dims}", dims=dims))
    figure, axes = _figure(len(dims), max(dims))
    _network(axes, 0, dims, [np.ones(count, dtype=bool) for count in dims])
    for layer in range(1, len(dims)):
        words = tr_drawn("affine {layer}", layer=layer) + "\n"
        words += tr_drawn("{inputs} × {outputs} weights", inputs=dims[layer - 1], outputs=dims[layer])
        _words(axes, (layer - 0.5) * BETWEEN, -0.5 * APART * max(dims) - 0.3, words)
    _words(axes, 0, 0.5 * APART * max(dims) + 0.4, tr_drawn("input"))
    for layer in range(1, len(dims) - 1):
        _words(
            axes, layer * BETWEEN, 0.5 * APART * max(dims) + 0.4, tr_drawn("hidden {layer}", layer=layer) + "\n(ReLU)"
        )
    _words(axes, (len(dims) - 1) * BETWEEN, 0.5 * APART * max(dims) + 0.4, tr_drawn("scores"))
    figure.set_label(
        tr(
            "A network with {inputs} inputs, hidden layers of {hidden} units, and {scores} scores. A line joins each"
            " unit with all units of the next layer.",
            inputs=dims[0],
            hidden=", ".join(map(str, dims[1:-1])) or 0,
            scores=dims[-1],
        )
    )
    return figure


def show_dropout(**options):
    """Show the figure of dropout_figure, which takes the same arguments."""
    dropout_figure(**options)
    plt.show()


def dropout_figure(*, dims=(4, 6, 6, 3), keep_ratio=0.5, seed=1):
    """Draw a network in two training steps with random hidden units dropped, and at test time.

    Inputs:
    - dims: numbers of inputs, of units of each hidden layer, and of scores
    - keep_ratio: probability that a hidden unit is kept, default 0.5
    - seed: seed of the dropped units, default 1

    Returns the Figure. Names of parts: 'input', 'hidden', 'dropped', 'score', 'weight'.
    """
    rng = np.random.default_rng(seed)
    figure, axes = _figure(3 * len(dims), max(dims))
    width = (len(dims) - 1) * BETWEEN
    titles = tr_drawn("one step of training"), tr_drawn("another one"), tr_drawn("test time: all units")
    for number, title in enumerate(titles):
        kept = [np.ones(count, dtype=bool) for count in dims]
        if number < 2:
            kept[1:-1] = [rng.random(count) < keep_ratio for count in dims[1:-1]]
        left = number * (width + BETWEEN)
        _network(axes, left, dims, kept)
        _words(axes, left + width / 2, 0.5 * APART * max(dims) + 0.4, title, size=14)  # a wide figure is shown smaller
    figure.set_label(
        tr(
            "A network in two steps of training and at test time. In each step of training, random hidden units are"
            " dropped with all their weights, other units in each step. At test time all units are there."
        )
    )
    return figure


def _network(axes, left, dims, kept):
    """Draw the units, and the weights between kept units."""
    places = [
        [(left + layer * BETWEEN, APART * (unit - (count - 1) / 2)) for unit in range(count)]
        for layer, count in enumerate(dims)
    ]
    for layer in range(1, len(dims)):
        for (x0, y0), from_kept in zip(places[layer - 1], kept[layer - 1], strict=True):
            for (x1, y1), to_kept in zip(places[layer], kept[layer], strict=True):
                if from_kept and to_kept:
                    axes.plot([x0, x1], [y0, y1], color=INK, linewidth=0.6, zorder=1, gid="weight")
    for layer, column in enumerate(places):
        kind = "input" if layer == 0 else "score" if layer == len(dims) - 1 else "hidden"
        colour = ORANGE if kind == "score" else BLUE
        for place, is_kept in zip(column, kept[layer], strict=True):
            circle = {"facecolor": colour, "edgecolor": INK} if is_kept else {"fill": False, "edgecolor": INK}
            style = {"linestyle": "solid" if is_kept else "dashed", "gid": kind if is_kept else "dropped"}
            axes.add_patch(Circle(place, RADIUS, zorder=2, **circle, **style))


def _words(axes, x, y, text, size=10):
    write_words(axes, x, y, text, size=size)


def _figure(columns, rows):
    return empty_figure(min(1.6 * columns, 12), 0.5 * rows + 1.2)
