"""The files that the worker process loads: they import no other part of `autograder`.

The trusted side shares `protocol` and the `wire_…` modules.
"""
