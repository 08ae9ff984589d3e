"""nbgrader integration: gradebook, autograded notebooks, exchange, formgrader."""
