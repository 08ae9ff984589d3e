"""One submission: its hidden tests are run in the sandbox, what went wrong is named, points are worked out."""
