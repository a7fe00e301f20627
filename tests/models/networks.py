"""Small networks, padded sentences and a kernel written out, for the tests of the models."""

import torch

from repro.models import Transformer
from repro.models.dot_product_attention import scaled_dot_product_attention
from repro.models.layouts.tokens import Padded

SRC = torch.tensor([[4, 5, 6, 7, 2], [8, 9, 2, 0, 0], [5, 2, 0, 0, 0]])


TGT = torch.tensor([[1, 4, 9, 8], [1, 7, 7, 0], [1, 6, 0, 0]])


def small(seed=3, **options):
    """A small model with no parameter at a value, such as 0 or 1, that could hide a mistake."""
    sizes = {"V": 20, "N": 2, "d_model": 16, "d_ff": 24, "h": 4, "P_drop": 0.0}
    model = Transformer(**{**sizes, **options}, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.2)
    return model


def memory_of(model, src):
    """What the decoder reads of padded sources, (B, n, d_model)."""
    source = Padded(src)
    return model.encode(model.embed_source(source), source)


def one_by_one(Q, K, V, query_offsets, key_offsets, longest_query, longest_key, *, scale, window_size):
    """What the flash kernel computes, a sentence at a time, written out; zeros behind the last."""
    assert query_offsets.dtype == key_offsets.dtype == torch.int32
    assert longest_query >= query_offsets.diff().max()
    assert longest_key >= key_offsets.diff().max()
    outputs = []
    for b in range(len(query_offsets) - 1):
        q = Q[query_offsets[b] : query_offsets[b + 1]].transpose(0, 1)  # (h, m, d_k)
        k, v = (x[key_offsets[b] : key_offsets[b + 1]].transpose(0, 1) for x in (K, V))
        mask = {(-1, -1): None, (-1, 0): torch.ones(q.shape[1], k.shape[1], dtype=torch.bool).tril()}[window_size]
        outputs.append(scaled_dot_product_attention(q, k, v, mask, scale)[0].transpose(0, 1))
    return torch.cat([*outputs, V.new_zeros(len(Q) - int(query_offsets[-1]), *V.shape[1:])])
