"""The settings of assignment 1."""

c = get_config()  # noqa: F821 - given by the configuration loader

c.Assignment.notebooks = ["KNearestNeighbors", "LinearClassifiers", "TwoLayerNet"]
c.Assignment.total_points = 37

c.Assignment.package = "cs231n"
c.Assignment.import_policies = {"package": {"modules": ["check", "gradient_check"]}}
