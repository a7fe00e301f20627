"""One micro-batch as tensors, and how it is cut from the global batch of its update."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from repro.data.batches import BatchPlan, shard
from repro.data.store import Split
from repro.data.vocabulary import BOS, PAD


@dataclass
class Batch:
    """Source and target ids of one micro-batch, padded with 0, and its place in training."""

    src: Tensor  # (B, n), each row ends with the end symbol
    tgt: Tensor  # (B, m), shifted right: each row begins with the start symbol
    labels: Tensor  # (B, m), each row ends with the end symbol
    update: int = 0  # which update it belongs to, from 0
    shard: int = 0  # which part of the update's global batch it is
    shards: int = 1  # into how many parts that is cut
    update_tokens: int = 0  # target tokens of the whole update
    epoch: int = 0
    last_of_update: bool = True  # on this rank
    capacity: int = 0  # tokens a side that few micro-batches of this training exceed
    longest: int = 0  # tokens of the longest sentence of all

    def to(self, device: torch.device, non_blocking: bool = False) -> "Batch":
        """The same on another device."""
        moved = {name: getattr(self, name).to(device, non_blocking=non_blocking) for name in TENSORS}
        return Batch(**{**vars(self), **moved})

    def pin_memory(self) -> "Batch":
        """The same in page-locked memory."""
        return Batch(**{**vars(self), **{name: getattr(self, name).pin_memory() for name in TENSORS}})


TENSORS = ("src", "tgt", "labels")

CAPACITY_MULTIPLE = 128
"""Capacities are rounded up to a multiple, at which a GPU's matrix products are quickest."""


def collate(split: Split, sentences: np.ndarray, **place: Any) -> Batch:
    """The batch of these sentences; none at all give one row of padding, so that every rank has work."""
    if len(sentences) == 0:
        empty: dict[str, Any] = {name: torch.full((1, 1), PAD) for name in TENSORS}
        return Batch(**empty, **place)
    labels = split.rows("target", sentences)
    shifted = np.full_like(labels, BOS)
    shifted[:, 1:] = np.where(labels[:, 1:] == PAD, PAD, labels[:, :-1])
    rows = {"src": split.rows("source", sentences), "tgt": shifted, "labels": labels}
    tensors: dict[str, Any] = {name: torch.from_numpy(ids) for name, ids in rows.items()}
    return Batch(**tensors, **place)


class MicroBatches(Dataset[Batch]):
    """Item i is micro-batch i of one rank, counted from the start of training: a pure function.

    Args:
        split: prepared training sentences.
        plan: gives the global batch of any update.
        accumulate: micro-batches of one update on one rank.
        rank, world_size: which part of each global batch is this rank's.
    """

    def __init__(self, split: Split, plan: BatchPlan, accumulate: int, rank: int, world_size: int) -> None:
        self.split, self.plan = split, plan
        self.accumulate, self.rank, self.world_size = accumulate, rank, world_size
        self.longest = int(max(split.source_lengths.max(), split.target_lengths.max()))

    def __getitem__(self, i: int) -> Batch:
        update, micro = divmod(i, self.accumulate)
        whole = self.plan.batch(update)
        shards = self.accumulate * self.world_size
        which = micro * self.world_size + self.rank
        parts = shard(whole, self.split.source_lengths, self.split.target_lengths, shards)
        return collate(
            self.split,
            parts[which],
            update=update,
            shard=which,
            shards=shards,
            update_tokens=int(self.split.target_lengths[whole].sum()),
            epoch=update // self.plan.batches_per_epoch,
            last_of_update=micro == self.accumulate - 1,
            capacity=self._capacity(shards),
            longest=self.longest,
        )

    def _capacity(self, shards: int) -> int:
        """Tokens of a part, and one sentence more, since batches and parts are cut between sentences; rounded up."""
        tokens = -(-self.plan.tokens // shards) + self.longest
        return -(-tokens // CAPACITY_MULTIPLE) * CAPACITY_MULTIPLE


class FromMicroBatch(Sampler[int]):
    """All micro-batches from a given one on, without end."""

    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[int]:
        i = self.first
        while True:
            yield i
            i += 1


class EvaluationBatches(Dataset[Batch]):
    """The batches of a dev or test set that are one rank's, in order of length.

    Every rank has equally many, as Lightning demands; one that runs out has batches of padding alone.
    """

    def __init__(self, split: Split, batches: Sequence[np.ndarray], rank: int, world_size: int) -> None:
        self.split = split
        nothing = np.empty(0, dtype=np.int64)
        missing = -len(batches) % world_size
        self.batches = [*batches, *[nothing] * missing][rank::world_size]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, i: int) -> Batch:
        return collate(self.split, self.batches[i])
