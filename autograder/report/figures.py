"""The drawings of the class report: SVG that is part of the page, takes its colours, and is the same each time."""

import io
import re
from html import escape

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

__all__ = ["draw_losses", "draw_scores"]

WIDTH = 5.0  # inches: as wide as a phone, so that letters are as large there as they should be
SETTINGS = {
    "svg.fonttype": "none",  # letters stay letters
    "svg.hashsalt": "class report",
    "font.size": 9,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}
# Stand-ins that are drawn with, and what the page has in their place: it knows whether the background is dark.
TEXT, BAR, OTHER, LINE = "#010101", "#020202", "#030303", "#040404"
COLOURS = {TEXT: "currentColor", BAR: "var(--bar)", OTHER: "var(--bar-2)", LINE: "var(--line)"}
SETTINGS |= dict.fromkeys(("text.color", "xtick.color", "ytick.color", "axes.labelcolor"), TEXT)
SETTINGS["axes.edgecolor"] = LINE


def draw_scores(counts, *, title, description):
    """The distribution of scores as bars.

    Inputs:
    - counts: submissions in each part of the range of scores. - title, description: what is read out instead.

    Returns: an `<svg>` element.
    """
    with rc_context(SETTINGS):
        figure, axes = _axes(2.1)
        places = range(len(counts))
        axes.bar(places, counts, width=0.9, color=BAR, clip_on=False)
        for place, count in zip(places, counts, strict=True):
            if count:
                axes.annotate(str(count), (place, count), (0, 2), textcoords="offset points", ha="center")
        axes.set_xticks([place - 0.5 for place in range(len(counts) + 1)])
        axes.set_xticklabels([f"{100 * step // len(counts)}" for step in range(len(counts) + 1)])
        axes.set_xlim(-0.5, len(counts) - 0.5)
        axes.set_ylim(0, max([*counts, 1]) * 1.12)
        axes.set_yticks([])
        axes.set_xlabel("score in percent of all points")
        return _svg(figure, "scores", title, description)


def draw_losses(losses, *, title, description):
    """Points lost per exercise as lying bars in two parts: what was attempted, what was not.

    Inputs:
    - losses: list of (exercise, points lost in attempts, points lost without one), as means over the class.
    - title, description: what is read out instead.

    Returns: an `<svg>` element.
    """
    with rc_context(SETTINGS):
        figure, axes = _axes(0.5 + 0.21 * len(losses))
        names = [name for name, _, _ in losses]
        wrong, blank = [[loss[part] for loss in losses] for part in (1, 2)]
        places = range(len(names))
        axes.barh(places, wrong, height=0.7, color=BAR, clip_on=False)
        axes.barh(places, blank, height=0.7, left=wrong, color=OTHER, clip_on=False)
        most = max([sum(pair) for pair in zip(wrong, blank, strict=True)] + [0.01])
        for place, total in zip(places, map(sum, zip(wrong, blank, strict=True)), strict=True):
            axes.annotate(f"{total:.2f}", (total, place), (3, 0), textcoords="offset points", va="center")
        axes.set_yticks(list(places), names)
        axes.invert_yaxis()
        axes.set_xlim(0, most * 1.12)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        return _svg(figure, "losses", title, description)


def _axes(height):
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def _svg(figure, name, title, description):
    """The figure as an element of a page: no declarations, no ids that two figures could share, nothing external."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    box = re.search(r'viewBox="([^"]*)"', text)[1]
    body = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)[1]
    body = re.sub(r"<metadata>.*?</metadata>|<defs>.*?</defs>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r' (id|clip-path)="[^"]*"', "", body)
    body = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", body)  # one release of Matplotlib writes it so, one
    body = re.sub(r" font-family: [^;\"]*;", "", body)  # so: the page's letters it shall be
    for colour, value in COLOURS.items():
        body = body.replace(colour, value)
    body = re.sub(r">\s+<", "><", body)
    return (
        f'<svg role="img" viewBox="{box}" aria-labelledby="{name}-title {name}-text">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{escape(description)}</desc>'
        f"{body.strip()}</svg>"
    )
