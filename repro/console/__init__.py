"""Shared by the commands `repro`, `ablate` and `report`: parsing, messages, running grids and showing them."""
