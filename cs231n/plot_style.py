"""Style of the notebooks' plots, readable on light and on dark pages."""

__all__ = ["COLOURS", "LINES", "use_plot_style"]

# Axes and text are grey, with enough contrast to white and to black. So are the three colours of curves, which also
# differ in brightness, for readers who cannot distinguish their hues. A test computes the contrasts.
LINES = "#787878"
COLOURS = ("#2b7bba", "#d95f02", "#229a6f")


def use_plot_style():
    """Set Matplotlib's defaults for the notebook.

    Figures have a transparent background and a constrained layout. Images are shown without
    interpolation, and in grey if they have one channel.
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
