"""What was asked of whom, and what came out: grids, the cells that they plan, and the records of their runs.

- `grids`: what to run. A grid's file, its rows and seeds, and what its rows are asked.
- `records`: what came of it. Records, the attempts of a cell, and cells that others have published.
- `running`: from the one to the other. Plans, workers, the launcher, Slurm, publishing.
- `comparing`: the rows of a grid against their base, over seeds.

Nothing here needs torch to plan or to read.
"""
