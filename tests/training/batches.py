"""Random sentences and batches, for the tests of training."""

import numpy as np
import torch

from repro.data.vocabulary import BOS, EOS
from repro.models.masks import PAD
from repro.training.batch import Batch


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


class RandomSplit:
    """Some sentences of random lengths, behind the interface of a prepared split."""

    def __init__(self, count, seed=1, longest=12):
        rng = np.random.default_rng(seed)
        self._source = [[*rng.integers(4, 20, rng.integers(1, longest)), EOS] for _ in range(count)]
        self._target = [[*rng.integers(4, 20, rng.integers(1, longest)), EOS] for _ in range(count)]
        self.source_lengths = np.array([len(row) for row in self._source])
        self.target_lengths = np.array([len(row) for row in self._target])

    def __len__(self):
        return len(self._source)

    def source(self, i):
        return np.array(self._source[i])

    def target(self, i):
        return np.array(self._target[i])

    def rows(self, side, sentences):
        found = [getattr(self, side)(int(i)) for i in sentences]
        width = max(map(len, found))
        return np.array([[*row, *[0] * (width - len(row))] for row in found], dtype=np.int64)
