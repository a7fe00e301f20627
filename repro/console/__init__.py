"""What the commands `repro`, `ablate` and `report` share: parsing, messages, running grids and showing them."""
