"""`ablate list`, `plan`, `status` and `show`: they look at grids and cells, and start nothing.

commands.py        the four commands
base_in_words.py   what the base of a grid is, in one line
by_metric.py       a grid with its rows compared by another metric
own_grids.py       grids that are not shipped, found by their records
"""
