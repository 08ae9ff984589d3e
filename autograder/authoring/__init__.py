"""Tools for authors of exercises: templates of new courses, assignments and exercises; proof of hidden tests."""
