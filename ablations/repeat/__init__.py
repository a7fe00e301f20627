"""`ablate repeat`: runs the cells of records anew and compares each metric with its record.

command.py      the command: which cells are run, where, and what becomes of them
originals.py    the records that a command line means
records.py      all records of one grid at one scale
comparison.py   records and repetitions side by side, as tables and as an exit status
"""
