"""Compares a grid's rows by their records over seeds, and refuses comparisons that would be invalid."""
