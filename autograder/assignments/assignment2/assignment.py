"""Settings of this assignment."""

c = get_config()  # noqa: F821 - given by the configuration loader

# Notebooks to release, in the order in which they build on each other; [] means all in the folder. If a notebook is
# left out, the package has the solved functions that the others need. nbgrader's own commands ignore this list: they
# use every notebook in the folder.
c.Assignment.notebooks = ["FullyConnectedNets", "BatchNormalization", "Dropout", "ConvolutionalNetworks"]
c.Assignment.total_points = 170  # sum of the points of hidden tests and of manually graded questions

# Names of faulty exercises and questions: those that do not count (subtract their points from total_points), and those
# for which all students get full points
c.Assignment.void = []
c.Assignment.full_points = []

# Limits of one hidden test. Times are those of the machine of docs/mutants.md; a slower machine gives more
c.Assignment.test_seconds = 1  # wall-clock time of the student's code; a test with large inputs may have its own limit
c.Assignment.cpu_seconds = 10  # CPU time of a process, which runs several tests
c.Assignment.exercise_seconds = 15  # after this time in an exercise, each further test has a tenth of test_seconds
c.Assignment.submission_seconds = 18  # the same for a submission
c.Assignment.memory_mb = 1024  # memory of the student's process
c.Assignment.reply_mb = 64  # size of the arrays that one call may return
c.Assignment.output_chars = 2000  # printed text that is stored; the rest is dropped
c.Assignment.message_chars = 500  # shown text of an exception; the rest is cut off

# Options that a course may choose, and their possible values. Hidden tests get them as `options`. A cell with the tag
# max-pool-ties-every is released only if the option max_pool_ties is "every".
# max_pool_ties: the correct gradient if several pixels share the maximum of a window. "subgradient" accepts any split
# that adds up to the gradient; "every" also accepts the full gradient at each of them.
c.Assignment.options = {"max_pool_ties": "subgradient"}
c.Assignment.choices = {"max_pool_ties": ["subgradient", "every"]}

# The package that students get with the notebooks, and the modules of it and packages other than NumPy that their code
# may import when it is graded. A hidden test without `imports` uses the first policy.
# Students must write the naive layers themselves, so they cannot import libraries with such layers.
PROVIDED = ["check", "gradient_check", "layers", "notebook"]
FAST_LAYERS = ["_fast", "_fast_affine", "_fast_backend", "_fast_checks", "_fast_fused", "_fast_numpy", "_fast_relu"]
FAST_LAYERS += ["_fast_threads", "_fast_winograd", "fast_layers", "layer_utils"]
c.Assignment.package = "cs231n"
c.Assignment.import_policies = {
    "naive": {"modules": PROVIDED},
    "fast layers": {"modules": PROVIDED + FAST_LAYERS, "packages": ["scipy"]},
}

# Libraries that `lite` compiles for Python in a browser: file → its source in C, both relative to the package
c.Assignment.browser_libraries = {"kernels.wasm": "kernels/kernels_wasm.c"}

# Abbreviations of words in exercise names, for the table of `make autograde`
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
