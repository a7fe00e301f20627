"""Random batches, for the tests of what a GPU trains on."""

import numpy as np
import torch

from repro.models.masks import PAD
from repro.training.batch import Batch

EOS, BOS = 2, 1


def batch_of(lengths, capacity=48, longest=9, seed=1):
    """Random sentences with (source, target) lengths, the end symbol included."""
    generator = np.random.default_rng(seed)
    src = np.zeros((len(lengths), max(n for n, _ in lengths)), dtype=np.int64)
    labels = np.zeros((len(lengths), max(m for _, m in lengths)), dtype=np.int64)
    for b, (n, m) in enumerate(lengths):
        src[b, :n], labels[b, :m] = generator.integers(4, 20, n), generator.integers(4, 20, m)
        src[b, n - 1] = labels[b, m - 1] = EOS
    tgt = np.full_like(labels, BOS)
    tgt[:, 1:] = np.where(labels[:, 1:] == PAD, PAD, labels[:, :-1])
    return Batch(*map(torch.from_numpy, (src, tgt, labels)), capacity=capacity, longest=longest)


BATCHES = [
    [(3, 5), (9, 2), (1, 1)],
    [(9, 1)] * 5 + [(3, 9)],  # full on the source's side
    [(8, 8)] * 6,  # full on both: no padding
    [(1, 1)],
    [(5, 1), (4, 9), (1, 9), (2, 9), (3, 9), (2, 9)],
]
