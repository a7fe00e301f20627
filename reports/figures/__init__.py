"""The figures of the page: a module for each section, and what they share.

A section's module has `section(report, language)`, which is None where it has no records.
"""
