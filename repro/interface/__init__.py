"""The Python interface: the parts of `repro` and `cli` as functions. Those that `repro` lists are public."""
