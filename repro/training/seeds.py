"""Dropout that is a pure function of where training is, so that a resumed run draws the same masks."""

import numpy as np
import torch


def micro_batch_seed(seed: int, update: int, shard: int) -> int:
    """The seed of everything random in one micro-batch, well mixed, in [0, 2^63).

    Args:
        seed: of the run.
        update: the update the micro-batch belongs to, from 0.
        shard: which part of the global batch it is. Ranks and accumulation steps are both shards,
            so one device with 8 steps draws what 8 devices with one step draw.
    """
    state = np.random.SeedSequence([seed, update, shard]).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def seed_random_numbers(seed: int, device: torch.device) -> None:
    """Seed torch's random numbers on a device, as `torch.manual_seed` does on all kinds of devices.

    Where there is no GPU, that keeps the seed and a text of the call stack for a GPU to come. It takes longer than a
    small layer.
    """
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)
