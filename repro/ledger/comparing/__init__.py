"""What records of several seeds say of a grid's rows, and what must never be compared."""
