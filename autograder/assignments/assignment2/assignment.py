"""The settings of this assignment."""

c = get_config()  # noqa: F821 - given by the configuration loader

# The notebooks that are handed out, in the order in which they build on each other; [] means all of the folder. Of the
# others students get the solved functions that these need, as part of the package. nbgrader's own commands know nothing
# of this list: they take every notebook of the folder.
c.Assignment.notebooks = ["FullyConnectedNets", "BatchNormalization", "Dropout", "ConvolutionalNetworks"]
c.Assignment.total_points = 170  # what the points of hidden tests and those that a person gives add up to

# Exercises and questions, by name, that went wrong: those that count for nobody (total_points is less by their points
# then), and those for which everybody gets all points
c.Assignment.void = []
c.Assignment.full_points = []

# What one hidden test may use
c.Assignment.test_seconds = 10  # by the clock on the wall, without waiting for a processor
c.Assignment.cpu_seconds = 10  # of the processor
c.Assignment.exercise_seconds = 40  # once the tests of an exercise took this long, each other has one second
c.Assignment.submission_seconds = 90  # once a submission took this long, each test gets one more second
c.Assignment.memory_mb = 1024  # memory of the process that runs the student's code
c.Assignment.reply_mb = 64  # size of the arrays that one call may send back
c.Assignment.output_chars = 2000  # printed text that is kept for the grader; the rest is dropped
c.Assignment.message_chars = 500  # text of an exception that is shown; the rest is cut off

# Rules that a course may choose, and the values that each can have. Hidden tests get them as `options`. A cell of the
# notebooks with the tag max-pool-ties-every is released where the option max_pool_ties is "every".
# max_pool_ties: what is right where several pixels share the maximum of a pooling window. "subgradient" takes any split
# of the gradient that adds up to it; "every" also takes the whole gradient at each of them.
c.Assignment.options = {"max_pool_ties": "subgradient"}
c.Assignment.choices = {"max_pool_ties": ["subgradient", "every"]}

# The package that students get beside the notebooks, and what their code may import of it, and of other packages in
# addition to NumPy, while it is graded. The first policy is that of every hidden test that names no other one.
# The naive layers are to be written, not called from a library that has them.
PROVIDED = ["check", "gradient_check", "layers", "notebook"]
FAST_LAYERS = ["_fast", "_fast_affine", "_fast_backend", "_fast_checks", "_fast_fused", "_fast_numpy", "_fast_relu"]
FAST_LAYERS += ["_fast_threads", "fast_layers", "layer_utils"]
c.Assignment.package = "cs231n"
c.Assignment.import_policies = {
    "naive": {"modules": PROVIDED},
    "fast layers": {"modules": PROVIDED + FAST_LAYERS, "packages": ["scipy"]},
}

# Words of the exercises' names that the table of `make autograde` shortens
c.Assignment.abbreviations = {
    "batchnorm": "bn",
    "layernorm": "ln",
    "groupnorm": "gn",
    "spatial": "s",
    "max": "",
    "naive": "",
    "forward": "fwd",
    "backward": "bwd",
    "ThreeLayerConvNet": "net",
}
