"""Render results for students and for the terminal."""
