"""Times a fixed piece of training on one core of this machine: `python -m repro.cli.calibration`.

The times in a suite's file were measured on one machine. The ratio of this time here to that there scales them to this
machine. It runs in a process of its own, since a launcher must not have computed anything before it forks.
"""

import subprocess
import sys
import time

from repro.errors import BadInput

UPDATES, ROUNDS = 15, 4


def seconds_per_update() -> float:
    """Of a small Transformer in float32 on one thread: the quickest of some rounds, since other work only slows one."""
    import torch

    from repro.models import Transformer

    torch.set_num_threads(1)
    torch.manual_seed(1)
    network = Transformer(100, 1, N=2, d_model=64, d_ff=128, h=4, P_drop=0.0)
    optimiser = torch.optim.Adam(network.parameters(), 1e-4)
    ids = torch.randint(4, 100, (64, 12))

    def update() -> None:
        optimiser.zero_grad()
        network.states(ids, ids).square().mean().backward()
        optimiser.step()

    update()
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(UPDATES):
            update()
        rounds.append((time.perf_counter() - started) / UPDATES)
    return min(rounds)


def measured_apart() -> float:
    """`seconds_per_update` in a process of its own.

    Raises:
        BadInput: it could not be measured.
    """
    done = subprocess.run([sys.executable, "-m", "repro.cli.calibration"], check=False, capture_output=True, text=True)
    try:
        return float(done.stdout)
    except ValueError:
        reason = next(iter(done.stderr.strip().splitlines()[-1:]), f"it ended with status {done.returncode}")
        raise BadInput(f"the speed of this machine could not be measured ({reason}); leave --minutes out") from None


if __name__ == "__main__":
    print(seconds_per_update())
