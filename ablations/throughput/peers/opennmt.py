"""OpenNMT-py's Transformer, by its own model, loss and translator.

It has layer norms before the sub-layers only, with one more after each stack, where the paper and all others here have
them after. So from equal weights its loss differs, and the record shows by how much; it is equal to that of this
project's model with `norm="pre"`, as a test shows. The work is the same except for the two additional norms. Its output
layer has a bias, which starts at 0.

Trained as its users do: by its own loss computation, which also counts right tokens, and by torch's Adam as it sets it
up.
"""

from collections.abc import Mapping
from typing import Any

import pyonmttok
import torch
from onmt.constants import DefaultTokens
from onmt.decoders import TransformerDecoder
from onmt.encoders import TransformerEncoder
from onmt.models import NMTModel
from onmt.modules import Embeddings
from onmt.translate import GNMTGlobalScorer, Translator
from onmt.utils.loss import LossCompute
from torch import Tensor, nn

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.renaming import Names, renamed
from ablations.throughput.peers.torch_peer import ADAM, TorchPeer, autocast
from ablations.throughput.workload import BOS, PAD, Pairs, Size, Weights

SPECIAL = [DefaultTokens.PAD, DefaultTokens.BOS, DefaultTokens.EOS, DefaultTokens.UNK]
"""In the order of their ids here."""


NAMES = Names(
    embeddings=(
        "encoder.embeddings.make_embedding.emb_luts.0",
        "decoder.embeddings.make_embedding.emb_luts.0",
        "generator",
    ),
    layers={"encoder": "encoder.transformer.{i}", "decoder": "decoder.transformer_layers.{i}"},
    attentions={
        "encoder": {"self_attention": "self_attn"},
        "decoder": {"self_attention": "self_attn", "cross_attention": "context_attn"},
    },
    projections={"Q": "linear_query", "K": "linear_keys", "V": "linear_values", "O": "final_linear"},
    feed_forward=("feed_forward.w_1", "feed_forward.w_2"),
    norms={
        "encoder": ("layer_norm", "feed_forward.layer_norm"),
        "decoder": ("layer_norm_1", "layer_norm_2", "feed_forward.layer_norm"),
    },
)


def opennmt_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights, and the final norms of its pre-norm model if they are there, under OpenNMT-py's names."""
    final_norms = {
        f"{stack}.layer_norm.{part}": torch.from_numpy(weights[f"{stack}_norm.{part}"])
        for stack in NAMES.layers
        for part in ("weight", "bias")
        if f"{stack}_norm.{part}" in weights
    }
    return renamed(weights, N, NAMES) | final_norms


def opennmt(size: Size, weights: Weights, P_drop: float) -> NMTModel:
    """The model with these weights, and its output layer as `generator`."""

    def embeddings() -> Embeddings:
        return Embeddings(size.d_model, size.V, PAD, position_encoding=True, dropout=P_drop)

    sizes = (size.N, size.d_model, size.h, size.d_ff)
    options: dict[str, Any] = {
        "dropout": P_drop,
        "attention_dropout": 0.0,
        "max_relative_positions": 0,
        "relative_positions_buckets": 0,
    }
    decoding: dict[str, Any] = {
        "copy_attn": False,
        "self_attn_type": "scaled-dot",
        "aan_useffn": False,
        "full_context_alignment": False,
        "alignment_layer": -1,
        "alignment_heads": 0,
    }
    encoder = TransformerEncoder(*sizes, embeddings=embeddings(), **options)
    network = NMTModel(encoder, TransformerDecoder(*sizes, embeddings=embeddings(), **options, **decoding))
    network.generator = nn.Linear(size.d_model, size.V)
    nn.init.zeros_(network.generator.bias)
    # NMTModel's own loads its checkpoints.
    missing = nn.Module.load_state_dict(network, opennmt_names(weights, size.N), strict=False).unexpected_keys
    if missing:
        raise RuntimeError(f"this version of OpenNMT-py has no {missing[0]}")
    network.decoder.embeddings.word_lut.weight = network.encoder.embeddings.word_lut.weight
    network.generator.weight = network.encoder.embeddings.word_lut.weight
    for name, part in network.named_modules():
        if name.endswith("feed_forward.dropout_1"):  # after the ReLU, where the paper drops nothing
            part.p = 0.0
    return network


class Model(TorchPeer):
    """See `peers.Model`."""

    refusal = "OpenNMT-py has no {precision} on a CPU"

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
        self.network = opennmt(size, weights, P_drop).to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM)
        criterion = nn.CrossEntropyLoss(ignore_index=PAD, reduction="sum", label_smoothing=EPS_LS)
        self.criterion = LossCompute(criterion, self.network.generator)
        words = [f"w{i}" for i in range(len(SPECIAL), size.V)]
        self.types = pyonmttok.build_vocab_from_tokens(words, special_tokens=SPECIAL)
        self.translators: dict[tuple[int, int], Translator] = {}

    def prepare(self, pairs: Pairs) -> Mapping[str, Tensor]:
        """Source with its lengths, and target with start and end symbol, on the device."""
        src, tgt, shifted = (torch.from_numpy(ids).to(self.device) for ids in (pairs.src, pairs.tgt, pairs.shifted))
        whole = torch.cat([shifted[:, :1], tgt], 1)
        return {"src": src[:, :, None], "srclen": (src != PAD).sum(1), "tgt": whole[:, :, None]}

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """See `TorchPeer`."""
        states, _ = self.network(batch["src"], batch["tgt"], batch["srclen"])
        return self.network.generator(states), batch["tgt"][:, 1:, 0]

    def training_loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Its loss computation."""
        with autocast(self.device, self.precision):
            states, attention = self.network(batch["src"], batch["tgt"], batch["srclen"])
            loss, _ = self.criterion(dict(batch), states, attention)
        per_token: Tensor = loss / (batch["tgt"][:, 1:] != PAD).sum()
        return per_token

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`; what may not be generated gets a bias that rules it out."""
        if (beam, steps) not in self.translators:
            self.translators[beam, steps] = self._translator(beam, steps)
        translator = self.translators[beam, steps]
        output = translator.translate_batch({name: batch[name] for name in ("src", "srclen")}, attn_debug=False)
        return [best[0].tolist() for best in output["predictions"]]

    def _translator(self, beam: int, steps: int) -> Translator:
        network = self.decoding_network()
        network.generator.bias[[PAD, BOS]] = -1e9
        return Translator(
            network,
            {"src": self.types, "tgt": self.types, "decoder_start_token": DefaultTokens.BOS},
            beam_size=beam,
            min_length=steps,
            max_length=steps,
            max_length_ratio=0,
            global_scorer=GNMTGlobalScorer(0.6, 0.0, "wu", "none"),
            report_score=False,
        )
