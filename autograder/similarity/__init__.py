"""Code that few of a class have in common, for a person to look at."""
