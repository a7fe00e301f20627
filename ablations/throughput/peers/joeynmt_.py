"""JoeyNMT's Transformer, post-norm, with its attention biases at 0, by its own model, loss and search.

It computes the same function. Trained as its users do, the smoothed targets are written out as a matrix, eps_ls is
spread over all types but padding and the right one, and right tokens are counted as well. So its training loss differs
slightly; the benchmark compares losses that are computed from the logits of every peer alike. Its decoder keeps no keys
and values: each step runs over the whole prefix.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import torch
from joeynmt.decoders import TransformerDecoder
from joeynmt.embeddings import Embeddings
from joeynmt.encoders import TransformerEncoder
from joeynmt.model import Model as JoeyModel
from joeynmt.search import beam_search, greedy
from torch import Tensor

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.renaming import Names, renamed
from ablations.throughput.peers.torch_peer import ADAM, TorchPeer, autocast
from ablations.throughput.workload import BOS, EOS, PAD, UNK, Pairs, Size, Weights

VOCABULARY = SimpleNamespace(
    pad_index=PAD, bos_index=BOS, eos_index=EOS, unk_index=UNK, sep_index=None, specials=[], lang_tags=[]
)
"""All that its model asks of a vocabulary; its own numbers the special types in another order."""


NAMES = Names(
    embeddings=("src_embed.lut", "trg_embed.lut", "decoder.output_layer"),
    layers={"encoder": "encoder.layers.{i}", "decoder": "decoder.layers.{i}"},
    attentions={
        "encoder": {"self_attention": "src_src_att"},
        "decoder": {"self_attention": "trg_trg_att", "cross_attention": "src_trg_att"},
    },
    projections={"Q": "q_layer", "K": "k_layer", "V": "v_layer", "O": "output_layer"},
    feed_forward=("feed_forward.pwff_layer.0", "feed_forward.pwff_layer.3"),
    norms={
        "encoder": ("layer_norm", "feed_forward.layer_norm"),
        "decoder": ("x_layer_norm", "dec_layer_norm", "feed_forward.layer_norm"),
    },
)


def joeynmt_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights under JoeyNMT's names, with zeros for the biases that this project has not."""
    state = renamed(weights, N, NAMES)
    biases = {
        f"{name.removesuffix('.weight')}.bias": torch.zeros(len(weight))
        for name, weight in state.items()
        if "_att." in name
    }
    return state | biases


def joeynmt(size: Size, weights: Weights, P_drop: float) -> JoeyModel:
    """The model with these weights."""
    sizes = {"num_layers": size.N, "num_heads": size.h, "hidden_size": size.d_model, "ff_size": size.d_ff}
    options: dict[str, Any] = {**sizes, "dropout": P_drop, "emb_dropout": P_drop, "layer_norm": "post"}
    table = Embeddings(size.d_model, scale=True, vocab_size=size.V, padding_idx=PAD)
    network = JoeyModel(
        TransformerEncoder(**options),
        TransformerDecoder(**options, vocab_size=size.V),
        table,
        table,
        VOCABULARY,
        VOCABULARY,
    )
    network.load_state_dict(joeynmt_names(weights, size.N), strict=False)
    network.decoder.output_layer.weight = table.lut.weight
    network.loss_function = ("crossentropy", EPS_LS)
    for name, part in network.named_modules():
        # On attention weights and after the ReLU, where the paper drops nothing.
        if name.endswith(("_att.dropout", "pwff_layer.2")):
            part.p = 0.0
    return network


class Model(TorchPeer):
    """See `peers.Model`."""

    refusal = "JoeyNMT has no {precision}"

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
        self.network = joeynmt(size, weights, P_drop).to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM)

    def prepare(self, pairs: Pairs) -> Mapping[str, Tensor]:
        """Its batch on the device."""
        src, tgt, shifted = (torch.from_numpy(ids).to(self.device) for ids in (pairs.src, pairs.tgt, pairs.shifted))
        return {
            "src": src,
            "src_mask": (src != PAD)[:, None],
            "src_length": (src != PAD).sum(1),
            "trg_input": shifted,
            "trg": tgt,
            "trg_mask": (shifted != PAD)[:, None],
        }

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """See `TorchPeer`; log probabilities."""
        _, log_p, _, _ = self.network(return_type="loss", **batch)
        return log_p, batch["trg"]

    def training_loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Its own loss."""
        with autocast(self.device, self.precision):
            loss, _, _, _ = self.network(return_type="loss", **batch)
        per_token: Tensor = loss / (batch["trg"] != PAD).sum()
        return per_token

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`."""
        network = self.decoding_network()
        source = {name: batch[name] for name in ("src", "src_length", "src_mask")}
        memory, hidden, _, _ = network(return_type="encode", **source)
        options: dict[str, Any] = {
            "model": network,
            "encoder_output": memory,
            "encoder_hidden": hidden,
            "src_mask": batch["src_mask"],
            "max_output_length": steps,
            "min_output_length": steps,
        }
        output = greedy(**options)[0] if beam == 1 else beam_search(**options, beam_size=beam, alpha=0.6)[0]
        tokens: list[list[int]] = torch.as_tensor(output).tolist()
        return tokens
