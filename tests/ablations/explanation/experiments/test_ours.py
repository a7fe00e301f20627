"""Reordered reviews against the rule of their labels."""

from types import SimpleNamespace

import pytest
import torch

from ablations.explanation.data.reviews import instance
from ablations.explanation.experiments.ours import _against_the_rule


def test_a_review_that_loses_its_label_is_not_held_against_the_model() -> None:
    """Of three reviews in another order the first has no label by the rule any more."""
    before = ["the film was bad but the plot was great .", "the film was great .", "the plot was bad . it was ."]
    after = ["but the plot was great the film was bad .", "the film was great .", "it was . the plot was bad ."]
    test = [instance(words.split()) for words in before]
    moved = {k: SimpleNamespace(instance=instance(words.split())) for k, words in enumerate(after)}
    bench = SimpleNamespace(views=[None], dataset=SimpleNamespace(splits={"test": test}))
    order = sorted(moved, key=lambda k: len(moved[k].instance))
    stays = torch.tensor([{0: False, 1: True, 2: False}[k] for k in order])
    found = {each.name: each.value for each in _against_the_rule(bench, "clauses", moved, stays)}
    assert found["reorder.clauses.label_undefined"] == pytest.approx(1 / 3)
    assert found["reorder.clauses.label_stays"] == 1.0
    assert found["reorder.clauses.follows"] == 0.5
