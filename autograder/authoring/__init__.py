"""Tools for authors: templates of courses, assignments and exercises; proof of hidden tests."""
