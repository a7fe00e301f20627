"""Attention over packed sentences by a GPU, against padded float32 on a CPU."""

import copy

import pytest
import torch

from repro.models.masks import PAD
from tests.models.layouts.test_packed import OPTIONS, SRC, TGT, made


@pytest.mark.gpu
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_flash_kernel_agrees_with_float32(options):
    """States and gradients in bfloat16 by packed sentences, on a GPU, against padded float32 on the CPU."""
    reference = made(**options)
    model = copy.deepcopy(reference).cuda()
    real = TGT != PAD
    expected = reference.states(SRC, TGT)[real]
    # Not their squares, whose sum layer norms hold constant.
    weights = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    (expected * weights).sum().backward()
    with torch.autocast("cuda", torch.bfloat16):
        assert model.packs(torch.device("cuda"))
        found = model.real_states(SRC.cuda(), TGT.cuda())
    torch.testing.assert_close(found.float().cpu(), expected, atol=0.05, rtol=0.05)
    (found.float() * weights.cuda()).sum().backward()
    # 16 bits turn a ReLU on or off here and there, which alone moves a W_1's gradient by a tenth.
    most = max(float(theirs.grad.norm()) for theirs in reference.parameters())
    for mine, theirs in zip(model.parameters(), reference.parameters(), strict=True):
        assert (mine.grad.cpu() - theirs.grad).norm() <= 0.05 * theirs.grad.norm() + 0.02 * most
