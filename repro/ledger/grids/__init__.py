"""What to run: a grid's file, its rows and their configurations, their cells, and the questions that they answer."""
