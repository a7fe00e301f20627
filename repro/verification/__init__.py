"""`repro verify`: a record's cell is run in a clean room, by the record's own code and versions, and compared.

room.py          the room: an empty directory for one record, taken up again where a command was stopped
source.py        the record's commit, checked out there
interpreter.py   a Python of the record's version
environment.py   the packages that the record names, resolved to hashes once, and kept
cell_run.py      the cell, run there by the command of its own commit
data_check.py    whether it is trained on what the record's was trained on
curve.py         the first updates' learning curve beside the kept one
judgement.py     what comes of it: tables, sentences, an exit status, JSON
verify.py        all this, in order
"""
