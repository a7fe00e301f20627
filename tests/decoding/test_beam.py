import math
import random
from itertools import product

import pytest
import torch

from repro.data.vocabulary import BOS, EOS, PAD, UNK
from repro.decoding.beam import beam_search
from repro.decoding.greedy import greedy
from repro.errors import BadInput
from tests.decoding.oracles import (
    MODELS,
    PlantedModel,
    copy_rule,
    every_sequence,
    gnmt_penalty,
    log_probability,
    random_model,
    reference_beam_search,
)
from tests.representatives import others_slow

SRC = torch.tensor([[4, 5, 6, 7, 2], [8, 4, 2, 0, 0], [5, 2, 0, 0, 0], [9, 9, 4, 2, 0], [9, 4, 4, 4, 2]])


@pytest.mark.parametrize("seed", others_slow(range(3), [0]))
@pytest.mark.parametrize("name", MODELS)
def test_a_beam_as_wide_as_the_space_is_exhaustive(name, seed):
    V, limit = 8, 4
    model = random_model(name, V, seed)
    alpha = random.Random(seed).uniform(0.0, 1.5)
    source = [4, 7]
    scores = {
        tuple(tokens): log_probability(model, source, tokens) / gnmt_penalty(len(tokens) + 1, alpha)
        for tokens in every_sequence(V, limit)
    }
    optimum = sorted(scores.values(), reverse=True)
    (found,) = beam_search(model, torch.tensor([source]), beam=4 * len(scores), n_best=20, alpha=alpha, max_extra=2)
    assert [hypothesis.score for hypothesis in found] == pytest.approx(optimum[:20], abs=1e-4)
    for hypothesis in found:
        assert hypothesis.score == pytest.approx(scores[tuple(hypothesis.tokens)], abs=1e-4)


@pytest.mark.parametrize("name", others_slow(MODELS, [0]))
def test_every_kind_of_penalty_is_searched_exhaustively(name):
    model = random_model(name, 8, seed=5)
    penalties = {"length": lambda n: n**0.7, "none": lambda n: 1.0}
    for kind, by in penalties.items():
        best = max(log_probability(model, [6, 4], t) / by(len(t) + 1) for t in every_sequence(8, 4))
        (found,) = beam_search(model, torch.tensor([[6, 4]]), beam=340, alpha=0.7, max_extra=2, penalty=kind)
        assert found[0].score == pytest.approx(best, abs=1e-4)


WIDTHS = [(1, 0.6), (2, 0.0), (4, 0.6), (4, 1.2), (3, -0.5)]


# By default each network with one width, in turn.
@pytest.mark.parametrize(
    ("name", "width"),
    others_slow(product(MODELS, WIDTHS), [len(WIDTHS) * k + k % len(WIDTHS) for k in range(len(MODELS))]),
)
def test_cached_and_batched_as_uncached_and_alone(name, width):
    """Also: ending early changes nothing, since the reference runs to the limit."""
    K, alpha = width
    model = random_model(name, V=10, seed=11)
    allowed = list(range(UNK + 1, 10))
    for row, found in zip(
        SRC.tolist(), beam_search(model, SRC, beam=K, alpha=alpha, max_extra=4, n_best=K), strict=True
    ):
        source = [i for i in row if i]
        expected = reference_beam_search(model, source, K, alpha, len(source) + 4, allowed)
        assert [h.score for h in found] == pytest.approx([score for _, score in expected[:K]], abs=1e-4)
        scores = {tuple(tokens): score for tokens, score in expected}
        for hypothesis in found:  # the same but for ties: found by the reference too, with the same score
            assert scores[tuple(hypothesis.tokens)] == pytest.approx(hypothesis.score, abs=1e-4)
            forced = log_probability(model, source, hypothesis.tokens)
            assert hypothesis.log_probability == pytest.approx(forced, abs=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_one_by_one_as_in_a_batch(name):
    model = random_model(name, V=40, seed=2)
    generator = torch.Generator().manual_seed(0)
    sources = [torch.randint(4, 40, (n,), generator=generator) for n in (1, 3, 9, 4, 12, 2)]
    batch = torch.nn.utils.rnn.pad_sequence(sources, batch_first=True, padding_value=PAD)
    together = beam_search(model, batch, n_best=2, max_extra=10)
    for source, found in zip(sources, together, strict=True):
        (alone,) = beam_search(model, source[None], n_best=2, max_extra=10)
        assert [h.tokens for h in alone] == [h.tokens for h in found]
        assert [h.score for h in alone] == pytest.approx([h.score for h in found], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "alpha"), others_slow(product(["post-norm", "lstm-additive"], [-2.0, 0.0, 0.6, 2.0]), [2, 4])
)
def test_ending_early_changes_nothing(name, alpha):
    for seed in range(4):
        model = random_model(name, V=20, seed=seed)
        for n_best in (1, 3):
            early = beam_search(model, SRC, alpha=alpha, n_best=n_best, max_extra=12)
            late = beam_search(model, SRC, alpha=alpha, n_best=n_best, max_extra=12, early_termination=False)
            assert [[h.tokens for h in best] for best in early] == [[h.tokens for h in best] for best in late]


