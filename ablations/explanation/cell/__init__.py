"""One cell of the grid: a model and what the experiments say of it.

bench.py       the data, the models and the texts that are looked into, each made once
metrics.py     from numbers to metrics with their definitions
jain.py        Jain & Wallace: correlation, permutation, adversaries
wiegreffe.py   Wiegreffe & Pinter: uniform weights, seeds, trained adversaries, guides
beyond.py      what neither paper has: reordered texts, planted evidence, the table of definitions
examples.py    some texts with all their attentions
"""
