"""`ablate repeat`: runs the cells of records anew and compares each metric with its record.

command.py      the command: which cells are run, where, and what becomes of them
originals.py    the records that a command line names

`repro/console/repetitions.py` compares them, since `repro verify` needs the same comparison.
"""
