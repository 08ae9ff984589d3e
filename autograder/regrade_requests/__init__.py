"""Regrade requests: their record, and scripts with the hidden inputs of lost points."""
