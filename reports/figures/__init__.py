"""The figures of the page: a module for each section, and what they share.

A section's module has `section(report, language)`, which is None where it has no records. They share `drawing.py`
(vector graphics), `rendering.py` (texts and templates), `measurements.py` (what is read from records), `models.py`
(the models that have a BLEU) and `cost.py` (what training costs, a part of Table 2).
"""
