"""The oracles of decoding: slow searches without cache or batch, and models whose best output is known."""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from repro.data.vocabulary import BOS, EOS, PAD, UNK
from repro.models import RecurrentSeq2Seq, Seq2Seq, Transformer

MODELS = {
    "post-norm": lambda V, seed: Transformer(V=V, N=2, d_model=16, d_ff=32, h=2, seed=seed),
    "pre-norm": lambda V, seed: Transformer(V=V, N=2, d_model=16, d_ff=32, h=4, norm="pre", seed=seed),
    "learned": lambda V, seed: Transformer(V=V, N=1, d_model=16, d_ff=32, h=2, positions="learned", seed=seed),
    "lstm-additive": lambda V, seed: RecurrentSeq2Seq(V=V, N=2, d_model=16, seed=seed),
    "lstm-dot": lambda V, seed: RecurrentSeq2Seq(V=V, N=1, d_model=16, attention="dot", seed=seed),
    "gru-none": lambda V, seed: RecurrentSeq2Seq(V=V, N=2, d_model=16, cell="gru", attention="none", seed=seed),
}


def random_model(name: str, V: int, seed: int) -> Seq2Seq:
    """One of MODELS with parameters so large that its distributions are neither flat nor all alike."""
    model = MODELS[name](V, seed).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5, generator=generator)
    return model


def next_log_probabilities(model: Seq2Seq, source: list[int], prefixes: list[list[int]]) -> list[list[float]]:
    """log P(next token) after each prefix, all of one length, by running the model over the whole of it."""
    tgt = torch.tensor([[BOS, *prefix] for prefix in prefixes])
    src = torch.tensor([source]).expand(len(prefixes), -1)
    with torch.no_grad():
        logits = model.logits(model.states(src, tgt)[:, -1])
    return logits.double().log_softmax(-1).tolist()


def log_probability(model: Seq2Seq, source: list[int], tokens: list[int]) -> float:
    """log P(tokens, end | source) by teacher forcing."""
    with torch.no_grad():
        logits = model.logits(model.states(torch.tensor([source]), torch.tensor([[BOS, *tokens]])))[0]
    rows = logits.double().log_softmax(-1)
    return sum(float(rows[j, token]) for j, token in enumerate([*tokens, EOS]))


def gnmt_penalty(length: int, alpha: float) -> float:
    return (5 + length) ** alpha / 6**alpha


def every_sequence(V: int, limit: int) -> list[list[int]]:
    """All token sequences that have at most `limit` tokens with their end symbol."""
    ids = range(UNK + 1, V)
    return [list(seq) for n in range(limit) for seq in itertools.product(ids, repeat=n)]


def reference_beam_search(
    model: Seq2Seq, source: list[int], K: int, alpha: float, limit: int, allowed: list[int]
) -> list[tuple[list[int], float]]:
    """All finished hypotheses with their scores, best first: no cache, no batch, no early termination."""
    live: list[tuple[list[int], float]] = [([], 0.0)]
    finished = []
    for length in range(1, limit + 1):
        candidates = []
        rows = next_log_probabilities(model, source, [tokens for tokens, _ in live])
        for (tokens, total), row in zip(live, rows, strict=True):
            for token in [EOS] if length == limit else sorted([EOS, *allowed]):
                candidates.append((total + row[token], tokens, token))
        candidates.sort(key=lambda candidate: -candidate[0])  # stable: lower beam, lower id
        for total, tokens, token in candidates[:K]:
            if token == EOS:
                finished.append((tokens, total / gnmt_penalty(length, alpha)))
        live = [([*tokens, token], total) for total, tokens, token in candidates if token != EOS][:K]
    return sorted(finished, key=lambda hypothesis: -hypothesis[1])


@dataclass
class HistoryState:
    """Everything that was fed, so that a wrong reordering shows."""

    src: Tensor  # (B, n)
    history: Tensor  # (B, K, t)

    def reorder(self, beams: Tensor) -> None:
        self.history = self.history.gather(1, beams[:, :, None].expand_as(self.history))

    def keep(self, sentences: Tensor) -> None:
        self.src, self.history = self.src[sentences], self.history[sentences]


class PlantedModel(nn.Module):
    """A model whose next-token logits are a function of the source and of the tokens so far.

    Args:
        V: number of types.
        rule: from a source and a prefix, without padding and begin symbol, to V logits.
    """

    def __init__(self, V, rule):
        super().__init__()
        self.V, self.rule = V, rule
        self.rows_computed = 0

    def output_weight(self) -> Tensor:
        return torch.zeros(self.V, 1)

    def start(self, src: Tensor, K: int) -> HistoryState:
        return HistoryState(src, torch.zeros(src.shape[0], K, 0, dtype=torch.long))

    def step(self, tokens: Tensor, state: HistoryState) -> Tensor:
        assert tokens.shape[0] == state.src.shape[0] == state.history.shape[0]
        self.rows_computed += tokens.shape[0]
        state.history = torch.cat([state.history, tokens[:, :, None]], dim=2)
        return torch.stack(
            [
                torch.stack([self.rule([i for i in source if i != PAD], prefix[1:]) for prefix in beams])
                for source, beams in zip(state.src.tolist(), state.history.tolist(), strict=True)
            ]
        )


def copy_rule(V: int):
    """Logits that all but surely copy the source, its end symbol included."""

    def rule(source: list[int], prefix: list[int]) -> Tensor:
        t = len(prefix)
        logits = torch.zeros(V)
        logits[source[t] if t < len(source) else EOS] = 20.0
        return logits

    return rule
