"""The class report for instructors."""
