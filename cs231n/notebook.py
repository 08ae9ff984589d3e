"""Definitions out of a notebook: the functions and classes that somebody wrote in it, without running it.

A later notebook uses what an earlier one defined::

    from cs231n.notebook import definitions
    batchnorm_forward, batchnorm_backward = definitions(
        "BatchNormalization.ipynb", "batchnorm_forward", "batchnorm_backward")

See student_tools.notebook for what is kept of a cell.
"""

from pathlib import Path

from student_tools.notebook import definitions_for

__all__ = ["definitions"]

# The release puts copies of notebooks that are not handed out into this folder of the student bundle.
definitions = definitions_for(Path(__file__).with_name("provided"))
