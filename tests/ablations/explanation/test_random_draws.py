"""Random numbers that depend on an instance and the seed only."""

import torch

from ablations.explanation import random_draws
from tests.ablations.explanation.planted import a_batch


def test_orders_move_attendable_places_among_themselves() -> None:
    batch = a_batch([9, 5, 3, 12], padding=3)
    orders = random_draws.permutations(batch, 50, seed=3)
    places = torch.arange(batch.tokens.shape[1])
    assert torch.equal(orders.sort(dim=-1).values, places.expand_as(orders))
    away = ~batch.attendable[:, None].expand_as(orders)
    assert torch.equal(orders[away], places.expand_as(orders)[away])
    assert len(orders[0].unique(dim=0)) > 45


def test_every_order_is_as_likely() -> None:
    orders = random_draws.permutations(a_batch([5]), 6000, seed=1)[0, :, 1:4]
    counts = orders.unique(dim=0, return_counts=True)[1]
    assert len(counts) == 6
    assert (counts - 1000).abs().max() < 4 * (6000 * 5 / 36) ** 0.5


def test_neither_the_batch_nor_its_padding_matters() -> None:
    whole, one = a_batch([9, 5, 12], padding=4), a_batch([9, 5, 12]).rows(torch.tensor([1]))
    for draw in (random_draws.normals, random_draws.permutations):
        assert torch.equal(draw(whole, 4, 7)[1, :, :5], draw(one, 4, 7)[0, :, :5])
    assert not torch.equal(random_draws.normals(whole, 4, 7), random_draws.normals(whole, 4, 8))
    assert (random_draws.normals(whole, 4, 7)[1, :, 4:] == 0).all()
