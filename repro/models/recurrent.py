"""A recurrent sequence-to-sequence model of matching size: the baseline for the paper's claims.

A bidirectional LSTM or GRU encoder and a unidirectional decoder with additive attention (Bahdanau
et al. 2015), dot attention (Luong et al. 2015), or none: then all the decoder has of the source is
its initial state. Attention is taken from the decoder's output without feeding it back in, so that
training runs the whole target through one fused kernel. Embeddings are shared three ways and dropout
stands where it does in the Transformer, so that the layers alone differ.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from repro.errors import BadInput
from repro.models.choices import refuse_unknown_kinds
from repro.models.dot_product_attention import scaled_dot_product_attention
from repro.models.dropout import Dropout, check_probability
from repro.models.embedding import SharedEmbedding
from repro.models.initialisation import initialise
from repro.models.masks import PAD, padding_mask

Attention = Literal["additive", "dot", "none"]
Cell = Literal["lstm", "gru"]


class AdditiveAttention(nn.Module):
    """score(s, m) = v . tanh(W s + U m) (Bahdanau et al. 2015, appendix A.1.2)."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.W = nn.Linear(d_model, d_model, bias=False)
        self.U = nn.Linear(d_model, d_model, bias=False)
        self.v = nn.Linear(d_model, 1, bias=False)

    def keys(self, memory: Tensor) -> Tensor:
        """(B, n, d_model) -> (B, n, d_model): what every query is compared with, computed once."""
        keys: Tensor = self.U(memory)
        return keys

    def forward(self, s: Tensor, keys: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Queries (B, m, d_model), mask (B, 1, n) -> contexts (B, m, d_model) and weights (B, m, n)."""
        scores = self.v(torch.tanh(self.W(s)[:, :, None] + keys[:, None])).squeeze(-1)
        weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1).masked_fill(~mask, 0.0)
        return weights @ memory, weights


class DotAttention(nn.Module):
    """score(s, m) = s . U m, scaled by 1/sqrt(d_model) (Luong et al. 2015, "general")."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.U = nn.Linear(d_model, d_model, bias=False)

    def keys(self, memory: Tensor) -> Tensor:
        """(B, n, d_model) -> (B, n, d_model)."""
        keys: Tensor = self.U(memory)
        return keys

    def forward(self, s: Tensor, keys: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As `AdditiveAttention.forward`."""
        return scaled_dot_product_attention(s, keys, memory, mask, s.shape[-1] ** -0.5)


@dataclass
class RecurrentState:
    """`DecoderState` of a recurrent model: the cell's state, and the encoder's output for attention."""

    hidden: tuple[Tensor, ...]  # each (N, B * K, d_model)
    memory: Tensor  # (B, n, d_model)
    keys: Tensor  # (B, n, d_model)
    mask: Tensor  # (B, 1, n)
    K: int

    def reorder(self, beams: Tensor) -> None:
        """As `DecoderState.reorder`."""
        B, K = beams.shape
        rows = (beams + torch.arange(B, device=beams.device)[:, None] * K).flatten()
        self.hidden = tuple(part.index_select(1, rows) for part in self.hidden)

    def keep(self, sentences: Tensor) -> None:
        """As `DecoderState.keep`."""
        offsets = torch.arange(self.K, device=sentences.device)
        rows = (sentences[:, None] * self.K + offsets).flatten()
        self.hidden = tuple(part.index_select(1, rows) for part in self.hidden)
        self.memory, self.keys = self.memory[sentences], self.keys[sentences]
        self.mask = self.mask[sentences]


class RecurrentSeq2Seq(nn.Module):
    """A recurrent encoder-decoder behind the same interface as the Transformer.

    Args:
        V: number of types.
        seed: of the initial parameters.
        N: layers of the encoder and of the decoder.
        d_model: width of embeddings, of both encoder directions together, and of the decoder.
        cell: "lstm" or "gru".
        attention: "additive", "dot" or "none".
        P_drop: dropout on embeddings, between layers and on the decoder's output.

    Raises:
        BadInput: an odd d_model, which two directions cannot share; a size under 1; a P_drop that is not at least 0 and
            less than 1; an unknown kind.
    """

    def __init__(
        self,
        V: int,
        seed: int = 1,
        N: int = 2,
        d_model: int = 512,
        cell: Cell = "lstm",
        attention: Attention = "additive",
        P_drop: float = 0.1,
    ) -> None:
        super().__init__()
        for name, size in {"V": V, "N": N, "d_model": d_model}.items():
            if size < 1:
                raise BadInput(f"{name} is {size}; it must be at least 1")
        check_probability("P_drop", P_drop)
        refuse_unknown_kinds({"cell": (cell, Cell), "attention": (attention, Attention)})
        if d_model % 2:
            raise BadInput(f"d_model {d_model} is odd; the encoder's two directions need an even one")
        self.V, self.d_model, self.N = V, d_model, N
        kind = nn.LSTM if cell == "lstm" else nn.GRU
        between = P_drop if N > 1 else 0.0
        self.embedding = SharedEmbedding(V, d_model)
        self.dropout = Dropout(P_drop)
        self.encoder = kind(d_model, d_model // 2, N, batch_first=True, bidirectional=True, dropout=between)
        self.decoder = kind(d_model, d_model, N, batch_first=True, dropout=between)
        self.bridge = nn.ModuleList(nn.Linear(d_model, d_model) for _ in range(2 if cell == "lstm" else 1))
        self.attention: AdditiveAttention | DotAttention | None = None
        if attention != "none":
            self.attention = AdditiveAttention(d_model) if attention == "additive" else DotAttention(d_model)
            self.combine = nn.Linear(2 * d_model, d_model)
        else:
            self.combine = nn.Linear(d_model, d_model)
        initialise(self, torch.Generator().manual_seed(seed))

    def encode(self, src: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """(B, n) -> memory (B, n, d_model) and the decoder's initial state, each part (N, B, d_model)."""
        lengths = (src != PAD).sum(dim=1).clamp(min=1)  # an empty row counts as one padding token
        packed = pack_padded_sequence(
            self.dropout(self.embedding(src)), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        outputs, final = self.encoder(packed)
        memory, _ = pad_packed_sequence(outputs, batch_first=True, total_length=src.shape[1])
        parts = final if isinstance(final, tuple) else (final,)
        hidden = []
        for part, bridge in zip(parts, self.bridge, strict=True):
            both = part.unflatten(0, (self.N, 2)).transpose(1, 2).flatten(2)  # (N, B, d_model)
            hidden.append(torch.tanh(bridge(both)))
        return memory, tuple(hidden)

    def _attend(self, s: Tensor, memory: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Decoder outputs (B, m, d_model) -> final states (B, m, d_model)."""
        if self.attention is not None:
            context, _ = self.attention(s, keys, memory, mask)
            s = torch.cat([s, context], dim=-1)
        final: Tensor = self.dropout(torch.tanh(self.combine(s)))
        return final

    def _keys(self, memory: Tensor) -> Tensor:
        return memory if self.attention is None else self.attention.keys(memory)

    def _run_decoder(self, x: Tensor, hidden: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        outputs, after = self.decoder(x, hidden if len(hidden) == 2 else hidden[0])
        return outputs, after if isinstance(after, tuple) else (after,)

    def states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """As `Seq2Seq.states`."""
        memory, hidden = self.encode(src)
        outputs, _ = self._run_decoder(self.dropout(self.embedding(tgt)), hidden)
        return self._attend(outputs, memory, self._keys(memory), padding_mask(src)[:, 0])

    def real_states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """As `Seq2Seq.real_states`."""
        return self.states(src, tgt)[tgt != PAD]

    def logits(self, states: Tensor) -> Tensor:
        """As `Seq2Seq.logits`."""
        return self.embedding.logits(states)

    def output_weight(self) -> Tensor:
        """As `Seq2Seq.output_weight`."""
        return self.embedding.weight

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        """(B, n) source and (B, m) shifted target ids -> (B, m, V) logits."""
        return self.logits(self.states(src, tgt))

    def start(self, src: Tensor, K: int) -> RecurrentState:
        """As `Seq2Seq.start`."""
        memory, hidden = self.encode(src)
        hidden = tuple(part.repeat_interleave(K, dim=1) for part in hidden)
        return RecurrentState(hidden, memory, self._keys(memory), padding_mask(src)[:, 0], K)

    def step(self, tokens: Tensor, state: RecurrentState) -> Tensor:
        """As `Seq2Seq.step`."""
        B, K = tokens.shape
        outputs, state.hidden = self._run_decoder(self.embedding(tokens.reshape(B * K, 1)), state.hidden)
        s = outputs.view(B, K, self.d_model)
        return self.logits(self._attend(s, state.memory, state.keys, state.mask))
