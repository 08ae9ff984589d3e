"""Marks and results in the forms that other systems take in."""

__all__ = ["FORMATS"]

FORMATS = ("csv", "json", "canvas", "moodle", "gradescope")
