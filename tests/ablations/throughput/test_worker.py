"""What one process of the throughput grid measures besides the work itself."""

import torch

from ablations.throughput.worker import Work
from repro.training import process


def test_the_peak_is_that_of_the_faster_library_and_the_setting_stays(monkeypatch) -> None:
    """Two planted libraries: products of the one that narrow models use take four times as long."""
    work = Work.__new__(Work)
    work.order, work.torch = {"precision": "fp32", "device": "cpu"}, torch
    chosen = []
    monkeypatch.setattr(process, "configure_matmul", chosen.append)
    clock = [0.0]

    def multiply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        clock[0] += 1.0 if chosen[-1] >= process.MIN_ONEDNN_WIDTH else 4.0
        return a

    monkeypatch.setattr(torch, "mm", multiply)
    monkeypatch.setattr(work, "_now", lambda: clock[0])
    torch.set_float32_matmul_precision("high")
    try:
        assert work.rate() == {"rate": 2 * 2048**3}
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert len(chosen) == 2
