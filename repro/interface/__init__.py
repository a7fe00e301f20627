"""What Python programs call: the parts of `repro` and `cli`, as functions; public are the names that `repro` lists."""
