"""Regrade requests: their record, and the hidden inputs on which a submission lost points, as scripts."""
