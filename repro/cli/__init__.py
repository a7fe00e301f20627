"""The command `repro`: one module for each of its commands, and what `suite` needs to fit a time limit."""
