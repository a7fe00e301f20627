"""From a plan to records: workers, the launcher, Slurm, the machine, and publishing what is finished."""
