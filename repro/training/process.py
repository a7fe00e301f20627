"""Settings of the training process: threads and how float32 products are computed."""

from pathlib import Path

import torch


def settle_process(threads: int) -> None:
    """Fix the number of threads, which decides results to the last bit, and pick the quick fp32 kernels.

    "medium" sends float32 products on a CPU to oneDNN, which is quicker on AMD at training sizes and
    exact to float32, unless the CPU has AMX: there it would mean bf16 products, so it is left alone.
    """
    if threads > 0:
        torch.set_num_threads(threads)
    if not _has_amx():
        torch.set_float32_matmul_precision("medium")


def _has_amx() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.is_file() and "amx_bf16" in cpuinfo.read_text()
