"""The best continuations of all beams of a sentence, beside sorting them all in Python."""

import math

import pytest
import torch

from repro.data.vocabulary import EOS
from repro.decoding import ranking
from repro.decoding.ranking import best_continuations, largest

BANNED = (0, 1, 7)


def sorted_in_python(log_p, live, count):
    """(total, beam, id) of one sentence's best continuations, of equals the better beam, then the lower id."""
    K, V = log_p.shape
    totals = (live[:, None] + log_p).tolist()  # in float32, as the search has them
    entries = [(-totals[k][i] if i not in BANNED else math.inf, k, i) for k in range(K) for i in range(V)]
    return [(-total, k, i) for total, k, i in sorted(entries)[:count]]


@pytest.mark.parametrize("sentences_at_a_time", [1, 50])
@pytest.mark.parametrize("K", [1, 4])
@pytest.mark.parametrize(("V", "levels"), [(9, 10**9), (90, 12), (2000, 12), (2011, 400), (2011, 10**9)])
def test_as_sorted_in_python(V, levels, K, sentences_at_a_time, monkeypatch):
    """Coarse values tie within the chosen and across their border; many are ranked by groups first."""
    monkeypatch.setattr(ranking, "BLOCK_ELEMENTS", sentences_at_a_time * K * V)
    generator = torch.Generator().manual_seed(1)
    logits = torch.randint(0, levels, (6, K, V), generator=generator).float() * (10 / min(levels, 1000))
    logits[:, :, 5::7] = -torch.inf
    logits[0, :, :-3] = -1.0  # the best are in no whole group, and the others alike
    live = -torch.randint(0, 3, (6, K), generator=generator).float()
    live[1, 1:] = -torch.inf  # as at the first step
    found = best_continuations(logits, live, 2 * K, torch.tensor(BANNED))
    log_p = logits.log_softmax(dim=-1)
    assert torch.equal(found.end_log_p, log_p[..., EOS])
    for b in range(6):
        expected = [entry for entry in sorted_in_python(log_p[b], live[b], 2 * K) if entry[0] > -math.inf]
        rows = zip(found.totals[b].tolist(), found.beams[b].tolist(), found.ids[b].tolist(), strict=True)
        assert [row for row in rows if row[0] > -math.inf] == expected


def test_fewer_come_where_there_are_no_more():
    found = best_continuations(torch.zeros(2, 1, 5), torch.zeros(2, 1), 9, torch.tensor([0]))
    assert found.ids.tolist() == [[1, 2, 3, 4, 0]] * 2
    assert found.totals[:, -1].tolist() == [-math.inf] * 2


def test_numbers_in_16_bits_are_ranked_in_32():
    logits = torch.tensor([[[0.0, 1.0, 2.0, 3.0]] * 2]).bfloat16()
    live = torch.tensor([[-1.0, -1.0001]])  # alike in 16 bits
    assert best_continuations(logits, live, 2, torch.tensor([], dtype=torch.long)).beams.tolist() == [[0, 1]]


def test_no_number_is_an_error():
    with pytest.raises(FloatingPointError):
        best_continuations(torch.full((1, 1, 4), math.nan), torch.zeros(1, 1), 2, torch.tensor([0]))


def test_largest_keeps_the_order_of_equals():
    values, places = largest(torch.tensor([[1.0, 3.0, 1.0, 3.0]]), 3)
    assert (values.tolist(), places.tolist()) == ([[3.0, 3.0, 1.0]], [[1, 3, 0]])
