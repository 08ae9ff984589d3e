"""A made-up class, with each known kind of submission."""
