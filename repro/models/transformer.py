"""The Transformer (section 3, figure 1).

Deviations from the paper, all off by default: pre-norm (with the final norm it needs), dropout on
attention weights and after the ReLU, sinusoids in halves, learned or no positions, another scale of
the dot products, additive attention in their place (the comparison of section 3.2.1), a decoder
without its causal mask (a control that must cheat in training), and an encoder whose layers mix
positions by a convolution in place of self-attention (the comparison of section 4). Where the paper
is silent: layer norm's epsilon 1e-6 as in tensor2tensor, initialisation as in `initialisation.py`,
no bias in attention.
"""

from collections.abc import Iterable
from typing import Literal, cast

import torch
from torch import Tensor, nn

from repro.errors import BadInput
from repro.models.attention import Compatibility, MultiHeadAttention
from repro.models.choices import refuse_unknown_kinds
from repro.models.convolution import ConvolutionEncoderLayer, ConvolutionLayer
from repro.models.decoder_cache import INITIAL_CAPACITY, LayerCache, TransformerState
from repro.models.dot_product_attention import Scale
from repro.models.dropout import Dropout, check_probability
from repro.models.embedding import SharedEmbedding
from repro.models.feed_forward import FeedForward
from repro.models.initialisation import EmbeddingVariance, initialise
from repro.models.layouts.packed import Packed
from repro.models.layouts.packing import can_pack
from repro.models.layouts.pairing import Mask
from repro.models.layouts.tokens import Padded, Tokens
from repro.models.masks import PAD, padding_mask
from repro.models.positions import Positions, make_positions
from repro.models.residual import Norm, Residual

