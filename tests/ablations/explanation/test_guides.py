"""Which weights each guide hands to the network, and how guides compare."""

import torch

from ablations.explanation.guides import ADVERSARY, BASE, ORDER, TRAINED, UNIFORM, diagnose, guides
from ablations.explanation.predictions import Predictions
from tests.ablations.explanation.planted import a_batch


def predictions(alpha: torch.Tensor, right: int = 4) -> Predictions:
    """Of four instances of class 1, of which so many are found."""
    ones = (torch.arange(len(alpha)) < right).double()
    return Predictions(torch.stack([1 - ones, ones], dim=1), alpha, torch.ones(len(alpha), dtype=torch.long))


def test_weights_of_each_instance_come_from_the_guide() -> None:
    base, adversary = (torch.rand(4, 9, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    found = guides({"train": predictions(base)}, {"train": predictions(adversary)})
    assert tuple(found) == ORDER
    assert (found[UNIFORM], found[TRAINED]) == ("uniform", "additive")
    batch = a_batch([5, 7, 6, 7]).rows(torch.tensor([3, 1]))
    hidden = torch.zeros(2, 7, 3)
    for name, weights in ((BASE, base), (ADVERSARY, adversary)):
        given = found[name]
        assert isinstance(given, torch.nn.Module)
        assert torch.equal(given(hidden, batch, None), weights[[3, 1], :7])


def test_each_guide_trains_one_network() -> None:
    asked = []

    def train(guide) -> Predictions:
        asked.append(guide)
        return predictions(torch.ones(4, 1), right=len(asked))

    found = diagnose({UNIFORM: "uniform", BASE: "additive"}, train)
    assert asked == ["uniform", "additive"]
    assert found.f1 == {UNIFORM: 0.4, BASE: 2 / 3}
