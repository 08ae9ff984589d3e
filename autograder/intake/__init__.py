"""Intake: turns a student's files into a Submission, without executing code or following links."""
