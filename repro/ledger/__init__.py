"""Grids, the cells that they plan, and the records of their runs.

- `grids`: what to run. A grid's file, its rows and seeds, and the questions that its rows answer.
- `records`: the results. Records, the attempts of a cell, and cells that others have published.
- `running`: from grids to records. Plans, workers, the launcher, Slurm, publishing.
- `comparing`: the rows of a grid against their base, over seeds.

Nothing here needs torch to plan or to read.
"""
