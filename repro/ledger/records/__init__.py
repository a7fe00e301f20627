"""What came of a cell: its attempts, their records, and the records that others have published."""
