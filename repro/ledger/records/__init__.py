"""The results of cells: attempts, their records, and the records that others have published."""
