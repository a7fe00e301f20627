"""What ends a translation is one sentence for those who can choose other weights; other errors stay what they are."""

import pytest
import torch

from repro.decoding.failures import failures_said
from repro.errors import BadInput


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_too_little_memory(error: Exception) -> None:
    with (
        pytest.raises(BadInput, match=r"^memory ran out while checkpoint a\.ckpt was used; give less$"),
        failures_said("checkpoint a.ckpt", "give less"),
    ):
        raise error


def test_the_allocator_of_this_machine_is_understood() -> None:
    with pytest.raises(BadInput, match="memory ran out"), failures_said("it", "give less"):
        torch.empty(2**55)


def test_no_numbers() -> None:
    with (
        pytest.raises(BadInput, match=r"^checkpoint a\.ckpt gives no numbers, because its training diverged; use"),
        failures_said("checkpoint a.ckpt", "give less"),
    ):
        raise FloatingPointError("planted")


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("planted"), BadInput("line 3 is wrong")])
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, failures_said("it", "give less"):
        raise error
    assert raised.value is error
