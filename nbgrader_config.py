"""Settings for plain `nbgrader …` commands in this folder: they use the course's settings and hidden tests."""

from pathlib import Path

import autograder.gradebook

load_subconfig("nbgrader_settings.py", path=str(Path(autograder.gradebook.__file__).parent))  # noqa: F821 - a config file's own
load_subconfig("course_config.py")  # noqa: F821
