"""What to run: a grid's file, its rows and their configurations, the cells that follow, and what rows are asked."""
