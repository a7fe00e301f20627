"""Settings of the training process: threads, float32 arithmetic, and how memory is handed out."""

import ctypes
import os
import sys
from pathlib import Path

import torch

from repro.cores import busy_cores, usable_cores

MIN_ONEDNN_WIDTH = 512
"""Networks of this d_model and above compute long enough for oneDNN's code to pay."""


def configure_process(threads: int) -> None:
    """Fix the number of threads, which decides results to the last bit, and how memory is handed out.

    Numbers below float32's normal range (1.2e-38) count as 0. A saturated softmax, such as that of unscaled dot
    products, is full of them, and processors take ten times as long for each (LOG.md).
    """
    torch.set_flush_denormal(True)  # before there are other threads, which inherit it
    if threads > 0:
        # Lightning chooses a number of its own for distributed processes where this variable is not set.
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        torch.set_num_threads(threads)
    _keep_memory()


def crowded(threads: int) -> str | None:
    """A warning if other processes use the cores that these threads need; None if not.

    Threads of one process wait for each other without letting go of their cores, so that one which has lost its core
    holds up the others: beside other trainings, updates took 14 to 26 times as long (LOG.md).
    """
    busy, cores = busy_cores(), usable_cores()
    if threads < 2 or busy is None or busy + threads <= cores:
        return None
    return (
        f"other processes keep {busy} of {cores} cores busy: beside them, {threads} threads can be many times slower "
        "than one, since threads wait for each other; let the others end, or give --threads 1 and another --out"
    )


def configure_matmul(d_model: int) -> None:
    """Pick the library that computes float32 products on a CPU, by the width of the network.

    On AMD processors with AVX-512, MKL holds back, and "medium" sends float32 products to oneDNN instead,
    which keeps float32's accuracy there. But oneDNN makes code for each new shape, about 0.7 ms and 0.7 MB
    a piece, and batches of sentences have new shapes all the time: below `MIN_ONEDNN_WIDTH` that costs more than it
    gains (LOG.md). With AMX the same switch would mean bf16 products, and on processors without AVX-512 it
    gains nothing, so both are left alone; and where there is a GPU, it would mean TF32 products there.
    """
    cpuinfo = Path("/proc/cpuinfo")
    about = cpuinfo.read_text() if cpuinfo.is_file() else ""
    quicker = "AuthenticAMD" in about and "avx512f" in about and "amx_bf16" not in about
    wide_on_cpu = d_model >= MIN_ONEDNN_WIDTH and not torch.cuda.is_available()
    torch.set_float32_matmul_precision("medium" if quicker and wide_on_cpu else "highest")


def _keep_memory() -> None:
    """Let glibc keep the memory of large tensors instead of returning it after each step.

    Each return means that the next step's pages are handed out, cleared and mapped one by one again.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return
    trim_threshold, mmap_threshold = -1, -3
    mallopt(mmap_threshold, 1 << 30)
    mallopt(trim_threshold, (1 << 31) - 1)
