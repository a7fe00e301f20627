"""A short beam search for libraries that have none: it reorders prefixes, and asks for the next token's scores."""

from collections.abc import Callable

import torch
from torch import Tensor

from ablations.throughput.workload import BOS, EOS, PAD


def plain_beam_search(next_logits: Callable[[Tensor], Tensor], begin: Tensor, beam: int, steps: int) -> list[list[int]]:
    """The best of `beam` hypotheses of exactly `steps` tokens for each sentence.

    Args:
        next_logits: (B beam, t) prefixes -> (B beam, V) scores of the next token.
        begin: (B beam, 1) start symbols; the rows of a sentence's beams lie together.
        beam: how many are followed.
        steps: how many tokens; the end symbol is never chosen.
    """
    B = len(begin) // beam
    prefixes = begin
    live = torch.full((B, beam), -torch.inf, device=begin.device)
    live[:, 0] = 0.0
    for _ in range(steps):
        log_p = next_logits(prefixes).float().log_softmax(-1)
        log_p[:, [PAD, BOS, EOS]] = -torch.inf
        V = log_p.shape[-1]
        live, flat = (live[:, :, None] + log_p.view(B, beam, V)).flatten(1).topk(beam)
        rows = (flat // V + torch.arange(B, device=begin.device)[:, None] * beam).flatten()
        prefixes = torch.cat([prefixes[rows], (flat % V).flatten()[:, None]], 1)
    best: list[list[int]] = prefixes.view(B, beam, -1)[:, 0, 1:].tolist()
    return best
