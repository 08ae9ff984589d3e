"""Export points and results for other systems."""

__all__ = ["FORMATS"]

FORMATS = ("csv", "json", "canvas", "moodle", "gradescope")
