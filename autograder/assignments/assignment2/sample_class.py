"""Submissions of the sample class, each with one known mistake."""

from autograder.sample_class.profiles import (
    EVERYTHING,
    Sample,
    body,
    delete_cell,
    duplicate_cell,
    rename,
    strip_metadata,
    truncate,
    web_page,
)

__all__ = ["SAMPLES"]

CONVOLUTION, BATCHNORM = "ConvolutionalNetworks.ipynb", "BatchNormalization.ipynb"
CONNECTED, DROPOUT = "FullyConnectedNets.ipynb", "Dropout.ipynb"

SAMPLES = (
    Sample("all_right", "nothing"),
    Sample("all_blank", "handed in untouched", loses=EVERYTHING, state="not attempted"),
    Sample(
        "one_wrong",
        "dx is empty when nothing was padded",
        CONVOLUTION,
        loses=("conv_backward_naive",),
        mistakes={"conv_backward_naive": "empty-without-padding"},
    ),
    Sample(
        "partly_right",
        "momentum the wrong way round",
        BATCHNORM,
        loses=("batchnorm_forward",),
        mistakes={"batchnorm_forward": "momentum-reversed"},
    ),
    Sample(
        "not_corrected",
        "Adam without its corrections",
        CONNECTED,
        loses=("adam",),
        mistakes={"adam": "nothing-corrected"},
    ),
    Sample(
        "no_bias",
        "a layer without its bias, on which a network is built",
        CONNECTED,
        loses=("affine_forward",),
        mistakes={"affine_forward": "bias-forgotten"},
    ),
    Sample(
        "drops_with_p",
        "the probability of keeping taken for that of dropping",
        DROPOUT,
        loses=("dropout_forward",),
        mistakes={"dropout_forward": "drops-with-p"},
    ),
    Sample(
        "crashing",
        "one function ends its process",
        CONVOLUTION,
        loses=("spatial_groupnorm_backward",),
        change={"spatial_groupnorm_backward": body("__import__('os')._exit(1)")},
    ),
    Sample(
        "looping",
        "one function never ends",
        CONVOLUTION,
        loses=("max_pool_backward_naive",),
        change={"max_pool_backward_naive": body("while True: pass")},
    ),
    Sample(
        "syntax_error",
        "one cell is not Python",
        BATCHNORM,
        loses=("batchnorm_backward_alt",),
        change={"batchnorm_backward_alt": body("return dx, dgamma dbeta")},
    ),
    Sample(
        "deleted_cell",
        "one solution cell is gone",
        BATCHNORM,
        loses=("layernorm_backward",),
        state="graded after repair",
        damage=delete_cell(BATCHNORM, "layernorm_backward"),
        needs="layernorm_backward",
    ),
    Sample(
        "duplicated_cell",
        "an empty copy stands below a right answer",
        CONVOLUTION,
        state="graded after repair",
        damage=duplicate_cell(CONVOLUTION, "conv_forward_naive"),
        needs="conv_forward_naive",
    ),
    Sample(
        "cut_off",
        "one notebook was cut off when it was uploaded",
        CONVOLUTION,
        loses=(
            "ThreeLayerConvNet",
            *("spatial_batchnorm_forward", "spatial_batchnorm_backward"),
            *("spatial_groupnorm_forward", "spatial_groupnorm_backward"),
        ),
        state="graded after repair",
        damage=truncate(CONVOLUTION),
    ),
    Sample(
        "renamed",
        "one notebook has the name that the browser gave it",
        CONVOLUTION,
        state="graded after repair",
        damage=rename(CONVOLUTION, "ConvolutionalNetworks (1).ipynb"),
    ),
    Sample(
        "no_metadata",
        "a program took the names of all cells away",
        BATCHNORM,
        state="graded after repair",
        damage=strip_metadata(BATCHNORM),
    ),
    Sample(
        "not_json",
        "a web page was saved in the place of one notebook",
        CONVOLUTION,
        loses=EVERYTHING,
        state="needs attention",
        damage=web_page(CONVOLUTION),
    ),
)
