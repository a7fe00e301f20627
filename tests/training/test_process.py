"""What a training process is set to, seen from one process that is not this one: settings are for good."""

import subprocess
import sys

import pytest

from repro.training.process import crowded

ABOUT = """
import pathlib, torch
from repro.training.process import configure_matmul, configure_process
for threads in (1, 2):
    configure_process(threads)
    small = torch.full((1 << 20,), 1e-30)
    weights = torch.softmax(torch.linspace(-100.0, 0.0, 1 << 20), 0)
    subnormal = (0 < weights) & (weights < torch.finfo().tiny)
    print(torch.get_num_threads(), int((small * 1e-10 != 0).sum()), int(subnormal.sum()))
pathlib.Path.is_file = lambda path: True
for about, gpu in {processors!r}:
    pathlib.Path.read_text = lambda path: about
    torch.cuda.is_available = lambda: gpu
    torch.set_float32_matmul_precision("highest")
    for width in (128, 512, 1024, 256):
        configure_matmul(width)
        print(torch.get_float32_matmul_precision())
"""
ZEN_4 = "vendor_id : AuthenticAMD\nflags : avx2 avx512f avx512_bf16"
PROCESSORS = [
    (ZEN_4, False),
    (ZEN_4, True),
    ("vendor_id : AuthenticAMD\nflags : avx2", False),
    ("vendor_id : GenuineIntel\nflags : avx512f", False),
    (ZEN_4 + " amx_bf16", False),
]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What the process printed."""
    code = ABOUT.format(processors=PROCESSORS)
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.splitlines()


def test_no_thread_computes_with_subnormal_numbers(lines: list[str]) -> None:
    assert lines[:2] == ["1 0 0", "2 0 0"]


def test_only_wide_networks_on_amd_with_avx512_compute_with_onednn(lines: list[str]) -> None:
    assert lines[2:] == ["highest", "medium", "medium", "highest", *["highest"] * 16]


@pytest.mark.parametrize(
    ("threads", "busy", "said"),
    [(2, 1, True), (2, 0, False), (1, 2, False), (2, None, False), (0, 3, False)],
)
def test_threads_that_must_share_their_cores_are_told_of(monkeypatch, threads, busy, said):
    monkeypatch.setattr("repro.training.process.busy_cores", lambda: busy)
    monkeypatch.setattr("repro.training.process.usable_cores", lambda: 2)
    message = crowded(threads)
    assert (message is not None) is said
    if message is not None:
        assert message.startswith("other processes keep 1 of 2 cores busy: beside them, 2 threads can")
