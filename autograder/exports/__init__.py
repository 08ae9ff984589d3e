"""Marks and results in the forms that other systems take in."""
