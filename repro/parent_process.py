"""A child process that ends with the process that started it: a parent that is killed ends no child by itself."""

import os
import threading
import time

CHECK_SECONDS = 1.0
"""Time between two looks at whether the parent is still there."""


def end_with_parent(parent: int | None = None) -> None:
    """End this process, even while it waits, soon after its parent is gone.

    Args:
        parent: process number of the parent; None: the parent now. A child whose parent may be gone already names it.
    """
    awaited = os.getppid() if parent is None else parent

    def watch() -> None:
        while os.getppid() == awaited:
            time.sleep(CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