def test_ends_early_and_lets_finished_sentences_leave():
    model = PlantedModel(10, copy_rule(10))
    found = beam_search(model, SRC)
    assert [best.tokens for (best,) in found] == [[4, 5, 6, 7], [8, 4], [5], [9, 9, 4], [9, 4, 4, 4]]
    assert model.rows_computed == 5 + 3 + 2 + 4 + 5


def test_a_later_end_wins_where_the_penalty_makes_up_for_it():
    """The first finished hypothesis must not stop a live one that comes to score better."""

    def rule(source, prefix):
        p = torch.full((6,), 1e-9)
        if not prefix:
            p[EOS], p[4] = 0.52, 0.48
        elif len(prefix) < 5:
            p[4] = 1.0
        else:
            p[EOS] = 1.0
        return p.log()

    for alpha, tokens in [(0.0, []), (1.0, [4] * 5)]:  # log 0.48 / (11 / 6) > log 0.52 > log 0.48
        (found,) = beam_search(PlantedModel(6, rule), torch.tensor([[4, 2]]), alpha=alpha, beam=2)
        assert found[0].tokens == tokens


def test_a_negative_alpha_does_not_end_a_sentence_too_early():
    """Then the penalty is largest for the next length, not for the last."""

    def rule(source, prefix):
        p = torch.full((6,), 1e-9)
        p[EOS], p[4] = (1.0, 0.0) if prefix else (0.3, 0.7)
        return p.log()

    (found,) = beam_search(PlantedModel(6, rule), torch.tensor([[4, 2]]), alpha=-2.0, beam=2)
    assert found[0].tokens == [4]  # log 0.7 * (7 / 6)^2 > log 0.3


MARKOV = {  # P(next | last), chosen so that the best first step leads nowhere good
    BOS: {4: 0.6, 5: 0.4},
    4: {6: 0.35, 7: 0.33, EOS: 0.32},
    5: {8: 0.9, EOS: 0.1},
    6: {EOS: 0.5, 4: 0.5},
    7: {EOS: 0.5, 5: 0.5},
    8: {EOS: 0.95, 4: 0.05},
}


def markov_rule(source, prefix):
    p = torch.full((9,), 1e-6)
    for token, probability in MARKOV[prefix[-1] if prefix else BOS].items():
        p[token] = probability
    return p.log()


def test_beam_finds_what_greedy_misses():
    model, src = PlantedModel(9, markov_rule), torch.tensor([[4, 5, 2]])
    (found,) = beam_search(model, src, beam=2, alpha=0.0)
    assert found[0].tokens == [5, 8]  # 0.4 * 0.9 * 0.95 = 0.342, the most probable sequence of all
    assert math.exp(found[0].log_probability) == pytest.approx(0.342, rel=1e-4)
    (stuck,) = greedy(model, src)
    assert stuck.tokens[0] == 4
    assert stuck.log_probability < math.log(0.2)


def test_the_length_limit():
    """Source + extra, both with their end symbol, each sentence by its own length; the end is forced."""
    never_ends = torch.zeros(10).index_fill(0, torch.tensor([EOS]), -5.0)
    model = PlantedModel(10, lambda source, prefix: never_ends)
    end = float(never_ends.log_softmax(0)[EOS])
    other = float(never_ends.log_softmax(0)[4])
    for row, (best,) in zip(SRC.tolist(), beam_search(model, SRC, max_extra=3, alpha=3.0), strict=True):
        tokens = sum(i != PAD for i in row) + 3 - 1
        assert len(best.tokens) == tokens
        assert best.log_probability == pytest.approx(tokens * other + end, rel=1e-5)


