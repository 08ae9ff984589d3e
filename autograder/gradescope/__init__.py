"""Gradescope: the autograder as a zip, and a result in the form that Gradescope shows to students."""
