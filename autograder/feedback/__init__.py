"""Results in words, for the students they are of and for a terminal."""
