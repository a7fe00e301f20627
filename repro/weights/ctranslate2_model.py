"""A checkpoint as a model of CTranslate2, which translates on CPUs and GPUs without torch, in int8 too.

The whole Transformer is converted: layer norm after or before the sub-layers, no biases in attention, any positions and
any scale of the dot products. A control that CTranslate2 has no layers for is refused: a recurrent model, a
convolution, additive attention, a decoder without its causal mask, keys and values of different widths.

Two things are not in a model's files, but options of its translator:

- The length penalty. CTranslate2 divides a log probability by |Y|^alpha, as `repro translate --penalty length` does,
  where the paper divides by ((5 + |Y|) / 6)^alpha. So alpha = 0.6 favours long translations more there.
- When a search ends. CTranslate2's ends when as many hypotheses have ended as the beam is wide, this project's when
  no live one can win any more. So a translation may differ.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ctranslate2.specs.transformer_spec import TransformerDecoderSpec, TransformerEncoderSpec, TransformerSpec
from torch import Tensor, nn

from repro.data.vocabulary import BOS, EOS, UNK, Vocabulary
from repro.errors import BadInput
from repro.files import built_atomically
from repro.models import Transformer
from repro.models.attention import MultiHeadAttention
from repro.models.positions import LearnedPositions

LONGEST = 2048
"""Rows of the table of positions, which here grows as needed; CTranslate2 itself cuts sources after 1,024 tokens."""

VOCABULARY = "vocabulary.model"
"""The file that holds this project's vocabulary, for a text's way to pieces and back."""


def write_ctranslate2(network: Any, vocabulary: Vocabulary, directory: Path, quantization: str | None = None) -> None:
    """Write a model for `ctranslate2.Translator(directory)`, whole or not at all.

    Args:
        network: a `Transformer`.
        vocabulary: its pieces become CTranslate2's tokens, and it is kept as `vocabulary.model` beside them.
        directory: made; it must not be there.
        quantization: how weights are stored: "int8", "int16", "float16", "bfloat16" or None, float32.

    Raises:
        BadInput: CTranslate2 has no such model, or the directory is there.
    """
    if directory.exists():
        raise BadInput(f"{directory} already exists; name another directory or remove it")
    spec = specification(network, vocabulary.pieces)
    spec.validate()
    spec.optimize(quantization)
    with built_atomically(directory) as building:
        spec.save(str(building))
        vocabulary.save(building / VOCABULARY)


def specification(network: Any, pieces: Sequence[str]) -> TransformerSpec:
    """A Transformer in CTranslate2's terms.

    Raises:
        BadInput: it has no such model.
    """
    _check(network)
    layers = {"encoder": network.encoder, "decoder": network.decoder}
    options = {"pre_norm": _is_pre_norm(network), "head_dim": network.d_k}
    spec = TransformerSpec(
        TransformerEncoderSpec(len(network.encoder), network.h, **options),
        TransformerDecoderSpec(len(network.decoder), network.h, **options),
    )
    for name, part in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        positions = network.positions if name == "encoder" else network.target_positions
        embeddings = part.embeddings[0] if name == "encoder" else part.embeddings
        embeddings.weight = _array(network.embedding.weight)
        part.position_encodings.encodings = _positions(positions, network.embedding.weight.shape[1])
        for theirs, ours in zip(part.layer, layers[name], strict=True):
            _attention(theirs.self_attention, ours.self_attention, memory=False)
            _norm(theirs.self_attention.layer_norm, ours.residual_1.layer_norm)
            if name == "decoder":
                _attention(theirs.attention, ours.cross_attention, memory=True)
                _norm(theirs.attention.layer_norm, ours.residual_2.layer_norm)
            _linear(theirs.ffn.linear_0, ours.feed_forward.W_1)
            _linear(theirs.ffn.linear_1, ours.feed_forward.W_2)
            _norm(theirs.ffn.layer_norm, (ours.residual_2 if name == "encoder" else ours.residual_3).layer_norm)
    if _is_pre_norm(network):
        _norm(spec.encoder.layer_norm, network.encoder_norm)
        _norm(spec.decoder.layer_norm, network.decoder_norm)
    spec.decoder.projection.weight = _array(network.output_weight())
    spec.register_source_vocabulary(list(pieces))
    spec.register_target_vocabulary(list(pieces))
    spec.config.add_source_eos = True
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = pieces[BOS], pieces[EOS], pieces[UNK]
    spec.config.decoder_start_token = pieces[BOS]
    spec.config.layer_norm_epsilon = network.encoder[0].residual_1.layer_norm.eps
    return spec


def _check(network: Any) -> None:
    if not isinstance(network, Transformer):
        raise BadInput(f"CTranslate2 has no {type(network).__name__}; export a Transformer")
    if not all(hasattr(layer, "self_attention") for layer in network.encoder):
        raise BadInput("CTranslate2 has no encoder of convolutions; export a model whose encoder is of self-attention")
    if not network.causal:
        raise BadInput("CTranslate2 has no decoder without its causal mask; export a model with causal: true")
    if any(isinstance(part, MultiHeadAttention) and part.v_a is not None for part in network.modules()):
        raise BadInput("CTranslate2 has no additive attention; export a model with compatibility: dot-product")
    if network.d_k != network.d_v:
        raise BadInput(f"CTranslate2 has one width for all heads, but here d_k is {network.d_k}, d_v {network.d_v}")


def _is_pre_norm(network: Transformer) -> bool:
    return isinstance(network.encoder_norm, nn.LayerNorm)


def _positions(positions: nn.Module, d_model: int) -> np.ndarray:
    """(n, d_model): what the module adds at each position."""
    n = positions.weight.shape[0] if isinstance(positions, LearnedPositions) else LONGEST
    with torch.no_grad():
        return _array(positions(torch.zeros(1, n, d_model))[0])


def _attention(spec: Any, attention: MultiHeadAttention, memory: bool) -> None:
    """W_Q, W_K and W_V as one matrix; over the encoder's output W_Q alone, and W_K and W_V as one."""
    W_Q, W_K, W_V, W_O = (part.weight for part in (attention.W_Q, attention.W_K, attention.W_V, attention.W_O))
    parts = [[W_Q], [W_K, W_V], [W_O]] if memory else [[W_Q, W_K, W_V], [W_O]]
    for linear, part in zip(spec.linear, parts, strict=True):
        linear.weight = _array(torch.cat(part))
    spec.queries_scale = np.float32(attention.scale)


def _linear(spec: Any, linear: nn.Linear) -> None:
    spec.weight, spec.bias = _array(linear.weight), _array(linear.bias)


def _norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _array(tensor: Tensor) -> np.ndarray:
    # A copy, since CTranslate2 quantises in place.
    return tensor.detach().cpu().float().numpy().copy()
