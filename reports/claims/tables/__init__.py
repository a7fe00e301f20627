"""Published tables, row by row: what a grid's rows are set beside, and what claims are generated from."""
