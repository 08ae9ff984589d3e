"""Test programs that make the mistakes of the catalogue in another style, one module per topic.

A mutant in autograder/mutants/ is the reference solution with a mistake in it. Students write other programs. Each
module here holds, for every exercise of its topic:

- PROGRAMS: dict of exercise → source of a correct function in a style that differs from the reference solution.
- MISTAKES: dict of exercise → dict of name of a mutant → how a student of that style makes the same mistake: either
  the substitutions in the program, ((old, new), …), or the source of a whole function.
- UNNAMED (optional): dict of exercise → dict of name of a mutant → why the diagnosis can't name the mistake in this
  style. Most of these mistakes end in an exception whose text depends on the style.

A backward pass reads the cache of the reference's forward pass, so it uses the layout of that cache.
tests/test_misconceptions.py runs the programs.
"""
