"""Tools for students of any course: visible checks, `definitions` of other notebooks, the zip.

A course's package wraps them and adds its own name, its manifest of released cells
(`handed_out.json`), and copies of notebooks that are not released (`provided/`). No module here
names a course.
"""
