"""Load functions and classes from a notebook without running it.

A notebook can use the definitions of another one::

    from cs231n.notebook import definitions
    batchnorm_forward, batchnorm_backward = definitions(
        "BatchNormalization.ipynb", "batchnorm_forward", "batchnorm_backward")

See student_tools.notebook for the parts of a cell that are loaded.
"""

from pathlib import Path

from student_tools.notebook import definitions_for

__all__ = ["definitions"]

# The release puts copies of notebooks that are not released into this folder of the student bundle.
definitions = definitions_for(Path(__file__).with_name("provided"))
