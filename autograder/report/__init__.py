"""The report on a class, for those who teach it."""
