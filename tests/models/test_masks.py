import torch

from repro.models.masks import PAD, causal_mask, padding_mask


def test_padding_mask_lets_real_tokens_be_seen():
    ids = torch.tensor([[5, 6, PAD], [PAD, 7, 8]])
    mask = padding_mask(ids)
    assert mask.shape == (2, 1, 1, 3)
    assert mask.dtype == torch.bool
    assert mask[:, 0, 0].tolist() == [[True, True, False], [False, True, True]]


def test_causal_mask_lets_each_position_see_itself_and_before():
    mask = causal_mask(5)
    assert mask.shape == (1, 1, 5, 5)
    assert mask[0, 0].tolist() == [[j <= i for j in range(5)] for i in range(5)]
