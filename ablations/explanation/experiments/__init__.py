"""The experiments on one trained model, one file per paper, with their shared parts.

workbench.py   the data, the models and the inspected texts, each made once
metrics.py     from numbers to metrics with their definitions
jain.py        Jain & Wallace: correlation, permutation, adversaries
wiegreffe.py   Wiegreffe & Pinter: uniform weights, seeds, trained adversaries, guides
ours.py        additions of this project: reordered texts, planted evidence, the table of definitions
examples.py    some texts with all their attentions
"""
