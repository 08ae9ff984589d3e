"""One sentence for each setting: the page of settings in docs/reference is made from them."""

__all__ = ["ASSIGNMENT_HELP", "COURSE_HELP", "NBGRADER_HELP"]

# c.AssignmentKit.… in course_config.py
COURSE_HELP = {
    "assignment": "The assignment that a command works on if none is named.",
    "assignments": "The folder with one folder for each assignment: its `assignment.py`, hidden tests and mutants.",
    "jobs": "Submissions scored, or solved notebooks run, at the same time. 0 means one per processor core.",
    "gradescope_visibility": "When students see the hidden tests' titles, points and messages on Gradescope.",
    "marks_readable_by": "Who may read the files with marks and with students' work.",
    "ai_policy": "Rule about AI assistants in the students' README, as Markdown. `\"\"` keeps the README's.",
    "lite_url": 'Address at which you publish the site of `lite`: a link in the same README. `""` leaves it out.',
    "where_to_ask": 'Where students ask questions, for the same README. `""` keeps the README\'s words.',
}
# c.Assignment.… in assignment.py
ASSIGNMENT_HELP = {
    "notebooks": "The released notebooks, in the order in which they build on each other. `[]` means every notebook of"
    " the source folder. Students get the functions of the other notebooks solved, where the released ones need them.",
    "total_points": "The points of all hidden tests and of all questions graded by hand. `release` compares the sum.",
    "void": "Exercises and questions that do not count. Reduce `total_points` by their points.",
    "full_points": "Exercises and questions for which every student gets all points.",
    "test_seconds": "Wall-clock time for the student's code in one hidden test, without the time spent waiting for a"
    " processor. A test with large inputs may have its own limit, the `seconds` of its `hidden_test`. On a slower"
    " machine all limits are longer.",
    "exercise_seconds": "Time for the tests of one exercise. After it, each remaining test gets a tenth of"
    " `test_seconds`.",
    "submission_seconds": "Time for one submission. After it, each remaining test gets a tenth of `test_seconds`, or is"
    " skipped.",
    "cpu_seconds": "Processor time for the process of a student's code, which runs several hidden tests.",
    "memory_mb": "Memory of the process that runs a student's code, in MB.",
    "reply_mb": "Size of the arrays that one call may return, in MB.",
    "output_chars": "Characters of printed text that are kept for the grader.",
    "message_chars": "Characters of an exception's text that are shown.",
    "options": "Rules of the course: name → value. Hidden tests get them as `options`.",
    "choices": "The values that each option can have: name → list of values.",
    "package": "The package that students get with the notebooks.",
    "import_policies": 'Name → what students\' code may import while it is graded: `"modules"` of the package, and'
    ' `"packages"` in addition to NumPy. A hidden test that names no policy uses the first one.',
    "browser_libraries": "Libraries of WebAssembly that `lite` compiles for the package: file → its source in C, both"
    " relative to the package.",
    "abbreviations": "Words of exercise names → their short forms in the table of `make autograde`.",
}
# nbgrader's settings in course_config.py that the kit reads: name → (default, help)
NBGRADER_HELP = {
    "CourseDirectory.course_id": ("", "The name of the course."),
    "CourseDirectory.source_directory": ("source", "The folder of the notebooks with solutions."),
    "CourseDirectory.release_directory": ("release", "The folder of the student version."),
    "CourseDirectory.submitted_directory": ("submitted", "The folder of the submissions."),
    "CourseDirectory.autograded_directory": ("autograded", "The folder of the notebooks that formgrader shows."),
    "CourseDirectory.feedback_directory": ("feedback", "The folder of the feedback pages."),
    "CourseDirectory.db_url": ("sqlite:///gradebook.db", "The database of the gradebook, as a URL of SQLAlchemy."),
    "Exchange.timezone": ("UTC", "The time zone of submission times without one of their own."),
    "LateSubmissionPlugin.penalty_method": ("none", "`zero` gives no points to a late submission."),
}
