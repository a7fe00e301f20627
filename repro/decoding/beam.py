"""Beam search with a length penalty (section 6.1; Wu et al. 2016, section 7), for many sentences at once.

Where the paper is silent, this is decided here:

- A hypothesis ends where its end symbol is among the K best of all continuations of its sentence's K beams.
  (In tensor2tensor it is enough to be among the 2K best; then beam 1 would not be greedy search.)
- Unfinished hypotheses at the length limit end there, at the end symbol's own probability.
- Finished and live hypotheses compete by the same measure, log probability over length penalty: a sentence is
  finished when no live hypothesis can come to beat the n best finished ones, however it went on. No result
  is lost by that: running on to the length limit gives the same.
- Of equals, the one that finished first is better, then that of the better beam, then the lower id.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from repro.data.vocabulary import BOS, EOS, PAD, UNK
from repro.decoding.hypothesis import Hypothesis, check_numbers, length_limits, never_generated
from repro.decoding.length_penalty import LengthPenalty, check_alpha, length_penalty
from repro.errors import BadInput
from repro.models.seq2seq import Seq2Seq

BLOCK_ELEMENTS = 1 << 20
"""Log probabilities that a CPU makes at a time: few enough to be ranked while they are still in its cache."""

LEAVING = 8
"""Sentences leave when one in so many of a batch is certain: each time, the keys and values of the rest are copied."""

GROUP = 32
"""Log probabilities of which the largest stands for all in the first ranking."""


@torch.inference_mode()
def beam_search(
    model: Seq2Seq,
    src: Tensor,
    *,
    beam: int = 4,
    alpha: float = 0.6,
    max_extra: int = 50,
    n_best: int = 1,
    penalty: LengthPenalty = "gnmt",
    forbidden: Iterable[int] = (UNK,),
    early_termination: bool = True,
) -> list[list[Hypothesis]]:
    """The best hypotheses that a beam of K finds for each sentence.

    Args:
        model: in evaluation mode.
        src: (B, n) source ids, padded with 0.
        beam: K, hypotheses that are followed at a time; 4 in the paper.
        alpha: strength of the length penalty; 0.6 in the paper.
        max_extra: see `length_limits`; 50 in the paper.
        n_best: how many hypotheses are wanted, at most `beam`.
        penalty: kind of length penalty.
        forbidden: ids that are never generated, beside padding and the begin symbol.
        early_termination: False follows every sentence to its length limit, for nothing but a comparison.

    Returns:
        For each sentence up to `n_best` distinct hypotheses, best first: fewer only where there are no more,
        or where all others have probability 0.

    Raises:
        BadInput: a beam under 1, an n_best that is not within 1 and beam, or an alpha beyond any use.
        FloatingPointError: the model gives NaN.
    """
    if beam < 1:
        raise BadInput(f"beam is {beam}; it must be at least 1")
    if not 1 <= n_best <= beam:
        raise BadInput(f"n_best is {n_best}; it must lie between 1 and the beam of {beam}")
    check_alpha(alpha)
    B, K = src.shape[0], beam
    if B == 0:
        return []
    banned = torch.tensor(never_generated(forbidden), device=src.device)
    hypotheses: list[list[Hypothesis]] = [[] for _ in range(B)]
    limits = length_limits(model, src, max_extra)
    search = _Search.begin(limits, K)
    same_order = torch.arange(K, device=src.device)
    tokens = torch.full((B, K), BOS, device=src.device)
    state = model.start(src, K)
    length = 0
    while True:
        length += 1
        log_p, ids, end_log_p = _best_continuations(model.step(tokens, state), 2 * K, banned)
        last = (search.limits == length)[:, None, None]
        only_end = torch.full_like(log_p, -torch.inf)
        only_end[:, :, 0] = end_log_p
        log_p, ids = torch.where(last, only_end, log_p), ids.masked_fill(last, EOS)

        # 1. The 2K best continuations of a sentence: K are left when those that end are taken out.
        totals, flat = _sorted((search.live[:, :, None] + log_p).flatten(1), 2 * K)  # (B, <= 2K)
        ids, beams = ids.flatten(1).gather(1, flat), flat // ids.shape[2]
        ends = ids == EOS

        # 2. Those that end, among the K best, join the finished ones.
        ending = totals[:, :K].masked_fill(~ends[:, :K], -torch.inf)
        if (ending > -torch.inf).any():
            search.finish(ending, ending / length_penalty(float(length), alpha, penalty), beams[:, :K])

        # 3. The K best that go on are the live ones.
        live, chosen = _sorted(totals.masked_fill(ends, -torch.inf), K)
        tokens, beams = ids.gather(1, chosen), beams.gather(1, chosen)
        search.go_on(live, tokens, beams, length)

        # 4. Sentences whose result is certain leave, several at a time: what is certain stays so.
        certain = search.certain(n_best, length, alpha, penalty, early_termination)
        leaving = int(certain.sum())
        if leaving * LEAVING >= len(certain):
            for i in certain.nonzero()[:, 0].tolist():
                hypotheses[int(search.sentences[i])] = search.best(i, n_best)
            rest = (~certain).nonzero()[:, 0]
            if len(rest) == 0:
                return hypotheses
            search.keep(rest)
            state.keep(rest)
            tokens, beams = tokens[rest], beams[rest]
        if not (beams == same_order).all():
            state.reorder(beams)


@dataclass
class _Search:
    """Live and finished hypotheses of the B sentences that are still being decoded; absent ones have -inf."""

    sentences: Tensor  # (B,) their rows in the source
    limits: Tensor  # (B,) most tokens, with the end symbol
    live: Tensor  # (B, K) log probabilities, best first
    prefixes: Tensor  # (B, K, longest limit) ids of the live, padded
    scores: Tensor  # (B, K) of the finished, best first
    finished: Tensor  # (B, K) their log probabilities
    translations: Tensor  # (B, K, longest limit) their ids, padded

    @classmethod
    def begin(cls, limits: Tensor, K: int) -> "_Search":
        """One live hypothesis a sentence, empty and certain; the other beams would only repeat it."""
        B, device = len(limits), limits.device
        none = torch.full((B, K), -torch.inf, device=device)
        live = none.clone()
        live[:, 0] = 0.0
        empty = torch.full((B, K, int(limits.max())), PAD, device=device)
        return cls(torch.arange(B, device=device), limits, live, empty, none, none, empty)

    def finish(self, log_probabilities: Tensor, scores: Tensor, beams: Tensor) -> None:
        """Let prefixes of live `beams` with these scores, all (B, <= K), compete with the finished."""
        self.scores, best = _sorted(torch.cat([self.scores, scores], dim=1), self.scores.shape[1])
        self.finished = torch.cat([self.finished, log_probabilities], dim=1).gather(1, best)
        self.translations = _rows(torch.cat([self.translations, _rows(self.prefixes, beams)], dim=1), best)

    def go_on(self, live: Tensor, tokens: Tensor, beams: Tensor, length: int) -> None:
        """Continue beam `beams[b, k]` with `tokens[b, k]` as beam k; all (B, K)."""
        self.live, self.prefixes = live, _rows(self.prefixes, beams)
        self.prefixes[:, :, length - 1] = tokens

    def certain(self, n_best: int, length: int, alpha: float, penalty: LengthPenalty, early: bool) -> Tensor:
        """(B,): whether the n best finished hypotheses can no longer be beaten.

        A live hypothesis of log probability s <= 0 can end with s at best, since no token adds to it, and
        with the largest penalty of the lengths before it. Penalties are monotone in length: the largest is
        the next or the last.
        """
        best_live = self.live[:, 0]
        if not early:
            return best_live == -torch.inf
        following = length_penalty(torch.full_like(best_live, length + 1.0), alpha, penalty)
        last = length_penalty(self.limits.to(best_live.dtype), alpha, penalty)
        return self.scores[:, n_best - 1] >= best_live / torch.maximum(following, last)

    def best(self, i: int, n: int) -> list[Hypothesis]:
        """The n best finished hypotheses of sentence i, fewer where there are not so many."""
        rows = zip(
            self.translations[i, :n].tolist(),
            self.scores[i, :n].tolist(),
            self.finished[i, :n].tolist(),
            strict=True,
        )
        return [
            Hypothesis([token for token in tokens if token != PAD], score, log_probability)
            for tokens, score, log_probability in rows
            if score > -torch.inf
        ]

    def keep(self, rest: Tensor) -> None:
        """Go on with these sentences only; (B',) indices into the present ones."""
        for name, value in vars(self).items():
            setattr(self, name, value[rest])


def _best_continuations(logits: Tensor, count: int, banned: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The best next tokens of each beam by itself; only those few meet other beams' in a second ranking.

    Args:
        logits: (B, K, V), in any precision; ranked and normalised in float32.
        count: C, how many are wanted.
        banned: ids that may not be chosen.

    Returns:
        Log probabilities (B, K, C) and ids (B, K, C), best first and of equals the lower id first, with
        fewer than C if V is smaller; and the log probability of the end symbol (B, K).
    """
    B, K, V = logits.shape
    rows = B * K if logits.is_cuda else max(1, BLOCK_ELEMENTS // V)
    parts = []
    for block in logits.flatten(0, 1).split(rows):
        log_p = block.log_softmax(dim=-1, dtype=torch.float32)
        check_numbers(log_p[:, EOS])
        end_log_p = log_p[:, EOS].clone()
        parts.append((*_top(log_p.index_fill_(1, banned, -torch.inf), count), end_log_p))
    values, ids, end_log_p = (torch.cat(part) for part in zip(*parts, strict=True))
    return values.view(B, K, -1), ids.view(B, K, -1), end_log_p.view(B, K)


def _top(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of each row of (R, V) and their places; of equals the first."""
    if count >= x.shape[1]:
        return _sorted(x, count)
    values, places = _candidates(x, count + 1)
    # topk says nothing on the order of equals, which low precision makes. Within the chosen they are put in
    # order here; if they reach beyond, as one more candidate than wanted shows, the first of them are looked for.
    places, by_place = places.sort(dim=1)
    values, order = values.gather(1, by_place).sort(dim=1, descending=True, stable=True)
    places = places.gather(1, order)
    ambiguous = (values[:, -1] == values[:, -2]) & (values[:, -1] > -torch.inf)
    values, places = values[:, :count], places[:, :count]
    if ambiguous.any():
        places[ambiguous] = _first_of_equals(x[ambiguous], values[ambiguous], places[ambiguous])
    return values, places


def _first_of_equals(x: Tensor, values: Tensor, places: Tensor) -> Tensor:
    """Places (R, C) of the largest of x (R, V): of those that equal the last of `values` (R, C), the first ones."""
    last = values[:, -1:]
    backwards = torch.arange(x.shape[1], 0, -1, device=x.device, dtype=torch.float32)
    equals = torch.where(x == last, backwards, 0.0)
    firsts, equal_places = _candidates(equals, values.shape[1])
    equal_places = equal_places.gather(1, firsts.argsort(dim=1, descending=True))
    larger = (values > last).sum(dim=1, keepdim=True)
    j = torch.arange(values.shape[1], device=x.device)
    return torch.where(j < larger, places, equal_places.gather(1, (j - larger).clamp(min=0)))


def _candidates(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of each row of (R, V) and their places, in no order that counts.

    They lie in the `count` groups with the largest maxima, and maxima are found many times faster than ranks.
    """
    R, V = x.shape
    groups = V // GROUP
    if x.is_cuda or groups <= 4 * count:
        return x.topk(count)
    maxima = x[:, : groups * GROUP].unflatten(1, (groups, GROUP)).amax(dim=2)
    chosen = maxima.topk(count).indices
    inside = torch.arange(GROUP, device=x.device)
    rest = torch.arange(groups * GROUP, V, device=x.device).expand(R, -1)
    places = torch.cat([(chosen[:, :, None] * GROUP + inside).flatten(1), rest], dim=1)
    values, best = x.gather(1, places).topk(count)
    return values, places.gather(1, best)


def _sorted(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest, or all, along the last dimension and their places; of equals the first."""
    values, places = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :count], places[..., :count]


def _rows(x: Tensor, places: Tensor) -> Tensor:
    """(B, K, L) rows of each sentence by places (B, K') -> (B, K', L)."""
    return x.gather(1, places[:, :, None].expand(-1, -1, x.shape[2]))