def test_learned_positions_set_an_end():
    from repro.models import Transformer

    model = Transformer(V=10, N=1, d_model=8, d_ff=8, h=1, positions="learned", longest=7).eval()
    with torch.no_grad():
        model.embedding.weight[EOS] = 0.0  # improbable enough that nothing ends by itself
    for (best,) in beam_search(model, SRC, alpha=3.0):
        assert len(best.tokens) + 1 <= 7


def test_n_best_is_sorted_and_distinct():
    found = beam_search(random_model("post-norm", 20, seed=8), SRC, beam=6, n_best=6, max_extra=5)
    for hypotheses in found:
        scores = [hypothesis.score for hypothesis in hypotheses]
        assert len(scores) == 6
        assert scores == sorted(scores, reverse=True)
        assert len({tuple(hypothesis.tokens) for hypothesis in hypotheses}) == 6


def test_special_symbols_are_never_generated():
    likely = torch.zeros(10).index_fill(0, torch.tensor([PAD, BOS, UNK]), 9.0)
    model = PlantedModel(10, lambda source, prefix: likely)
    for hypotheses in beam_search(model, SRC, n_best=4, max_extra=2):
        for hypothesis in hypotheses:
            assert not {PAD, BOS, UNK, EOS} & set(hypothesis.tokens)
    (allowed,) = beam_search(model, SRC[:1], forbidden=(), max_extra=2, alpha=5.0)
    assert set(allowed[0].tokens) == {UNK}


def test_ties_go_to_the_lower_beam_and_id():
    model = PlantedModel(12, lambda source, prefix: torch.zeros(12))
    (found,) = beam_search(model, torch.tensor([[4, 2]]), beam=3, n_best=3, max_extra=0, alpha=0.0)
    assert [hypothesis.tokens for hypothesis in found] == [[], [4], [5]]
    two_steps = PlantedModel(
        40,
        lambda source, prefix: torch.zeros(40).index_fill(0, torch.tensor([EOS]), -9.0 if len(prefix) < 2 else 9.0),
    )
    (found,) = beam_search(two_steps, torch.tensor([[4, 2]]), beam=3, n_best=3, max_extra=2)
    assert [hypothesis.tokens for hypothesis in found] == [[4, 4], [4, 5], [4, 6]]


@pytest.mark.parametrize("name", ["post-norm", "lstm-additive"])
def test_bf16(name):
    model = random_model(name, V=50, seed=4).bfloat16()
    for hypotheses in beam_search(model, SRC, n_best=4, max_extra=5):
        assert len(hypotheses) == 4
        assert all(math.isfinite(hypothesis.score) for hypothesis in hypotheses)


def test_impossible_continuations_are_no_hypotheses():
    def rule(source, prefix):  # two sequences are possible: [5] and [6]
        allowed = [EOS] if prefix else [5, 6]
        return torch.full((9,), -torch.inf).index_fill(0, torch.tensor(allowed), 0.0)

    (found,) = beam_search(PlantedModel(9, rule), torch.tensor([[4, 2]]), n_best=4)
    assert [hypothesis.tokens for hypothesis in found] == [[5], [6]]


def test_nan_is_an_error():
    model = PlantedModel(10, lambda source, prefix: torch.full((10,), torch.nan))
    with pytest.raises(FloatingPointError):
        beam_search(model, SRC)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beam": 0}, "beam is 0"),
        ({"n_best": 5}, "n_best is 5"),
        ({"n_best": 0}, "n_best is 0"),
        ({"alpha": float("nan")}, "alpha is nan; it must be between -10 and 10"),
        ({"alpha": float("-inf")}, "alpha is -inf"),
        ({"alpha": 1e6}, "alpha is 1000000.0"),
    ],
)
def test_bad_numbers(options, message):
    with pytest.raises(BadInput, match=message):
        beam_search(PlantedModel(10, copy_rule(10)), SRC, **options)


def test_no_sentences():
    assert beam_search(PlantedModel(10, copy_rule(10)), torch.zeros(0, 3, dtype=torch.long)) == []
