"""The best continuations of each sentence's beams, ranked at once, without sorting a whole vocabulary.

The largest of a group of log probabilities is found many times faster than their ranks. So groups are ranked by their
largest first, and the entries of the few best groups then. That is exact: the C best entries lie in the C best groups.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from repro.data.vocabulary import EOS
from repro.decoding.hypothesis import check_numbers

BLOCK_ELEMENTS = 1 << 20
"""Log probabilities that a CPU makes at a time: few enough to be ranked while they are still in its cache."""

GROUP = 32
"""Log probabilities in a group; the largest one represents the group in the first ranking."""


@dataclass(frozen=True)
class Continuations:
    """The C best continuations of each of B sentences, best first; of equals the better beam, then the lower id.

    Attributes:
        totals: (B, C) log probabilities of the whole hypotheses.
        beams: (B, C) which of the K beams goes on.
        ids: (B, C) with which token.
        end_log_p: (B, K) log probability of the end symbol after each beam.
    """

    totals: Tensor
    beams: Tensor
    ids: Tensor
    end_log_p: Tensor


def best_continuations(logits: Tensor, live: Tensor, count: int, banned: Tensor) -> Continuations:
    """Rank all continuations of all beams of a sentence.

    Args:
        logits: (B, K, V), in any precision; normalised and ranked in float32.
        live: (B, K) log probabilities of the hypotheses so far, -inf for absent ones.
        count: C, how many are wanted; fewer come if there are no more.
        banned: ids that may not be chosen, but are normalised over.

    Raises:
        FloatingPointError: the logits hold NaN.
    """
    B, K, V = logits.shape
    sentences = B if logits.is_cuda else max(1, BLOCK_ELEMENTS // (K * V))
    parts = []
    for block, before in zip(logits.split(sentences), live.split(sentences), strict=True):
        log_p = block.log_softmax(dim=-1, dtype=torch.float32)
        end_log_p = log_p[..., EOS].clone()
        check_numbers(end_log_p)
        parts.append((*_top(log_p.index_fill_(2, banned, -torch.inf), before, count), end_log_p))
    totals, places, end_log_p = (torch.cat(part) for part in zip(*parts, strict=True))
    return Continuations(totals, places // V, places % V, end_log_p)


def largest(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest, or all, along the last dimension and their places; of equals the first."""
    values, places = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :count], places[..., :count]


def _top(x: Tensor, added: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of `x + added` for each row and their places in (K V); of equals the first.

    Args:
        x: (B, K, V).
        added: (B, K).
        count: at least 1.
    """
    if count >= x.shape[1] * x.shape[2]:
        return largest((x + added[:, :, None]).flatten(1), count)
    values, places = _candidates(x, added, count + 1)
    # topk says nothing on the order of equals, which low precision makes. Within the chosen they are put in
    # order here; if they reach beyond, as one more candidate than wanted shows, the first of them are looked for.
    places, by_place = places.sort(dim=1)
    values, order = values.gather(1, by_place).sort(dim=1, descending=True, stable=True)
    places = places.gather(1, order)
    ambiguous = (values[:, -1] == values[:, -2]) & (values[:, -1] > -torch.inf)
    values, places = values[:, :count], places[:, :count]
    if ambiguous.any():
        sums = (x[ambiguous] + added[ambiguous][:, :, None]).flatten(1)
        places[ambiguous] = _first_of_equals(sums, values[ambiguous], places[ambiguous])
    return values, places


def _first_of_equals(x: Tensor, values: Tensor, places: Tensor) -> Tensor:
    """Places (B, C) of the largest of x (B, K V): of those that equal the last of `values` (B, C), the first ones."""
    last = values[:, -1:]
    backwards = torch.arange(x.shape[1], 0, -1, device=x.device, dtype=torch.float32)
    equals = torch.where(x == last, backwards, 0.0)
    firsts, equal_places = _candidates(equals[:, None], equals.new_zeros(len(x), 1), values.shape[1])
    equal_places = equal_places.gather(1, firsts.argsort(dim=1, descending=True))
    larger = (values > last).sum(dim=1, keepdim=True)
    j = torch.arange(values.shape[1], device=x.device)
    return torch.where(j < larger, places, equal_places.gather(1, (j - larger).clamp(min=0)))


def _candidates(x: Tensor, added: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """As `_top`, in no order that counts."""
    _, K, V = x.shape
    groups = V // GROUP
    if x.is_cuda or K * groups <= 4 * count:
        return (x + added[:, :, None]).flatten(1).topk(count)
    maxima = x[..., : groups * GROUP].unflatten(2, (groups, GROUP)).amax(dim=3) + added[:, :, None]
    chosen = maxima.flatten(1).topk(count).indices
    first = chosen // groups * V + chosen % groups * GROUP
    inside = torch.arange(GROUP, device=x.device)
    rest = torch.arange(K * V, device=x.device).view(K, V)[:, groups * GROUP :].flatten().expand(len(x), -1)
    places = torch.cat([(first[:, :, None] + inside).flatten(1), rest], dim=1)
    values, best = (x.flatten(1).gather(1, places) + added.gather(1, places // V)).topk(count)
    return values, places.gather(1, best)
