"""Our kernel for short sentences against attention written out in float64, a sentence at a time.

It needs a GPU, or Triton's interpreter, where Triton is installed; the interpreter knows float16 and float32 only:
`TRITON_INTERPRET=1 pytest tests/models/layouts/test_short_attention.py`.
"""

import os

import pytest
import torch

from repro.models.dot_product_attention import scaled_dot_product_attention
from repro.models.layouts.kernel_pairing import HAS_TRITON

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
LENGTHS = {
    16: ([5, 16, 1, 0, 3, 0, 16], [7, 1, 0, 2, 16, 0, 16]),
    32: ([17, 32, 1, 9], [30, 2, 32, 0]),
    64: ([40, 64, 3], [64, 33, 50]),
    128: ([128, 65, 2], [70, 128, 0]),
}


def written_out(Q, KV, q_offsets, k_offsets, h, causal, scale):
    hd = Q.shape[1] // (3 if KV is None else 1)
    parts = Q.split(hd, 1) if KV is None else (Q, *KV.split(hd, 1))
    outputs = []
    for b in range(len(q_offsets) - 1):
        q, k, v = (
            x[offsets[b] : offsets[b + 1]].unflatten(1, (h, -1)).transpose(0, 1)
            for x, offsets in zip(parts, (q_offsets, k_offsets, k_offsets), strict=True)
        )
        if not k.shape[1]:
            outputs.append(Q.new_zeros(q.shape[1], hd))
            continue
        mask = torch.ones(q.shape[1], k.shape[1], dtype=torch.bool, device=q.device).tril() if causal else None
        heads = scaled_dot_product_attention(q, k, v, mask, scale)[0]
        outputs.append(heads.transpose(0, 1).flatten(1))
    return torch.cat(outputs)


def compare(device, dtype, tile, d, cross, causal, tolerance):
    from repro.models.layouts.short_attention import short_attention

    generator = torch.Generator().manual_seed(tile + d)
    h, (m, n) = 2, LENGTHS[tile]
    n = n if cross else m
    q_offsets, k_offsets = (torch.tensor([0, *x]).cumsum(0).int().to(device) for x in (m, n))
    given = [torch.randn(sum(m), h * d * (1 if cross else 3), generator=generator)]
    if cross:
        given.append(torch.randn(sum(n), 2 * h * d, generator=generator))
    given = [x.to(device, dtype).requires_grad_() for x in given]
    exact = [x.detach().double().requires_grad_() for x in given]
    weights = torch.randn(sum(m), h * d, generator=generator).to(device, dtype)
    found = short_attention(*given, *[None] * (not cross), q_offsets, k_offsets, h, tile, causal, 0.3)
    expected = written_out(*exact, *[None] * (not cross), q_offsets, k_offsets, h, causal, 0.3)
    mine = [found, *torch.autograd.grad(found, given, weights)]
    theirs = [expected, *torch.autograd.grad(expected, exact, weights.double())]
    for a, b in zip(mine, theirs, strict=True):
        assert a.dtype == dtype
        assert (a.double() - b).norm() <= tolerance * b.norm()


@pytest.mark.skipif(not (INTERPRETED and HAS_TRITON), reason="needs TRITON_INTERPRET=1 and Triton")
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float16, 2e-3)])
@pytest.mark.parametrize("tile", LENGTHS)
@pytest.mark.parametrize(("cross", "causal"), [(False, False), (False, True), (True, False)])
def test_by_the_interpreter(dtype, tolerance, tile, cross, causal):
    compare("cpu", dtype, tile, 16, cross, causal, tolerance)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("d", [16, 32, 64, 128])
@pytest.mark.parametrize("tile", LENGTHS)
@pytest.mark.parametrize(("cross", "causal"), [(False, False), (False, True), (True, False)])
def test_on_a_gpu(d, tile, cross, causal):
    compare("cuda", torch.bfloat16, tile, d, cross, causal, 0.01)
