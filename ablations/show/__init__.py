"""`ablate list`, `plan`, `status` and `show`: they look at grids and cells, and start nothing.

commands.py     the four commands
own_grids.py    grids that are not shipped, found by their records
"""
