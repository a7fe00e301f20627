"""`repro verify`: runs a record's cell in a directory of its own, with the record's code and versions, and compares.

room.py          the room: an empty directory for one record, which a stopped command leaves and the next one uses
source.py        the record's commit, checked out there
interpreter.py   a Python of the record's version
environment.py   the packages that the record names, resolved to wheels and hashes once, and kept
cell_run.py      runs the cell there, by the command of its own commit
data_check.py    whether its training data are the record's
curve.py         the learning curve of the first updates beside the kept one
judgement.py     the result: tables, sentences, an exit status, JSON
verify.py        all these steps, in order
"""
