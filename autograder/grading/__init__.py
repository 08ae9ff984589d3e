"""A whole class: submissions are handed out, results kept, the gradebook and pages of feedback written."""
