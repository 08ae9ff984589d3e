"""Settings of the courses that the tests create, independent of those that an instructor edits."""

c = get_config()  # noqa: F821 - given by the configuration loader

c.CourseDirectory.course_id = "cs231n"
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.db_url = "sqlite:///gradebook.db"
c.AssignmentKit.assignment = "assignment2"
c.AssignmentKit.assignments = "autograder/assignments"
