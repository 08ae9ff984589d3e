"""Draw every figure of the notebooks as PNG and SVG, with warnings as errors; print the version of Matplotlib."""

import io
import warnings

import matplotlib

matplotlib.use("Agg")

from cs231n import convolution_figure, figures, network_figures
from cs231n.inline_figures import figure_html
from cs231n.plot_style import use_plot_style

DRAWN = (
    convolution_figure.convolution_figure,
    figures.sliding_window_figure,
    figures.im2col_figure,
    figures.batch_and_layer_figure,
    figures.normalizations_figure,
    lambda: network_figures.network_figure([6, 5, 4, 3]),
    network_figures.dropout_figure,
)

if __name__ == "__main__":
    warnings.simplefilter("error")
    # The oldest Matplotlib calls functions that the newest pyparsing is going to remove.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="matplotlib|pyparsing")
    use_plot_style()
    for draw in DRAWN:
        figure = draw()
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
        assert "currentColor" in figure_html(figure)
    print(f"matplotlib {matplotlib.__version__}: {len(DRAWN)} figures")
