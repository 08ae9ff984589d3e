"""Scoring of one submission: run hidden tests in the sandbox, diagnose mistakes, award points."""
