"""CTranslate2, which only decodes: it reads the same weights as `repro export ctranslate2` writes them.

For bf16 and int8 the weights are converted when they are written, as its option `--quantization` does.
"""

import os
import tempfile
from typing import Any

import ctranslate2

from ablations.throughput.peers.ours import network_of
from ablations.throughput.workload import FIRST_WORD, PAD, Pairs, Size, Weights
from repro.data.vocabulary import SPECIAL_PIECES
from repro.weights.ctranslate2_model import specification

COMPUTE = {"fp32": "float32", "bf16": "bfloat16", "int8": "int8_float32"}


class Model:
    """See `peers.Model`."""

    largest_batch: int = 0

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        self.types = [*SPECIAL_PIECES, *(f"w{i}" for i in range(FIRST_WORD, size.V))]
        self.ids = {piece: i for i, piece in enumerate(self.types)}
        spec = specification(network_of(size, weights, P_drop), self.types)
        spec.config.add_source_eos = False  # the batches' rows have it
        spec.validate()
        spec.optimize(quantization=None if precision == "fp32" else COMPUTE[precision])
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
        """See `peers.Model`."""
        results = self.translator.translate_batch(
            batch,
            beam_size=beam,
            min_decoding_length=steps,
            max_decoding_length=steps,
            length_penalty=0.6,
            suppress_sequences=[["<pad>"], ["<s>"]],
        )
        return [[self.ids[token] for token in result.hypotheses[0]] for result in results]
