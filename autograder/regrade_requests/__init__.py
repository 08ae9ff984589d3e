"""What a grader needs who is asked why: the hidden inputs on which one submission lost points, as programs to run."""
