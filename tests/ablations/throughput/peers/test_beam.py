"""The short beam search against all sequences."""

import itertools

import torch

from ablations.throughput.peers.beam import plain_beam_search
from ablations.throughput.workload import BOS, EOS, PAD


def test_the_plain_beam_search_finds_the_best_of_all():
    generator = torch.Generator().manual_seed(2)
    V, steps = 6, 3
    scores = torch.randn(V, V, generator=generator).log_softmax(-1)  # of the next token after each

    def next_logits(prefixes):
        return scores[prefixes[:, -1]]

    words = [token for token in range(V) if token not in (PAD, BOS, EOS)]
    best = max(
        itertools.product(words, repeat=steps),
        key=lambda row: sum(float(scores[a, b]) for a, b in itertools.pairwise((BOS, *row))),
    )
    beam = len(words) ** steps
    (found,) = plain_beam_search(next_logits, torch.full((beam, 1), BOS), beam, steps)
    assert tuple(found) == best