Encoder = Literal["self-attention", "convolution"]


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each within a residual connection (section 3.1).

    Shapes are those of padded rows, (B, n, d_model); packed tokens are (T, d_model), and their mask is a `Pairing`.
    """

    def __init__(self, self_attention: MultiHeadAttention, feed_forward: FeedForward, residuals: list[Residual]):
        super().__init__()
        self.self_attention, self.feed_forward = self_attention, feed_forward
        self.residual_1, self.residual_2 = residuals

    def forward(self, x: Tensor, mask: Mask) -> Tensor:
        """(B, n, d_model), mask of the source's padding (B, 1, 1, n) -> (B, n, d_model)."""
        x = self.residual_1.after(x, self.self_attention(self.residual_1.before(x), mask=mask))
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

    def forward(self, y: Tensor, memory: Tensor, mask: Mask, memory_mask: Mask) -> Tensor:
        """(B, m, d_model) over memory (B, n, d_model) -> (B, m, d_model), masks over m x m and m x n."""
        y = self.residual_1.after(y, self.self_attention(self.residual_1.before(y), mask=mask))
        y = self.residual_2.after(y, self.cross_attention(self.residual_2.before(y), memory, memory_mask))
        return self.residual_3.after(y, self.feed_forward(self.residual_3.before(y)))


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
        compatibility: of queries with keys: "dot-product", or "additive" (section 3.2.1).
        embedding_variance: that the shared embedding starts with (see `initialisation.py`).

    Raises:
        BadInput: d_model is not divisible by h and d_k or d_v is not given; a size or `longest` under 1; an even
            kernel; a dropout that is not at least 0 and less than 1; a scale that is none, or of additive attention; an
            unknown kind.
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
        compatibility: Compatibility = "dot-product",
        embedding_variance: EmbeddingVariance = "1/d_model",
    ) -> None:
        super().__init__()
        sizes = {"V": V, "N": N, "d_model": d_model, "d_ff": d_ff, "h": h, "d_k": d_k, "d_v": d_v, "k": k}
        for name, size in {**sizes, "longest": longest}.items():
            if size is not None and size < 1:
                raise BadInput(f"{name} is {size}; it must be at least 1")
        dropouts = {"P_drop": P_drop, "attention_dropout": attention_dropout, "relu_dropout": relu_dropout}
        for name, p in dropouts.items():
            check_probability(name, p)
        refuse_unknown_kinds(
            {
                "positions": (positions, Positions),
                "norm": (norm, Norm),
                "encoder": (encoder, Encoder),
                "compatibility": (compatibility, Compatibility),
                "embedding_variance": (embedding_variance, EmbeddingVariance),
            }
        )
        if (d_k is None or d_v is None) and d_model % h:
            raise BadInput(f"d_model {d_model} is not divisible by h {h}; give d_k and d_v, or another h")
        self.V, self.h = V, h
        self.d_k, self.d_v = d_k or d_model // h, d_v or d_model // h
        self.causal = causal

        def attention() -> MultiHeadAttention:
            return MultiHeadAttention(d_model, h, self.d_k, self.d_v, scale, attention_dropout, compatibility)

        def feed_forward() -> FeedForward:
            return FeedForward(d_model, d_ff, relu_dropout)

        def residuals(count: int) -> list[Residual]:
            return [Residual(d_model, P_drop, norm, norm_epsilon) for _ in range(count)]

        def encoder_layer() -> nn.Module:
            if encoder == "convolution":
                return ConvolutionEncoderLayer(ConvolutionLayer(d_model, k), feed_forward(), residuals(2))
            return EncoderLayer(attention(), feed_forward(), residuals(2))

        def decoder_layer() -> nn.Module:
            return DecoderLayer(attention(), attention(), feed_forward(), residuals(3))

        def final_norm() -> nn.Module:
            return nn.LayerNorm(d_model, eps=norm_epsilon) if norm == "pre" else nn.Identity()

        self.embedding = SharedEmbedding(V, d_model)
        self.positions = make_positions(positions, d_model, longest)
        # Learned positions are a table of each side's own; sinusoids are the same for both.
        learned = positions == "learned"
        self.target_positions = make_positions(positions, d_model, longest) if learned else self.positions
        self.dropout = Dropout(P_drop)
        self.encoder = nn.ModuleList(encoder_layer() for _ in range(N))
        self.decoder = nn.ModuleList(decoder_layer() for _ in range(N))
        self.encoder_norm, self.decoder_norm = final_norm(), final_norm()
        initialise(self, torch.Generator().manual_seed(seed), unit_variance_qk, embedding_variance)

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        """(B, n) source and (B, m) shifted target ids -> (B, m, V) logits."""
        return self.logits(self.states(src, tgt))

    def states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """As `Seq2Seq.states`."""
        source, target = Padded(src), Padded(tgt)
        memory = self.encode(self.embed_source(source), source)
        return self.decode(self.embed_target(target), target, memory, source)

    def embed_source(self, source: Tokens) -> Tensor:
        """Source tokens -> what the encoder reads, (B, n, d_model) of padded ones."""
        return source.embed(self.embedding, self.positions, self.dropout)

    def embed_target(self, target: Tokens) -> Tensor:
        """Shifted target tokens -> what the decoder reads, (B, m, d_model) of padded ones."""
        return target.embed(self.embedding, self.target_positions, self.dropout)

    def encode(self, x: Tensor, source: Tokens) -> Tensor:
        """Embedded source (B, n, d_model) -> memory (B, n, d_model)."""
        mask = source.self_mask(causal=False)
        for layer in self.encoder:
            x = layer(x, mask)
        memory: Tensor = self.encoder_norm(x)
        return memory

    def decode(self, y: Tensor, target: Tokens, memory: Tensor, source: Tokens) -> Tensor:
        """Embedded target (B, m, d_model) over memory (B, n, d_model) -> states (B, m, d_model)."""
        mask, memory_mask = target.self_mask(self.causal), target.cross_mask(source)
        for layer in self.decoder:
            y = layer(y, memory, mask, memory_mask)
        states: Tensor = self.decoder_norm(y)
        return states

    def logits(self, states: Tensor) -> Tensor:
        """As `Seq2Seq.logits`."""
        return self.embedding.logits(states)

    def output_weight(self) -> Tensor:
        """As `Seq2Seq.output_weight`."""
        return self.embedding.weight

    # ---- training: without padding, where that is possible

    def real_states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """As `Seq2Seq.real_states`."""
        if not self.packs(src.device) or not tgt.any():  # no kernel takes a batch of padding alone
            return self.states(src, tgt)[tgt != PAD]
        source, target = Packed.of(src), Packed.of(tgt)
        return self.packed_states(source, target)[: target.R]

    def packs(self, device: torch.device) -> bool:
        """As `PackedSeq2Seq.packs`."""
        return can_pack(self, self.embedding.weight.dtype, device)

    def packed_states(self, source: Tokens, target: Tokens) -> Tensor:
        """As `PackedSeq2Seq.packed_states`, and of `Packed` tokens.

        In contrast to `states`, the target's embedding draws its dropout before the encoder does.
        """
        x, y = self.embed_source(source), self.embed_target(target)
        return self.decode(y, target, self.encode(x, source), source)

    # ---- search: one position of every beam at a time

    def start(self, src: Tensor, K: int) -> TransformerState:
        """As `Seq2Seq.start`."""
        source = Padded(src)
        memory = self.encode(self.embed_source(source), source)
        B, capacity = src.shape[0], INITIAL_CAPACITY * K
        has_tokens = (src != PAD).any(dim=1)[:, None, None, None]  # attention over padding alone gives zero
        caches = []
        for layer in self._decoder_layers():
            memory_K, memory_V = layer.cross_attention.keys_values(memory)
            caches.append(
                LayerCache(
                    layer.self_attention.fused_weight(),
                    # Of the type that products have, under autocast too.
                    memory_K.new_empty(B, self.h, capacity, self.d_k),
                    memory_V.new_empty(B, self.h, capacity, self.d_v),
                    memory_K.contiguous(),  # or each step's products would copy them
                    memory_V.contiguous() * has_tokens,
                )
            )
        return TransformerState.begin(caches, padding_mask(src), K)

    def step(self, tokens: Tensor, state: TransformerState) -> Tensor:
        """As `Seq2Seq.step`."""
        bias = state.prefix_bias()
        y = self.embed_target(Padded(tokens.reshape(-1, 1), state.t)).view(*tokens.shape, -1)
        for layer, cache in zip(self._decoder_layers(), state.layers, strict=True):
            y = _cached_step(layer, y, cache, state.used, bias, state.memory_bias)
        state.move_on(bias)
        return self.logits(self.decoder_norm(y))

    def _decoder_layers(self) -> Iterable[DecoderLayer]:
        return cast(Iterable[DecoderLayer], self.decoder)


def _cached_step(
    layer: DecoderLayer, y: Tensor, cache: LayerCache, used: int, bias: Tensor, memory_bias: Tensor
) -> Tensor:
    """`DecoderLayer.forward` of one position of every beam, (B, K, d_model) -> (B, K, d_model).

    The K beams of a sentence are K queries of one row in both attentions: over the `used` entries kept so far and
    their own, which the bias (B, 1, K, used + K) tells apart, and over the encoder's output.
    """
    Q, new_K, new_V = layer.self_attention.project(layer.residual_1.before(y), cache.fused)
    prefix_K, prefix_V = cache.append(new_K, new_V, used)
    y = layer.residual_1.after(y, layer.self_attention.attend(Q, prefix_K, prefix_V, bias))
    Q = layer.cross_attention.queries(layer.residual_2.before(y))
    y = layer.residual_2.after(y, layer.cross_attention.attend(Q, cache.memory_K, cache.memory_V, memory_bias))
    return layer.residual_3.after(y, layer.feed_forward(layer.residual_3.before(y)))
