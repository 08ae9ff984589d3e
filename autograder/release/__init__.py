"""Make the student version from the source notebooks: validate, generate with nbgrader, bundle, check for leaks."""
