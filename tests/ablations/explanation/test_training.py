"""Training: seeded, selected on dev alone, ends when nothing gets better, and learns."""

from dataclasses import replace

import pytest
import torch

from ablations.explanation.data.dataset import Dataset
from ablations.explanation.data.reviews import ReviewSettings, generate
from ablations.explanation.models.attention import Given
from ablations.explanation.models.classifier import Classifier
from ablations.explanation.models.transformer import TransformerClassifier
from ablations.explanation.predictions import predict
from ablations.explanation.training import Training, classify, lowest_objective, train
from repro.errors import Diverged

SMALL = generate(ReviewSettings(train=64, dev=20, test=20))


def classifier(data: Dataset = SMALL, **kwargs) -> Classifier:
    return Classifier(len(data.vocabulary), 2, **{"encoder": "average", "e": 8, "m": 8, **kwargs})


def test_same_seed_same_model_whatever_else_is_drawn() -> None:
    one, other, third = classifier(), classifier(), classifier()
    before = torch.random.get_rng_state()
    train(one, SMALL, Training(epochs=2), seed=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(99)
    train(other, SMALL, Training(epochs=2), seed=1)
    train(third, SMALL, Training(epochs=2), seed=2)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one.parameters(), third.parameters(), strict=True))
    assert not one.training


def test_selection_sees_no_test_set() -> None:
    turned = tuple(replace(each, label=1 - each.label) for each in SMALL.splits["test"])
    other = replace(SMALL, splits={**SMALL.splits, "test": turned})
    one, two = classifier(), classifier()
    assert train(one, SMALL, Training(epochs=4), 1) == train(two, other, Training(epochs=4), 1)


def test_the_best_epoch_s_parameters_stay_and_patience_ends_it() -> None:
    scores = iter([0.1, 0.5, 0.4, 0.3, 0.9])
    states = []

    def selection(model, objective):
        states.append(model.U.weight.detach().clone())
        return next(scores)

    model = classifier()
    history = train(model, SMALL, Training(epochs=5, patience=2), 1, selection=selection)
    assert (history.best, history.selection) == (1, (0.1, 0.5, 0.4, 0.3))
    assert torch.equal(model.U.weight, states[1])
    assert len(history.objective) == 4


def test_the_first_epoch_is_not_kept_unless_it_is_the_only_one() -> None:
    falling = [0.9, 0.5, 0.4]
    for epochs, best in ((3, 1), (1, 0)):
        scores = iter(falling)
        history = train(classifier(), SMALL, Training(epochs), 1, selection=lambda *_, s=scores: next(s))
        assert (history.best, len(history.selection)) == (best, epochs)


def test_another_objective_and_selection() -> None:
    def objective(model, batch):
        return model(batch)[0].square().mean()

    history = train(classifier(), SMALL, Training(epochs=3), 1, objective=objective, selection=lowest_objective)
    assert history.best == 2
    assert list(history.objective) == sorted(history.objective, reverse=True)


def test_classes_weigh_the_same() -> None:
    ones = tuple(each for each in SMALL.splits["train"] if each.label)
    uneven = replace(SMALL, splits={**SMALL.splits, "train": SMALL.splits["train"][:8] + ones})
    model = classifier()
    with torch.no_grad():
        model.U.weight.zero_()
        model.U.bias.copy_(torch.tensor([0.3, -0.3]))
    batch = uneven.batch("train", range(len(uneven.splits["train"])))
    p = torch.tensor([0.3, -0.3]).softmax(dim=0)
    torch.testing.assert_close(classify(uneven)(model, batch), -p.log().mean())
    parts = [range(4), range(4, 10), range(10, len(uneven.splits["train"]))]  # of unequal classes and sizes
    batches = [uneven.batch("train", part) for part in parts]
    mean = sum(classify(uneven)(model, each) * len(each) for each in batches) / sum(map(len, batches))
    torch.testing.assert_close(mean, -p.log().mean())


def test_answers_weigh_as_often_as_they_occur() -> None:
    """The first paper's code has no weights for questions: the mean over instances, whatever their answers."""
    asked = {name: tuple(replace(each, query=("it",)) for each in split) for name, split in SMALL.splits.items()}
    data = replace(SMALL, splits={**asked, "train": asked["train"][:7]})
    model = classifier(data, has_questions=True)
    batch = data.batch("train", range(7))
    p = model(batch)[0].softmax(dim=1)[range(7), batch.labels]
    torch.testing.assert_close(classify(data)(model, batch), -p.log().mean())


def test_given_weights_train_like_any_other() -> None:
    base = classifier()
    guides = Given({split: predict(base, SMALL, split).alpha for split in ("train", "dev", "test")})
    model = classifier(attention=guides, encoder="mlp")
    train(model, SMALL, Training(epochs=1), 1)
    torch.testing.assert_close(predict(model, SMALL, "test").alpha, predict(base, SMALL, "test").alpha)


def test_a_rate_that_is_too_high_is_said_to_diverge() -> None:
    def objective(model, batch):
        return model(batch)[0].sum() * float("inf")

    with pytest.raises(Diverged, match="lower the rate"):
        train(classifier(), SMALL, Training(epochs=1), 1, objective=objective)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("bilstm", 0.9), ("convolution", 0.8), ("transformer", 0.7)])
def test_reviews_can_be_learned(name: str, least: float) -> None:
    data = generate(ReviewSettings())
    if name == "transformer":
        model, training = TransformerClassifier(len(data.vocabulary), 2), Training(epochs=10, rate=0.002)
    else:
        model, training = Classifier(len(data.vocabulary), 2, name, e=32, m=32), Training(rate=0.006)
    train(model, data, training, 1)
    assert predict(model, data, "test").accuracy > least
