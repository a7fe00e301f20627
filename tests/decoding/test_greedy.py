import pytest
import torch

from repro.data.vocabulary import EOS, UNK
from repro.decoding.beam import beam_search
from repro.decoding.greedy import greedy
from tests.decoding.oracles import (
    MODELS,
    PlantedModel,
    copy_rule,
    log_probability,
    next_log_probabilities,
    random_model,
)

SRC = torch.tensor([[4, 5, 6, 7, 2], [8, 4, 2, 0, 0], [5, 2, 0, 0, 0], [9, 9, 4, 2, 0]])


@pytest.mark.parametrize("name", MODELS)
def test_step_by_step_without_a_cache(name):
    model = random_model(name, V=10, seed=3)
    for row, found in zip(SRC.tolist(), greedy(model, SRC, max_extra=4), strict=True):
        source = [i for i in row if i]
        tokens, total = [], 0.0
        while True:
            log_p = next_log_probabilities(model, source, [tokens])[0]
            at_limit = len(tokens) + 1 == len(source) + 4
            best = EOS if at_limit else max([EOS, *range(UNK + 1, 10)], key=lambda i: log_p[i])
            total += log_p[best]
            if best == EOS:
                break
            tokens.append(best)
        assert found.tokens == tokens
        assert found.score == found.log_probability == pytest.approx(total, abs=1e-4)
        assert found.log_probability == pytest.approx(log_probability(model, source, tokens), abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", MODELS)
def test_is_beam_1_without_penalty(name, seed):
    model = random_model(name, V=10, seed=seed)
    ours = greedy(model, SRC, max_extra=6)
    beams = beam_search(model, SRC, beam=1, alpha=0.0, max_extra=6)
    assert [hypothesis.tokens for hypothesis in ours] == [best.tokens for (best,) in beams]
    for hypothesis, (best,) in zip(ours, beams, strict=True):
        assert hypothesis.score == pytest.approx(best.score, abs=1e-4)


def test_finished_sentences_leave():
    model = PlantedModel(10, copy_rule(10))
    found = greedy(model, SRC)
    assert [hypothesis.tokens for hypothesis in found] == [[4, 5, 6, 7], [8, 4], [5], [9, 9, 4]]
    assert model.rows_computed == 5 + 3 + 2 + 4


def test_of_equals_the_lower_id():
    model = PlantedModel(10, lambda source, prefix: torch.zeros(10).index_fill(0, torch.tensor([EOS]), -1.0))
    assert greedy(model, torch.tensor([[7, 2]]), max_extra=2)[0].tokens == [4, 4, 4]


def test_nan_is_an_error():
    model = PlantedModel(10, lambda source, prefix: torch.full((10,), torch.nan))
    with pytest.raises(FloatingPointError):
        greedy(model, SRC)


def test_no_sentences():
    assert greedy(PlantedModel(10, copy_rule(10)), torch.zeros(0, 3, dtype=torch.long)) == []
