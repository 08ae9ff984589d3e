"""Stands in for a package that jsonschema imports where it is installed, for formats that no notebook has.

The real one builds a grammar when it is imported, which costs each process of nbgrader or Jupyter two seconds.
"""

raise ImportError("not needed in these tests")
