"""Release: validate the source, make the student version, bundle it, check for leaks."""
