"""The experiments on one trained model, a file a paper, and what they share.

workbench.py   the data, the models and the texts that are looked into, each made once
metrics.py     from numbers to metrics with their definitions
jain.py        Jain & Wallace: correlation, permutation, adversaries
wiegreffe.py   Wiegreffe & Pinter: uniform weights, seeds, trained adversaries, guides
ours.py        what neither paper has: reordered texts, planted evidence, the table of definitions
examples.py    some texts with all their attentions
"""
