"""The processor cores that this process may use."""

import os
import time
from pathlib import Path

LOAD = Path("/proc/loadavg")
"""Its fourth word is how many threads run or wait for a core, and how many there are."""


def usable_cores() -> int:
    """How many cores this process may use: those that a scheduler or container leaves it, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def busy_cores(looks: int = 5, seconds_apart: float = 0.02) -> int | None:
    """How many threads other than this one want a core all the time, by several looks at the system (Linux).

    None where the system does not say, and where this process may use a part of the cores only: what the others do is
    then none of its concern.
    """
    if usable_cores() != os.cpu_count():
        return None
    running = []
    for look in range(looks):
        time.sleep(seconds_apart if look else 0.0)
        try:
            running.append(int(LOAD.read_text().split()[3].partition("/")[0]))
        except (OSError, ValueError, IndexError):
            return None
    return max(min(running) - 1, 0)
