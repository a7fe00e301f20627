"""CTranslate2, which only decodes, from the same weights written in its format."""

import os
import tempfile
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec

from ablations.throughput.contenders.plain import sinusoids
from ablations.throughput.workload import PAD, Pairs, Size, Weights

COMPUTE = {"fp32": "float32", "bf16": "bfloat16", "int8": "int8_float32"}
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]


def specification(size: Size, weights: Weights) -> TransformerSpec:
    """The model in CTranslate2's terms."""
    spec = TransformerSpec.from_config(size.N, size.h, pre_norm=False)
    for stack, part in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        embeddings = part.embeddings[0] if stack == "encoder" else part.embeddings
        embeddings.weight = weights["embedding.weight"]
        part.position_encodings.encodings = sinusoids(512, size.d_model).numpy()
        for i, layer in enumerate(part.layer):
            here = f"{stack}.{i}."
            attention = f"{here}self_attention.W_"
            _linear(layer.self_attention.linear[0], *[weights[f"{attention}{name}.weight"] for name in "QKV"])
            _linear(layer.self_attention.linear[1], weights[f"{attention}O.weight"])
            _norm(layer.self_attention.layer_norm, weights, f"{here}residual_1")
            if stack == "decoder":
                attention = f"{here}cross_attention.W_"
                _linear(layer.attention.linear[0], weights[f"{attention}Q.weight"])
                _linear(layer.attention.linear[1], *[weights[f"{attention}{name}.weight"] for name in "KV"])
                _linear(layer.attention.linear[2], weights[f"{attention}O.weight"])
                _norm(layer.attention.layer_norm, weights, f"{here}residual_2")
            for k, linear in ((1, layer.ffn.linear_0), (2, layer.ffn.linear_1)):
                linear.weight = weights[f"{here}feed_forward.W_{k}.weight"]
                linear.bias = weights[f"{here}feed_forward.W_{k}.bias"]
            _norm(layer.ffn.layer_norm, weights, f"{here}residual_{2 if stack == 'encoder' else 3}")
    spec.decoder.projection.weight = weights["embedding.weight"]
    types = [*SPECIAL, *(f"w{i}" for i in range(len(SPECIAL), size.V))]
    spec.register_source_vocabulary(types)
    spec.register_target_vocabulary(types)
    spec.config.add_source_eos = False
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "<s>", "</s>", "<unk>"
    spec.config.decoder_start_token = "<s>"
    spec.config.layer_norm_epsilon = 1e-6
    return spec


def _linear(spec: Any, *weights: np.ndarray) -> None:
    spec.weight = np.concatenate(weights)
    spec.bias = np.zeros(len(spec.weight), dtype=np.float32)


def _norm(spec: Any, weights: Weights, name: str) -> None:
    spec.gamma, spec.beta = weights[f"{name}.layer_norm.weight"], weights[f"{name}.layer_norm.bias"]


class Model:
    """See `contenders.Model`."""

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        spec = specification(size, weights)
        spec.validate()
        with tempfile.TemporaryDirectory() as folder:
            spec.save(folder)
            self.translator = ctranslate2.Translator(
                folder,
                device=device,
                compute_type=COMPUTE[precision],
                inter_threads=1,
                intra_threads=int(os.environ["REPRO_THREADS"]),
            )
        if self.translator.compute_type != COMPUTE[precision]:
            raise NotImplementedError(f"CTranslate2 has no {precision} on this machine")
        self.types = [*SPECIAL, *(f"w{i}" for i in range(len(SPECIAL), size.V))]

    def loss(self, pairs: Pairs) -> float:
        """Not there."""
        raise NotImplementedError("CTranslate2 does not train")

    def prepare(self, pairs: Pairs) -> list[list[str]]:
        """Its input is types, not ids."""
        return [[self.types[i] for i in row if i != PAD] for row in pairs.src]

    def train(self, batch: Any) -> None:
        """Not there."""
        raise NotImplementedError("CTranslate2 does not train")

    def decode(self, batch: list[list[str]], beam: int, steps: int) -> list[list[int]]:
        """See `contenders.Model`."""
        found = self.translator.translate_batch(
            batch,
            beam_size=beam,
            min_decoding_length=steps,
            max_decoding_length=steps,
            length_penalty=0.6,
            suppress_sequences=[["<pad>"], ["<s>"]],
        )
        return [[self._id(token) for token in each.hypotheses[0]] for each in found]

    def _id(self, token: str) -> int:
        return SPECIAL.index(token) if token in SPECIAL else int(token[1:])
