"""Makes plain `nbgrader …` commands in this folder use the kit's settings and its way of scoring."""

load_subconfig("autograder/nbgrader_settings.py")  # noqa: F821 - given by the configuration loader
load_subconfig("course_config.py")  # noqa: F821
