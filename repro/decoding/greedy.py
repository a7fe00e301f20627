"""Greedy search: the most probable next token, always."""

from collections.abc import Iterable

import torch
from torch import Tensor

from repro.data.vocabulary import BOS, EOS, UNK
from repro.decoding.hypothesis import Hypothesis, check_numbers, length_limits, never_generated
from repro.models.seq2seq import Seq2Seq


@torch.inference_mode()
def greedy(model: Seq2Seq, src: Tensor, *, max_extra: int = 50, forbidden: Iterable[int] = (UNK,)) -> list[Hypothesis]:
    """The hypothesis of each sentence that takes the best next token at each step; of equals the lower id.

    The same as beam search with beam 1 and no length penalty, and about as good as beam 4 where the model is
    sure.

    Args:
        model: in evaluation mode.
        src: (B, n) source ids, padded with 0.
        max_extra: see `length_limits`; a hypothesis still unfinished there ends, at the end symbol's own
            probability.
        forbidden: ids that are never generated, beside padding and the begin symbol.

    Returns:
        One hypothesis a sentence; its score is its log probability.

    Raises:
        FloatingPointError: the model gives NaN.
    """
    if src.shape[0] == 0:
        return []
    device = src.device
    banned = torch.tensor(never_generated(forbidden), device=device)
    limits = length_limits(model, src, max_extra)
    hypotheses: dict[int, Hypothesis] = {}
    sentences = torch.arange(src.shape[0], device=device)  # which rows of src are still unfinished
    prefixes = torch.empty(src.shape[0], 0, dtype=torch.long, device=device)
    totals = torch.zeros(src.shape[0], device=device)
    tokens = torch.full((src.shape[0], 1), BOS, device=device)
    state = model.start(src, 1)
    length = 0
    while len(sentences):
        length += 1
        log_p = model.step(tokens, state)[:, 0].log_softmax(dim=-1, dtype=torch.float32)  # (B, V)
        end_log_p, at_limit = log_p[:, EOS].clone(), limits == length
        check_numbers(end_log_p)
        largest, best = log_p.index_fill_(1, banned, -torch.inf).max(dim=-1)  # in place: a copy takes as long
        best = torch.where(at_limit, EOS, best)
        totals = totals + torch.where(at_limit, end_log_p, largest)
        done = best == EOS
        for i in done.nonzero()[:, 0].tolist():
            total = float(totals[i])
            hypotheses[int(sentences[i])] = Hypothesis(prefixes[i].tolist(), total, total)
        tokens = best[:, None]
        prefixes = torch.cat([prefixes, tokens], dim=1)
        if done.any():
            rest = (~done).nonzero()[:, 0]
            if len(rest):
                state.keep(rest)
            sentences, limits, totals = sentences[rest], limits[rest], totals[rest]
            tokens, prefixes = tokens[rest], prefixes[rest]
    return [hypotheses[i] for i in range(src.shape[0])]
