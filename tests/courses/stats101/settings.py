# Appended to the assignment.py that new-course writes.
c.Assignment.notebooks = ["Exercises", "Tables"]  # noqa: F821
c.Assignment.total_points = 15  # noqa: F821
c.Assignment.import_policies = {"default": {"modules": ["check", "notebook"], "packages": ["pandas"]}}  # noqa: F821
