"""Known mistakes and known right programs, each a small change of a solution: what proves the hidden tests."""
