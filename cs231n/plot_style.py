"""Style of the notebooks' plots, readable on light and on dark pages."""

import warnings

from cs231n.inline_figures import LINES, show_figures_as_svg
from cs231n.labels import font_families
from student_tools.language import tr

__all__ = ["COLOURS", "use_plot_style"]

# The three colours of curves contrast with white and with black. They also differ in brightness, for readers who cannot
# distinguish their hues. A test computes the contrasts.
COLOURS = ("#2b7bba", "#d95f02", "#229a6f")


def use_plot_style():
    """Set Matplotlib's defaults for the notebook.

    Figures have a transparent background and a constrained layout, and a notebook shows them in the
    colours of its page (see inline_figures). Images are shown without interpolation, and in grey if
    they have one channel. The font has the letters of the notebook's language. If no installed font
    has them, the text of the SVG stays text, which the browser draws with its own fonts.
    """
    from matplotlib import cycler, rcParams

    rcParams.update(
        {
            "figure.figsize": (10.0, 8.0),
            "figure.constrained_layout.use": True,
            "image.interpolation": "nearest",
            "image.cmap": "gray",
            "axes.prop_cycle": cycler(color=COLOURS),
            "legend.framealpha": 0.0,
        }
    )
    rcParams.update(dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "none"))
    grey = ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")
    rcParams.update(dict.fromkeys(grey, LINES))
    families = font_families(tr("Run this cell to see the figure."))
    if families:
        rcParams["font.family"] = list(dict.fromkeys(families))
    else:
        rcParams["svg.fonttype"] = "none"
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from", category=UserWarning)
    show_figures_as_svg()
