"""nbgrader: its gradebook, its notebooks, its formgrader, and what keeps all three right."""
