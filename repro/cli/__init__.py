"""The command `repro`, one module a command."""
