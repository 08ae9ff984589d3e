"""The course: settings, secret, and assignments as their source notebooks describe them."""
