"""Gradescope integration: the autograder zip, and results.json."""
