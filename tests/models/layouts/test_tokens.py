"""Layouts of tokens: how padded ones are embedded and who sees whom, by hand."""

import torch

from repro.models.layouts.tokens import Padded
from tests.models.networks import SRC, TGT, small


def test_embedding_from_any_position():
    model = small()
    table = model.positions(torch.zeros(1, 9, 16))
    x = Padded(SRC, start=4).embed(model.embedding, model.positions, model.dropout)
    torch.testing.assert_close(x, model.embedding(SRC) + table[:, 4:9])


def test_who_sees_whom():
    source, target = Padded(SRC), Padded(TGT)
    past = target.self_mask(causal=True).expand(3, 1, 4, 4)
    everybody = target.self_mask(causal=False).expand(3, 1, 4, 4)
    across = target.cross_mask(source).expand(3, 1, 4, 5)
    for b in range(3):
        for i in range(4):
            assert past[b, 0, i].tolist() == [j <= i for j in range(4)]
            assert everybody[b, 0, i].tolist() == (TGT[b] != 0).tolist()
            assert across[b, 0, i].tolist() == (SRC[b] != 0).tolist()
