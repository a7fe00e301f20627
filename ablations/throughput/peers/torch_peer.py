"""What all peers on torch must have alike: Adam's constants, the precision of products, a batch on its device."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from ablations.throughput.workload import Pairs

ADAM: dict[str, Any] = {"lr": 1e-4, "betas": (0.9, 0.98), "eps": 1e-9}
"""Section 5.3's, at one rate."""


def autocast(device: str, precision: str) -> AbstractContextManager[Any]:
    """Products in bfloat16 over float32 weights, for training in "bf16"; nothing for "fp32"."""
    return torch.autocast(device, torch.bfloat16) if precision == "bf16" else nullcontext()


def on_device(pairs: Pairs, device: str) -> dict[str, Tensor]:
    """`src` (B, n), shifted `tgt` (B, m) and `labels` (B, m)."""
    rows = {"src": pairs.src, "tgt": pairs.shifted, "labels": pairs.tgt}
    return {name: torch.from_numpy(ids).to(device) for name, ids in rows.items()}
