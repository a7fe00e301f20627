"""The Transformer (section 3, figure 1).

Deviations from the paper, all off by default: pre-norm (with the final norm it needs), dropout on
attention weights and after the ReLU, sinusoids in halves, learned or no positions, another scale of
the dot products, a decoder without its causal mask (a control that must cheat in training), and an
encoder whose layers mix positions by a convolution in place of self-attention (the comparison of
section 4). Where the paper is silent: layer norm's epsilon 1e-6 as in tensor2tensor, initialisation as
in `initialisation.py`, no bias in attention.
"""

from typing import Any, Literal

import torch
from torch import Tensor, nn

from repro.errors import BadInput
from repro.models.attention import MultiHeadAttention
from repro.models.convolution import ConvolutionLayer
from repro.models.decoder_cache import LayerCache, TransformerState
from repro.models.dot_product_attention import Scale
from repro.models.dropout import Dropout
from repro.models.embedding import SharedEmbedding
from repro.models.feed_forward import FeedForward
from repro.models.initialisation import initialise
from repro.models.masks import PAD, causal_mask, padding_mask
from repro.models.packing import Packed, Pairing, Sentences, flash_kernel_takes
from repro.models.positions import Positions, make_positions
from repro.models.residual import Norm, Residual

Encoder = Literal["self-attention", "convolution"]

FIRST_ROOM = 8
"""Positions that the decoder's cache has room for at first."""


class EncoderLayer(nn.Module):
    """Self-attention, or what stands in its place, and feed-forward, each within a residual connection (section 3.1).

    Args:
        name: of the first sub-layer, under which a checkpoint holds its parameters.
        mixing: the first sub-layer, which lets positions see each other; called as `mixing(x, mask=mask)`.
        feed_forward: the second.
        residuals: of the two.
    """

    def __init__(self, name: str, mixing: nn.Module, feed_forward: FeedForward, residuals: list[Residual]):
        super().__init__()
        self.mixing_name = name
        self.add_module(name, mixing)
        self.feed_forward = feed_forward
        self.residual_1, self.residual_2 = residuals

    def forward(self, x: Tensor, mask: Tensor | Pairing) -> Tensor:
        """(B, n, d_model), mask of the source's padding (B, 1, 1, n) -> (B, n, d_model); or packed (T, d_model)."""
        mixing = getattr(self, self.mixing_name)
        x = self.residual_1.after(x, mixing(self.residual_1.before(x), mask=mask))
        return self.residual_2.after(x, self.feed_forward(self.residual_2.before(x)))


class DecoderLayer(nn.Module):
    """Masked self-attention, attention over the encoder's output, feed-forward (section 3.1)."""

    def __init__(
        self,
        self_attention: MultiHeadAttention,
        cross_attention: MultiHeadAttention,
        feed_forward: FeedForward,
        residuals: list[Residual],
    ):
        super().__init__()
        self.self_attention, self.cross_attention = self_attention, cross_attention
        self.feed_forward = feed_forward
        self.residual_1, self.residual_2, self.residual_3 = residuals

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | Pairing, memory_mask: Tensor | Pairing) -> Tensor:
        """(B, m, d_model) over memory (B, n, d_model) -> (B, m, d_model), masks over m x m and m x n; or packed."""
        x = self.residual_1.after(x, self.self_attention(self.residual_1.before(x), mask=mask))
        x = self.residual_2.after(x, self.cross_attention(self.residual_2.before(x), memory, memory_mask))
        return self.residual_3.after(x, self.feed_forward(self.residual_3.before(x)))

    def step(self, x: Tensor, cache: LayerCache, used: int, bias: Tensor, memory_bias: Tensor) -> Tensor:
        """One position of every beam, (B, K, d_model) -> (B, K, d_model), with keys and values kept.

        The K beams of a sentence are K queries of one row in both attentions: over the `used` entries kept so far
        and their own, which the bias (B, 1, K, used + K) tells apart, and over the encoder's output.
        """
        Q, new_K, new_V = self.self_attention.project(self.residual_1.before(x), cache.fused)
        prefix_K, prefix_V = cache.append(new_K, new_V, used)
        x = self.residual_1.after(x, self.self_attention.attend(Q, prefix_K, prefix_V, bias))
        Q = self.cross_attention.queries(self.residual_2.before(x))
        x = self.residual_2.after(x, self.cross_attention.attend(Q, cache.memory_K, cache.memory_V, memory_bias))
        return self.residual_3.after(x, self.feed_forward(self.residual_3.before(x)))


