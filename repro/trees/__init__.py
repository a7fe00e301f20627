"""Constituency trees: section 6.3 of "Attention Is All You Need", as text that a translation model reads and writes.

tree.py           words under constituents
brackets.py       the Penn Treebank's notation, read and written
usual_rules.py    the usual preprocessing of a treebank's trees before training
linearisation.py  a tree as a line of brackets, and back, however broken the line is
evalb.py          labelled precision, recall and F1
"""
