"""The processor cores that this process may use."""

import os


def usable_cores() -> int:
    """How many cores this process may use: those that a scheduler or container leaves it, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