class Transformer(nn.Module):
    """The encoder-decoder of figure 1 over one shared vocabulary.

    Args:
        V: number of types.
        seed: of the initial parameters.
        N: layers of the encoder and of the decoder.
        d_model: width of the residual stream.
        d_ff: width of the feed-forward networks' inner layer.
        h: heads.
        d_k: width of a head's queries and keys; None: d_model / h.
        d_v: width of a head's values; None: d_model / h.
        P_drop: dropout on sub-layer outputs and on the sums of embeddings and positions (section 5.4).
        positions: "sinusoidal", "learned" (Table 3, row E), "none", or "sinusoidal-halves" (tensor2tensor's).
        scale: of the dot products: "1/sqrt(d_k)", "none", or a number.
        norm: "post" as in the paper, or "pre".
        attention_dropout: on attention weights; 0 in the paper, 0.1 in tensor2tensor today.
        relu_dropout: after the feed-forward ReLU; 0 in the paper, 0.1 in tensor2tensor today.
        norm_epsilon: layer norm's epsilon.
        causal: whether the decoder's self-attention is masked (section 3.2.3); False cheats.
        longest: number of positions, for learned ones only.
        unit_variance_qk: W^Q and W^K start with variance 1/d_model (see `initialisation.py`).
        encoder: what mixes positions in the encoder's layers: "self-attention", or "convolution" (section 4).
        k: width of the convolution's kernel, odd; for a convolution only.

    Raises:
        BadInput: d_model is not divisible by h and d_k or d_v is not given; a size under 1; an even kernel.
    """

    def __init__(
        self,
        V: int,
        seed: int = 1,
        N: int = 6,
        d_model: int = 512,
        d_ff: int = 2048,
        h: int = 8,
        d_k: int | None = None,
        d_v: int | None = None,
        P_drop: float = 0.1,
        positions: Positions = "sinusoidal",
        scale: Scale = "1/sqrt(d_k)",
        norm: Norm = "post",
        attention_dropout: float = 0.0,
        relu_dropout: float = 0.0,
        norm_epsilon: float = 1e-6,
        causal: bool = True,
        longest: int = 1024,
        unit_variance_qk: bool = False,
        encoder: Encoder = "self-attention",
        k: int = 3,
    ) -> None:
        super().__init__()
        sizes = {"V": V, "N": N, "d_model": d_model, "d_ff": d_ff, "h": h, "d_k": d_k, "d_v": d_v, "k": k}
        for name, size in sizes.items():
            if size is not None and size < 1:
                raise BadInput(f"{name} is {size}; it must be at least 1")
        if (d_k is None or d_v is None) and d_model % h:
            raise BadInput(f"d_model {d_model} is not divisible by h {h}; give d_k and d_v, or another h")
        self.V, self.h = V, h
        self.d_k, self.d_v = d_k or d_model // h, d_v or d_model // h
        self.causal = causal

        def attention() -> MultiHeadAttention:
            return MultiHeadAttention(d_model, h, self.d_k, self.d_v, scale, attention_dropout)

        def mixing() -> nn.Module:
            return ConvolutionLayer(d_model, k) if encoder == "convolution" else attention()

        def feed_forward() -> FeedForward:
            return FeedForward(d_model, d_ff, relu_dropout)

        def residuals(count: int) -> list[Residual]:
            return [Residual(d_model, P_drop, norm, norm_epsilon) for _ in range(count)]

        def final_norm() -> nn.Module:
            return nn.LayerNorm(d_model, eps=norm_epsilon) if norm == "pre" else nn.Identity()

        self.embedding = SharedEmbedding(V, d_model)
        self.positions = make_positions(positions, d_model, longest)
        # Learned positions are a table of each side's own; sinusoids are the same for both.
        learned = positions == "learned"
        self.target_positions = make_positions(positions, d_model, longest) if learned else self.positions
        self.dropout = Dropout(P_drop)
        self.encoder = nn.ModuleList(
            EncoderLayer(encoder.replace("-", "_"), mixing(), feed_forward(), residuals(2)) for _ in range(N)
        )
        self.decoder = nn.ModuleList(
            DecoderLayer(attention(), attention(), feed_forward(), residuals(3)) for _ in range(N)
        )
        self.encoder_norm, self.decoder_norm = final_norm(), final_norm()
        initialise(self, torch.Generator().manual_seed(seed), unit_variance_qk)

    def _decoder_layers(self) -> list[DecoderLayer]:
        return [layer for layer in self.decoder if isinstance(layer, DecoderLayer)]

    def encode(self, src: Tensor) -> Tensor:
        """(B, n) source ids -> memory (B, n, d_model)."""
        return self._through_encoder(self._embed_source(src), padding_mask(src))

    def _embed_source(self, src: Tensor) -> Tensor:
        embedded: Tensor = self.dropout(self.positions(self.embedding(src)))
        return embedded

    def _through_encoder(self, x: Tensor, mask: Tensor | Pairing) -> Tensor:
        for layer in self.encoder:
            x = layer(x, mask)
        memory: Tensor = self.encoder_norm(x)
        return memory

    def decode(self, tgt: Tensor, memory: Tensor, memory_mask: Tensor) -> Tensor:
        """(B, m) shifted target ids over memory (B, n, d_model) -> states (B, m, d_model).

        Target padding needs no mask of its own: it stands at the end, where the causal mask hides it
        from every real position. Without the causal mask it is masked like the source's.
        """
        mask = causal_mask(tgt.shape[1], tgt.device) if self.causal else padding_mask(tgt)
        return self._through_decoder(self._embed_target(tgt), memory, mask, memory_mask)

    def _through_decoder(
        self, x: Tensor, memory: Tensor, mask: Tensor | Pairing, memory_mask: Tensor | Pairing
    ) -> Tensor:
        for layer in self.decoder:
            x = layer(x, memory, mask, memory_mask)
        states: Tensor = self.decoder_norm(x)
        return states

    def _embed_target(self, tgt: Tensor, start: int = 0) -> Tensor:
        embedded: Tensor = self.dropout(self.target_positions(self.embedding(tgt), start))
        return embedded

    def states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """As `Seq2Seq.states`."""
        return self.decode(tgt, self.encode(src), padding_mask(src))

    def real_states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """As `Seq2Seq.real_states`, by packed sentences where they can be had."""
        if not self.packs(src.device) or not tgt.any():  # nothing packed is nothing a kernel knows
            return self.states(src, tgt)[tgt != PAD]
        sources, targets = Packed.of(src), Packed.of(tgt)
        embedded = sources.pack(self._embed_source(src)), targets.pack(self._embed_target(tgt))
        return self._through_packed(*embedded, sources, targets)[: targets.R]

    def packed_states(self, sources: Sentences, targets: Sentences) -> Tensor:
        """Final decoder states (T', d_model) of targets (T',) over sources (T,), where the network `packs` on a GPU."""
        embedded = (
            self._embed_packed(sources, self.positions),
            self._embed_packed(targets, self.target_positions),
        )
        return self._through_packed(*embedded, sources, targets)

    def _embed_packed(self, side: Sentences, positions: Any) -> Tensor:
        embedded: Tensor = self.dropout(positions.at(self.embedding(side.ids), side.places, side.longest))
        return embedded

    def _through_packed(self, x: Tensor, y: Tensor, sources: Packed | Sentences, targets: Packed | Sentences) -> Tensor:
        memory = self._through_encoder(x, Pairing(sources, sources, causal=False))
        return self._through_decoder(
            y,
            memory,
            Pairing(targets, targets, causal=self.causal),
            Pairing(targets, sources, causal=False),
        )

    def packs(self, device: torch.device) -> bool:
        """Whether sentences are packed: where padding would cost time, and attention can do what this model asks for.

        Heads must have one width, a convolution has to see neighbours, and attention that is recorded is written out.
        A GPU's flash kernel does not take all, and drops no weights. On a CPU a compiled network keeps its padding,
        since tables of places would divide its graph.
        """
        attentions = [part for part in self.modules() if isinstance(part, MultiHeadAttention)]
        if self.d_k != self.d_v or any(isinstance(part, ConvolutionLayer) for part in self.modules()):
            return False
        if any(part.records is not None for part in attentions):
            return False
        if device.type == "cuda":
            drops = self.training and any(part.dropout > 0 for part in attentions)
            return not drops and flash_kernel_takes(self.d_k, device, self.embedding.weight.dtype)
        return device.type == "cpu" and not torch.compiler.is_compiling()

    def logits(self, states: Tensor) -> Tensor:
        """As `Seq2Seq.logits`."""
        return self.embedding.logits(states)

    def output_weight(self) -> Tensor:
        """As `Seq2Seq.output_weight`."""
        return self.embedding.weight

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        """(B, n) source and (B, m) shifted target ids -> (B, m, V) logits."""
        return self.logits(self.states(src, tgt))

    def start(self, src: Tensor, K: int) -> TransformerState:
        """As `Seq2Seq.start`."""
        memory = self.encode(src)
        B, room = src.shape[0], FIRST_ROOM * K
        something = (src != PAD).any(dim=1)[:, None, None, None]  # of nothing but padding, nothing comes
        layers = []
        for layer in self._decoder_layers():
            memory_K, memory_V = layer.cross_attention.keys_values(memory)
            layers.append(
                LayerCache(
                    layer.self_attention.fused_weight(),
                    memory_K.new_empty(B, self.h, room, self.d_k),  # of the type that products have, under autocast too
                    memory_V.new_empty(B, self.h, room, self.d_v),
                    memory_K.contiguous(),  # or each step's products would copy them
                    memory_V.contiguous() * something,
                )
            )
        return TransformerState.begin(layers, padding_mask(src), K)

    def step(self, tokens: Tensor, state: TransformerState) -> Tensor:
        """As `Seq2Seq.step`."""
        bias = state.prefix_bias()
        x = self._embed_target(tokens.reshape(-1, 1), start=state.t).view(*tokens.shape, -1)
        for layer, cache in zip(self._decoder_layers(), state.layers, strict=True):
            x = layer.step(x, cache, state.used, bias, state.memory_bias)
        state.move_on(bias)
        return self.logits(self.decoder_norm(x))
