"""What a training process is set to, seen from a process of its own: settings are for good."""

import subprocess
import sys

ABOUT = """
import torch
from repro.training.process import settle_process
settle_process({threads})
small = torch.full((1 << 20,), 1e-30)
weights = torch.softmax(torch.linspace(-100.0, 0.0, 1 << 20), 0)
subnormal = (0 < weights) & (weights < torch.finfo().tiny)
print(torch.get_num_threads(), int((small * 1e-10 != 0).sum()), int(subnormal.sum()))
"""


def seen(threads: int) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", ABOUT.format(threads=threads)], check=True, capture_output=True, text=True
    )
    return [int(word) for word in done.stdout.split()]


def test_no_thread_computes_with_subnormal_numbers():
    assert seen(1) == [1, 0, 0]
    assert seen(2) == [2, 0, 0]
