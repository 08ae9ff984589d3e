"""Makes plain `nbgrader …` commands in this folder use the kit's settings and its way of scoring."""

from pathlib import Path

import autograder.gradebook

load_subconfig("nbgrader_settings.py", path=str(Path(autograder.gradebook.__file__).parent))  # noqa: F821 - a config file's own
load_subconfig("course_config.py")  # noqa: F821
