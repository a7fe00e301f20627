"""Beam search with a length penalty (section 6.1; Wu et al. 2016, section 7), for many sentences at once.

Where the paper is silent, this is decided here:

- A hypothesis ends where its end symbol is among the K best of all continuations of its sentence's K beams.
  (In tensor2tensor it is enough to be among the 2K best; then beam 1 would not be greedy search.)
- Unfinished hypotheses at the length limit end there, at the end symbol's own probability.
- Finished and live hypotheses compete by the same measure, log probability over length penalty. A sentence is
  finished when no live hypothesis can still beat its n best finished ones. Searching on to the length limit would
  give the same result.
- Ties go to the hypothesis that finished first, then to the better beam, then to the lower id.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from repro.data.vocabulary import BOS, EOS, PAD, UNK
from repro.decoding.hypothesis import Hypothesis, length_limits, never_generated
from repro.decoding.length_penalty import LengthPenalty, check_alpha, length_penalty
from repro.decoding.ranking import Continuations, best_continuations, largest
from repro.errors import BadInput
from repro.models.seq2seq import Seq2Seq

LEAVING = 8
"""Finished sentences leave a batch once they are one in so many of it.

Each departure copies the keys and values of the rest.
"""


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
        early_termination: whether a sentence ends as soon as its result is certain. False follows each to its length
            limit; results are the same, and tests compare the two.

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
        raise BadInput(f"n_best is {n_best}; it must be between 1 and the beam size, {beam}")
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
        # 1. The 2K best continuations of a sentence: K are left when those that end are taken out.
        found = best_continuations(model.step(tokens, state), search.live, 2 * K, banned)
        totals, beams, ids = search.only_ends(found, length)
        ends = ids == EOS

        # 2. Those that end, among the K best, join the finished ones.
        ending = totals[:, :K].masked_fill(~ends[:, :K], -torch.inf)
        if (ending > -torch.inf).any():
            search.finish(ending, ending / length_penalty(float(length), alpha, penalty), beams[:, :K])

        # 3. The K best that go on are the live ones.
        live, chosen = largest(totals.masked_fill(ends, -torch.inf), K)
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

    def only_ends(self, found: Continuations, length: int) -> tuple[Tensor, Tensor, Tensor]:
        """Totals, beams and ids (B, C) of continuations; a sentence at its limit ends with each of its beams."""
        at_limit = self.limits == length
        if not at_limit.any():
            return found.totals, found.beams, found.ids
        totals = torch.full_like(found.totals, -torch.inf)
        beams = torch.zeros_like(found.beams)
        ended, order = largest(self.live + found.end_log_p, totals.shape[1])
        totals[:, : ended.shape[1]], beams[:, : ended.shape[1]] = ended, order
        last = at_limit[:, None]
        return (
            torch.where(last, totals, found.totals),
            torch.where(last, beams, found.beams),
            found.ids.masked_fill(last, EOS),
        )

    def finish(self, log_probabilities: Tensor, scores: Tensor, beams: Tensor) -> None:
        """Let prefixes of live `beams` with these scores, all (B, <= K), compete with the finished."""
        self.scores, best = largest(torch.cat([self.scores, scores], dim=1), self.scores.shape[1])
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


def _rows(x: Tensor, places: Tensor) -> Tensor:
    """(B, K, L) rows of each sentence by places (B, K') -> (B, K', L)."""
    return x.gather(1, places[:, :, None].expand(-1, -1, x.shape[2]))
