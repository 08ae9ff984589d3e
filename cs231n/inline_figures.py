"""Figures of a notebook as SVG with an alternative text, in the colours of the page.

A PNG has fixed colours, so JupyterLab puts it on a white box in a dark theme. In the SVG, lines and
text have the colour of the page's text (`currentColor`). A reader of the screen gets the
alternative text.
"""

import html
import io
import re
import sys

from student_tools.language import tr

__all__ = ["alternative_text", "figure_html", "show_figures_as_svg"]

LINES = "#767676"  # grey of lines and text; contrast 4.5 to white in the PNG
NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
START = re.compile(r"<svg\b[^>]*?\bviewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
SIZE = re.compile(r"\bwidth=\"([\d.]+)pt\"")
GROUP = re.compile(r"<g id=\"[^\"]*\"")


def show_figures_as_svg():
    """Make IPython show each figure as SVG; without IPython, do nothing.

    The PNG stays in the notebook, for programs that show no HTML.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell:
        formatter = shell.display_formatter.formatters["text/html"]
        formatter.for_type_by_name("matplotlib.figure", "Figure", figure_html)


def figure_html(figure):
    """Return a figure as an HTML element, or None if it is empty."""
    if not figure.axes and not figure.lines:
        return None
    file = io.StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight", facecolor="none", metadata=NO_METADATA)
    text = file.getvalue()
    start = START.search(text)
    size = SIZE.search(start[0])
    # Several figures of a page have groups with equal names; nothing refers to groups.
    body = GROUP.sub("<g", text[start.end() :]).replace(LINES, "currentColor")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{start[1]}"'
        f' style="width: {size[1]}pt; max-width: 100%; height: auto" role="img"'
        f' aria-label="{html.escape(alternative_text(figure))}">{body}'
        # JupyterLab removes the SVG and "hidden" from a notebook that was run elsewhere.
        f"<p hidden>{html.escape(tr('Run this cell to see the figure.'))}</p>"
    )


def alternative_text(figure):
    """Return the alternative text of a figure.

    It is the figure's label, see `Figure.set_label`. Without one, the text names the axes, the
    curves and the titles of its plots.
    """
    return figure.get_label() or tr(". ").join(filter(None, map(_words, figure.axes)))


def _words(axes):
    """Describe one plot in a few words; "" if it has no names."""
    curves = tr(", ").join(axes.get_legend_handles_labels()[1])
    if not curves and axes.get_legend():
        curves = tr(", ").join(text.get_text() for text in axes.get_legend().get_texts())
    x, y, title = axes.get_xlabel(), axes.get_ylabel(), axes.get_title()
    plot = tr("{y} over {x}", x=x, y=y) if x and y else x or y
    return tr(": ").join(filter(None, (title, plot, curves)))
