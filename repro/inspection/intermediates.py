"""Every intermediate of one translation, as the model's own code computes it.

Attention is recorded where it is written out (section 3.2.1); everything else is the input or output of a module. Only
the unscaled scores, such as QK^T, are computed here, since no module keeps them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from repro.errors import BadInput, hint
from repro.models import Transformer
from repro.models.attention import AttentionRecord, MultiHeadAttention, recorded_attention
from repro.models.convolution import ConvolutionEncoderLayer
from repro.models.residual import Residual
from repro.models.transformer import DecoderLayer, EncoderLayer

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Attention:
    """One multi-head attention of m queries over n keys, in eq. 1's order."""

    Q: Array  # (h, m, d_k)
    K: Array  # (h, n, d_k)
    V: Array  # (h, n, d_v)
    scores: Array  # (h, m, n), Q K^T before it is scaled; of additive attention v_a^T tanh(q + k)
    scale: float | None  # None: additive attention has none
    mask: Array  # (m, n) boolean, True = may attend
    weights: Array  # (h, m, n)
    heads: Array  # (h, m, d_v)


@dataclass(frozen=True)
class SubLayer:
    """One sub-layer with the residual connection around it (section 3.1).

    Attributes:
        kind: "self-attention", "cross-attention", "feed-forward", or "convolution".
        read: what it reads, (m, d_model); with pre-norm that is the normed stream.
        output: what it gives, (m, d_model); of attention, the heads concatenated and projected by W^O.
        stream: after the residual connection, (m, d_model); with post-norm normed.
        attention: of an attention.
        hidden: of a feed-forward network its inner layer after the ReLU, (m, d_ff).
    """

    kind: str
    read: Array
    output: Array
    stream: Array
    attention: Attention | None = None
    hidden: Array | None = None


@dataclass(frozen=True)
class Side:
    """Encoder or decoder over m tokens; all but `layers` are (m, d_model).

    Attributes:
        embedding: scaled by sqrt(d_model) (section 3.4).
        positions: the positional encodings (section 3.5).
        sum: of the two, which the first layer reads.
        layers: the sub-layers of each.
        final: the last layer's stream, normed once more with pre-norm.
    """

    embedding: Array
    positions: Array
    sum: Array
    layers: list[list[SubLayer]]
    final: Array

    def sub_layer(self, layer: int, kind: str) -> SubLayer:
        """One sub-layer, such as the "feed-forward" one of layer 0; -1 is the last layer.

        Raises:
            BadInput: there is no such layer, or no such sub-layer in it.
        """
        if not -len(self.layers) <= layer < len(self.layers):
            raise BadInput(f"layer is {layer}; there are {len(self.layers)}, the first one is 0")
        kinds = {sub_layer.kind: sub_layer for sub_layer in self.layers[layer]}
        if kind not in kinds:
            raise BadInput(f"layer {layer} has no sub-layer {kind!r}; {hint(kind, kinds)}")
        return kinds[kind]

    def attention(self, layer: int, kind: str = "self-attention") -> Attention:
        """One attention: "self-attention", or of the decoder "cross-attention".

        Raises:
            BadInput: as `sub_layer`, or it is no attention.
        """
        attention = self.sub_layer(layer, kind).attention
        if attention is None:
            raise BadInput(f"{kind} is not a kind of attention; give self-attention or cross-attention")
        return attention


@dataclass(frozen=True)
class Intermediates:
    """Both sides, and the scores before the softmax of the next token at each target position, (m, V)."""

    encoder: Side
    decoder: Side
    logits: Array


def intermediates(network: Transformer, source: Sequence[int], target: Sequence[int]) -> Intermediates:
    """Run a model once over a pair of sentences and keep everything.

    Args:
        network: in evaluation mode.
        source: ids with the end symbol.
        target: ids shifted right, so they begin with the start symbol.
    """
    device = network.output_weight().device
    src, tgt = (torch.tensor([list(ids)], device=device) for ids in (source, target))
    with torch.inference_mode(), recorded_attention(network) as records, _recorded_calls(network) as calls:
        logits = network(src, tgt)
    attention = {part: records[name] for name, part in network.named_modules() if records.get(name)}
    seen = _Seen(calls, attention)
    embedded, summed = calls[network.embedding], calls[network.positions]
    target_summed = calls[network.target_positions]
    return Intermediates(
        encoder=seen.side(
            list(network.encoder), embedded[0], network.positions, summed[0], calls[network.encoder_norm][0]
        ),
        decoder=seen.side(
            list(network.decoder),
            embedded[1],
            network.target_positions,
            target_summed[-1],
            calls[network.decoder_norm][0],
        ),
        logits=_array(logits),
    )


