"""Tools that students of any course use: visible checks, `definitions` of other notebooks, and the zip to hand in.

A course's package uses them and adds what depends on the course: its own name, its manifest of released cells
(`handed_out.json`), and copies of notebooks that were not released (`provided/`). Nothing here names a course.
"""
