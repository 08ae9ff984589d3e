"""The settings of the course.

nbgrader reads this file too, so any nbgrader option can be set here (`nbgrader generate_config` lists them all).
"""

c = get_config()  # noqa: F821 - given by the configuration loader

# The course
c.CourseDirectory.course_id = "cs231n"

c.AssignmentKit.assignment = "assignment2"  # the default of ASSIGNMENT in `make …`
# The folder of the assignments. Each has a folder with its settings (assignment.py), hidden tests and mutants
c.AssignmentKit.assignments = "autograder/assignments"

# Scoring
c.AssignmentKit.jobs = 0  # submissions scored at the same time; 0: one per processor core

# When Gradescope shows students the titles, points and messages of the hidden tests: "visible" (at once),
# "after_due_date", "after_published" or "hidden"
c.AssignmentKit.gradescope_visibility = "visible"

# Readers of the files with marks and students' work: "owner", "group" (graders who share a folder) or "everyone"
c.AssignmentKit.marks_readable_by = "owner"

# For the README of the student version, in Markdown: the rule about AI assistants, and where to ask questions.
# "" leaves the README's own words
c.AssignmentKit.ai_policy = ""
c.AssignmentKit.where_to_ask = ""

# The address at which you publish the site of `make lite`, such as "https://NAME.github.io/COURSE/"; "" for none
c.AssignmentKit.lite_url = ""

# Late policy: "none" takes no points off, "zero" gives a late submission no points (see nbgrader's documentation)
c.LateSubmissionPlugin.penalty_method = "none"

# Folders and database, as nbgrader names them
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.release_directory = "release"
c.CourseDirectory.submitted_directory = "submitted"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "feedback"
c.CourseDirectory.db_url = "sqlite:///gradebook.db"
