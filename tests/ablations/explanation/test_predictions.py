"""Scores against their definitions, and predictions in the order of their instances."""

import pytest
import torch

from ablations.explanation.data.reviews import ReviewSettings, generate
from ablations.explanation.models.classifier import Classifier
from ablations.explanation.predictions import Predictions, predict

TRUE = [1, 0, 1, 1, 0, 0, 1]
GIVEN = [0.9, 0.8, 0.7, 0.4, 0.4, 0.1, 0.4]


def made() -> Predictions:
    p = torch.tensor(GIVEN)
    return Predictions(torch.stack([1 - p, p], dim=1), torch.zeros(7, 2), torch.tensor(TRUE))


def test_scores_by_counting() -> None:
    pairs = [
        (p, q)
        for p, true in zip(GIVEN, TRUE, strict=True)
        if true
        for q, other in zip(GIVEN, TRUE, strict=True)
        if not other
    ]
    assert made().roc_auc == pytest.approx(sum((p > q) + (p == q) / 2 for p, q in pairs) / len(pairs))
    assert made().f1 == pytest.approx(2 * (2 / 3) * (2 / 4) / (2 / 3 + 2 / 4))  # precision 2 of 3, recall 2 of 4
    assert made().accuracy == pytest.approx(4 / 7)


def test_predictions_stand_in_the_order_of_the_split() -> None:
    data = generate(ReviewSettings(train=10, dev=4, test=30))
    model = Classifier(len(data.vocabulary), 2, e=8, m=8)
    found = predict(model, data, "test", size=4)
    assert found.labels.tolist() == [each.label for each in data.splits["test"]]
    for number in (0, 11, 29):
        logits, alpha = model(data.batch("test", [number]))
        torch.testing.assert_close(found.probabilities[number], logits.softmax(dim=1)[0])
        torch.testing.assert_close(found.alpha[number, : alpha.shape[1]], alpha[0])
        assert found.alpha[number, alpha.shape[1] :].sum() == 0
    assert model.training