@dataclass(frozen=True)
class _Call:
    """One call of a module."""

    read: Tensor
    output: Tensor


@contextmanager
def _recorded_calls(network: nn.Module) -> Iterator[dict[nn.Module, list[_Call]]]:
    """Within the block, the first argument and the output of each call of each module, in order."""
    calls: dict[nn.Module, list[_Call]] = {}

    def keep(part: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        calls.setdefault(part, []).append(_Call(arguments[0], output))

    hooks = [part.register_forward_hook(keep) for part in network.modules()]
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()


@dataclass(frozen=True)
class _Seen:
    """The recorded inputs and outputs of each module in one run."""

    calls: dict[nn.Module, list[_Call]]
    attention: dict[nn.Module, list[AttentionRecord]]

    def side(self, layers: list[nn.Module], embedded: _Call, positions: nn.Module, summed: _Call, final: _Call) -> Side:
        """One stack. The encodings alone are what `positions` adds to nothing."""
        with torch.inference_mode():
            alone = positions(torch.zeros_like(embedded.output))
        return Side(
            _array(embedded.output),
            _array(alone),
            _array(summed.output),
            [self.layer(layer) for layer in layers],
            _array(final.output),
        )

    def layer(self, layer: nn.Module) -> list[SubLayer]:
        """The sub-layers of one layer, in their order."""
        parts: list[Any]
        match layer:
            case EncoderLayer():
                kinds, parts = ["self-attention", "feed-forward"], [layer.self_attention, layer.feed_forward]
                residuals = [layer.residual_1, layer.residual_2]
            case ConvolutionEncoderLayer():
                kinds, parts = ["convolution", "feed-forward"], [layer.convolution, layer.feed_forward]
                residuals = [layer.residual_1, layer.residual_2]
            case DecoderLayer():
                kinds = ["self-attention", "cross-attention", "feed-forward"]
                parts = [layer.self_attention, layer.cross_attention, layer.feed_forward]
                residuals = [layer.residual_1, layer.residual_2, layer.residual_3]
            case _:
                raise TypeError(f"a {type(layer).__name__} is not a layer of a Transformer")
        streams = self.streams(residuals, self.calls[layer][0].output)
        return [
            SubLayer(
                kind,
                _array(self.calls[part][0].read),
                _array(self.calls[part][0].output),
                _array(stream),
                self.of_attention(part),
                _array(self.calls[part.W_2][0].read) if kind == "feed-forward" else None,
            )
            for kind, part, stream in zip(kinds, parts, streams, strict=True)
        ]

    def streams(self, residuals: list[Residual], last: Tensor) -> list[Tensor]:
        """What leaves each residual connection: the norm's output, or with pre-norm what the next one's norm reads."""
        norms = [self.calls[residual.layer_norm][0] for residual in residuals]
        if residuals[0].pre:
            return [*(norm.read for norm in norms[1:]), last]
        return [norm.output for norm in norms]

    def of_attention(self, part: nn.Module) -> Attention | None:
        """The record of an attention; None for another kind of sub-layer."""
        if part not in self.attention:
            return None
        (record,) = self.attention[part]
        assert isinstance(part, MultiHeadAttention)
        with torch.inference_mode():
            scores = part.scores(record.Q, record.K)
        every = torch.ones_like(scores, dtype=torch.bool)
        allowed = every if record.mask is None else every & record.mask
        return Attention(
            Q=_array(record.Q),
            K=_array(record.K),
            V=_array(record.V),
            scores=_array(scores),
            scale=record.scale,
            mask=allowed[0, 0].cpu().numpy(),
            weights=_array(record.weights),
            heads=_array(record.heads),
        )


def _array(tensor: Tensor) -> Array:
    """The only sentence of a batch, as float32 on the host."""
    array: Array = tensor[0].float().cpu().numpy()
    return array
