"""The experiments on the models that are really looked at: a BiLSTM, and a Transformer in its readings."""

import pytest
import torch
from torch import nn

from ablations.explanation import reference
from ablations.explanation.adversary import Settings, attack
from ablations.explanation.importance import gradient, leave_one_out
from ablations.explanation.linear_decision import votes_of
from ablations.explanation.models.classifier import Classifier
from ablations.explanation.models.protocol import distribution
from ablations.explanation.models.transformer import TransformerClassifier
from ablations.explanation.permutation import permute
from tests.ablations.explanation.planted import VOCABULARY, a_batch

READINGS = [0, 3, "mean", "norm", "rollout"]
LENGTHS = [9, 5, 12, 4]


def transformer(reading) -> TransformerClassifier:
    model = TransformerClassifier(VOCABULARY, 2, seed=1, N=2, d_model=8, d_ff=16, h=4, reading=reading)
    return model.double().eval()


def bilstm() -> Classifier:
    return Classifier(VOCABULARY, 2, encoder="bilstm", e=6, m=8, seed=1).double().eval()


MODELS = [bilstm(), *map(transformer, READINGS)]
NAMES = ["bilstm", *map(str, READINGS)]


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
@torch.no_grad()
def test_the_gradient_through_attention_by_finite_differences(model: nn.Module) -> None:
    """Making all of a type's vector longer by a factor is the derivative along that vector, if the word comes once."""
    batch = a_batch([9])
    found = gradient(model, batch, through_attention=True)[0]
    counts = torch.bincount(batch.tokens[0], minlength=VOCABULARY)
    places = [t for t in range(1, 8) if counts[batch.tokens[0, t]] == 1]
    assert len(places) >= 4
    table = model.embedding.weight
    slopes = []
    for place in places:
        row, ends = table[batch.tokens[0, place]].clone(), []
        for factor in (1 + 1e-5, 1 - 1e-5):
            table[batch.tokens[0, place]] = factor * row
            ends.append(distribution(model(batch)[0])[0, 1])
        table[batch.tokens[0, place]] = row
        slopes.append((ends[0] - ends[1]).abs() / 2e-5)
    by_hand = torch.stack(slopes)
    assert (found[places] / found[places].sum()).numpy() == pytest.approx((by_hand / by_hand.sum()).numpy(), rel=1e-4)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_all_at_once_is_one_at_a_time(model: nn.Module) -> None:
    batch, settings = a_batch(LENGTHS, padding=2), Settings(k=2, steps=4)
    for row, alone in enumerate(reference.leave_one_out(model, batch)):
        assert leave_one_out(model, batch)[row, : len(alone)].numpy() == pytest.approx(alone.numpy(), abs=1e-12)
    alone = reference.permute(model, batch, 6)
    assert permute(model, batch, 6).change.numpy() == pytest.approx(alone.numpy(), abs=1e-7)
    found = attack(model, batch, settings).attention
    for row, weights in enumerate(reference.attack(model, batch, settings)):
        assert found[row, :, : weights.shape[1]].numpy() == pytest.approx(weights.numpy(), abs=1e-9)


def test_words_vote_in_the_papers_models_and_not_in_a_transformer() -> None:
    batch = a_batch(LENGTHS)
    for model, votes in [(bilstm(), True), (transformer("mean"), False), (transformer(0), False)]:
        hidden = model.encode(model.embed(batch.tokens), batch)
        assert (votes_of(model, hidden, batch) is not None) is votes
