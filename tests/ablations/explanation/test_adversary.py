"""The batched search against a loop; bounds and optima that are known."""

import math

import pytest
import torch

from ablations.explanation import reference
from ablations.explanation.adversary import Adversaries, Settings, _divergences, attack
from ablations.explanation.distances import jsd
from ablations.explanation.models.protocol import distribution
from tests.ablations.explanation.planted import Curved, Explaining, Irrelevant, Planted, Recurrent, Uniform, a_batch

LENGTHS = [9, 5, 12, 4]


@pytest.mark.parametrize("model", [Explaining(), Recurrent(classes=3), Curved()])
def test_all_instances_at_once_end_where_each_ends_alone(model) -> None:
    batch, settings = a_batch(LENGTHS, padding=3), Settings(k=3, steps=15)
    found = attack(model, batch, settings, seed=2)
    for row, alone in enumerate(reference.attack(model, batch, settings, seed=2)):
        n = alone.shape[1]
        assert found.attention[row, :, :n].numpy() == pytest.approx(alone.numpy(), abs=1e-9)
        assert (found.attention[row, :, n:] == 0).all()


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_every_pair_counts_once(k: int) -> None:
    alpha = torch.rand(3, k, 7, dtype=torch.float64).softmax(dim=-1)
    own = torch.rand(3, 7, dtype=torch.float64).softmax(dim=-1)
    far, apart = _divergences(alpha, own)
    pairs = [jsd(alpha[:, i], alpha[:, j]) for i in range(k) for j in range(i)]
    assert far.numpy() == pytest.approx(jsd(alpha, own[:, None]).numpy(), abs=1e-12)
    assert apart.numpy() == pytest.approx(sum(pairs, torch.zeros(3)).numpy() / max(1, len(pairs)), abs=1e-12)


def test_what_is_said_of_the_adversaries_is_so() -> None:
    batch, model = a_batch(LENGTHS), Recurrent()
    found = attack(model, batch, Settings(k=2, steps=20))
    hidden = model.encode(model.embed(batch.tokens), batch)
    logits, alpha = model(batch)
    for k in range(2):
        output = distribution(model.decide(hidden, found.attention[:, k], batch))
        assert found.tvd[:, k].numpy() == pytest.approx((output - distribution(logits))[:, 1].abs().detach().numpy())
        assert torch.allclose(found.jsd[:, k], jsd(found.attention[:, k], alpha))
    assert torch.allclose(found.attention.sum(dim=-1), torch.ones(4, 2, dtype=torch.float64))
    assert torch.equal(found.predicted, logits.argmax(dim=1))


def test_a_model_that_does_not_read_attention_can_be_given_any() -> None:
    """JSD is convex, so no attention is farther than the farthest single word; every adversary may go there."""
    batch, model = a_batch(LENGTHS), Irrelevant()
    own = model(batch)[1].detach()
    words = torch.eye(own.shape[1], dtype=torch.float64)
    bound = (jsd(words, own[:, None]) * batch.attendable).max(dim=1).values
    found = attack(model, batch, Settings(steps=300))
    best = found.best(0.01)
    assert (best.jsd <= bound + 1e-9).all()
    assert (best.jsd > 0.95 * bound).all()
    assert found.tvd.max() < 1e-12


class Two(Planted):
    """Two words, which say opposite things; weights 0.6 and 0.4. Output and divergence are functions of one number."""

    def attend(self, hidden, batch):
        alpha = torch.zeros(batch.tokens.shape, dtype=torch.float64)
        alpha[:, 1], alpha[:, 2] = 0.6, 0.4
        return alpha

    def decide(self, hidden, alpha, batch):
        z = 3 * (alpha[:, 1] - alpha[:, 2])
        return torch.stack([torch.zeros_like(z), z], dim=1)


def optimum(epsilon: float) -> float:
    """The best divergence within epsilon by trying all weights."""
    a = torch.linspace(1e-6, 1 - 1e-6, 200_001, dtype=torch.float64)
    allowed = (torch.sigmoid(3 * (2 * a - 1)) - 1 / (1 + math.exp(-0.6))).abs() <= epsilon
    both, own = torch.stack([a, 1 - a], dim=1), torch.tensor([0.6, 0.4], dtype=torch.float64)
    return float(jsd(both[allowed], own).max())


@pytest.mark.parametrize("epsilon", [0.05, 0.2])
def test_the_optimum_of_two_words_is_found(epsilon: float) -> None:
    found = attack(Two(), a_batch([4]), Settings(epsilon=epsilon, keep="best")).best(epsilon)
    assert found.found.all()
    assert (found.tvd <= epsilon).all()
    assert (found.jsd <= optimum(epsilon) * (1 + 1e-3)).all()
    assert (found.jsd > 0.9 * optimum(epsilon)).all()


def test_the_best_of_all_steps_is_no_worse_than_the_last() -> None:
    batch, model = a_batch([12] * 8), Recurrent()
    last, best = (attack(model, batch, Settings(k=3, steps=150, keep=keep)).best(0.01) for keep in ("last", "best"))
    assert (best.jsd >= last.jsd).all()
    assert (best.tvd <= 0.01).all()
    assert best.jsd.mean() > last.jsd.mean()


def test_where_no_adversary_is_admissible_the_models_own_attention_counts() -> None:
    own = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    found = Adversaries(
        attention=torch.tensor([[[1.0, 0.0], [0.9, 0.1]], [[0.0, 1.0], [0.2, 0.8]]]),
        jsd=torch.tensor([[0.3, 0.2], [0.6, 0.5]]),
        tvd=torch.tensor([[0.04, 0.005], [0.06, 0.9]]),
        own=own,
        largest=own.max(dim=1).values,
        predicted=torch.tensor([0, 1]),
    )
    strict, loose = found.best(0.01), found.best(0.05)
    assert strict.jsd.tolist() == [pytest.approx(0.2), 0]
    assert loose.jsd.tolist() == [pytest.approx(0.3), 0]
    assert strict.found.tolist() == [True, False]
    assert torch.equal(strict.attention[1], own[1])
    assert found.bins(0.05, 2)["1"][3].values.tolist() == [0]


def test_padding_does_not_matter_and_nothing_is_nan() -> None:
    settings = Settings(k=2, steps=15)
    narrow, wide = (attack(Uniform(), a_batch(LENGTHS, padding=p), settings) for p in (0, 4))
    assert torch.allclose(wide.attention[..., :12], narrow.attention, rtol=0, atol=1e-12)
    assert wide.attention.isfinite().all()
    assert (wide.attention[..., 12:] == 0).all()


def test_one_adversary_has_nobody_to_differ_from() -> None:
    assert attack(Explaining(), a_batch([5]), Settings(k=1, steps=2)).jsd.shape == (1, 1)
