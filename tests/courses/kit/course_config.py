"""This repository as a course, with the settings of the tests."""

c = get_config()  # noqa: F821 - given by the configuration loader

load_subconfig("../course_config.py")  # noqa: F821
c.CourseDirectory.source_directory = "../../../source"
c.CourseDirectory.release_directory = "../../../release"
c.AssignmentKit.assignments = "../../../autograder/assignments"
