"""How plots look in the notebooks: readable at once, on a light page and on a dark one."""

__all__ = ["COLOURS", "LINES", "use_plot_style"]

# Axes and text: a grey that stands out from white and from black alike. Curves: three colours that do so too, and that
# differ in brightness for those who don't tell them apart by hue. A test computes the contrasts.
LINES = "#787878"
COLOURS = ("#2b7bba", "#d95f02", "#229a6f")


def use_plot_style():
    """Set Matplotlib's defaults for the notebook that calls this; returns nothing.

    Figures have no background of their own, so they take that of the page. Their parts are laid out without overlap.
    Small images are shown pixel by pixel, and in grey when they have one channel.
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
