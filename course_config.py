"""The settings of your course: the one file an instructor edits.

nbgrader reads this file too, so any nbgrader option can be set here (`nbgrader generate_config` lists them all).
"""

c = get_config()  # noqa: F821 - given by the configuration loader

# The course
c.CourseDirectory.course_id = "cs231n"

c.AssignmentKit.assignment = "assignment2"  # what `make …` works on when ASSIGNMENT is not given
# The folder with a folder for each assignment: its settings in assignment.py, its hidden tests and what proves them
c.AssignmentKit.assignments = "autograder/assignments"

# How a class is scored
c.AssignmentKit.jobs = 0  # submissions scored at the same time; 0 means one per processor core

# When students see the hidden tests' titles, points and messages on Gradescope: "visible" at once, "after_due_date",
# "after_published" or "hidden"
c.AssignmentKit.gradescope_visibility = "visible"

# Who may read the files with marks and with students' work: "owner", "group" (graders who share a folder) or "everyone"
c.AssignmentKit.marks_readable_by = "owner"

# Late policy: "none" takes no points off, "zero" gives none to a late submission (see nbgrader's documentation)
c.LateSubmissionPlugin.penalty_method = "none"

# Folders and database, as nbgrader names them
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.release_directory = "release"
c.CourseDirectory.submitted_directory = "submitted"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "feedback"
c.CourseDirectory.db_url = "sqlite:///gradebook.db"
