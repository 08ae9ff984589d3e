"""Naming schemes of learning management systems: owner and time of each file of a download."""
