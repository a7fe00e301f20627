"""The command `repro`: a module for each of its commands, and what it shares with `ablate` and `report`."""
