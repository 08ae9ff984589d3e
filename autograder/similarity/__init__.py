"""Find submissions that share code that is rare in the class, for manual review."""
