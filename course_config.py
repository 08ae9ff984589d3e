"""The settings of your course: the one file an instructor edits.

nbgrader reads this file too, so any nbgrader option can be set here (`nbgrader generate_config` lists them all).
"""

c = get_config()  # noqa: F821 - given by the configuration loader

# The course
c.CourseDirectory.course_id = "cs231n"

c.AssignmentKit.assignment = "assignment2"  # what `make …` works on when ASSIGNMENT is not given
# The notebooks that are handed out, in the order in which they build on each other; [] means all of the folder. Of the
# others students get the solved functions that these need, as part of the package. nbgrader's own commands know nothing
# of this list: they take every notebook of the folder.
c.AssignmentKit.notebooks = ["FullyConnectedNets", "BatchNormalization", "Dropout", "ConvolutionalNetworks"]
c.AssignmentKit.total_points = 170  # what the points of hidden tests and those that a person gives add up to

# Exercises and questions, by name, that went wrong: those that count for nobody (total_points is less by their points
# then), and those for which everybody gets all points
c.AssignmentKit.void = []
c.AssignmentKit.full_points = []

# What one hidden test may use
c.AssignmentKit.test_seconds = 10  # by the clock on the wall, without waiting for a processor
c.AssignmentKit.cpu_seconds = 10  # of the processor
c.AssignmentKit.exercise_seconds = 40  # once the tests of an exercise took this long, each other has one second
c.AssignmentKit.submission_seconds = 90  # once a submission took this long, each test gets one more second
c.AssignmentKit.memory_mb = 1024  # memory of the process that runs the student's code
c.AssignmentKit.reply_mb = 64  # size of the arrays that one call may send back
c.AssignmentKit.output_chars = 2000  # printed text that is kept for the grader; the rest is dropped
c.AssignmentKit.message_chars = 500  # text of an exception that is shown; the rest is cut off

# What is right where several pixels share the maximum of a pooling window: "subgradient" takes any split of the
# gradient that adds up to it; "every" also takes the whole gradient at each of them. The notebook tells students which.
c.AssignmentKit.max_pool_ties = "subgradient"

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
