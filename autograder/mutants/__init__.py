"""Mutants (known mistakes) and variants (correct implementations) as changes of solutions, to check hidden tests."""
