"""Mutants (known mistakes) and variants (correct code): changes of solutions."""
