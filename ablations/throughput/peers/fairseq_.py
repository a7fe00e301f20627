"""fairseq's Transformer, post-norm, with its attention biases at 0, by its own model, loss, Adam and generator.

It computes the same function: the paper's sinusoids replace its own, which have other rates and put the sines before
the cosines. Trained as its users do, eps_ls is spread over all types but the right one, so its training loss differs
slightly. The benchmark compares losses that are computed from the log probabilities of every peer alike. Its Adam is
its own, in Python, or Apex's where a GPU has that; neither has torch's fused form, so that setting has no effect.

Its generator, like this project's search, makes one step more than there are tokens, for the end symbol.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.hashable_dataclasses import hashable_dataclasses
from ablations.throughput.peers.plain import sinusoids
from ablations.throughput.peers.renaming import Names, renamed
from ablations.throughput.peers.torch_peer import ADAM, TorchPeer, autocast
from ablations.throughput.workload import BOS, FIRST_WORD, PAD, Pairs, Size, Weights

with hashable_dataclasses("fairseq"):  # its last release, 0.12.2, is older than Python 3.11
    from fairseq.criterions.label_smoothed_cross_entropy import LabelSmoothedCrossEntropyCriterion
    from fairseq.data import Dictionary
    from fairseq.models.transformer import TransformerModel, base_architecture
    from fairseq.optim.adam import FairseqAdam
    from fairseq.sequence_generator import SequenceGenerator

LONGEST = 512
"""Positions that a model has."""

NAMES = Names(
    embeddings=("encoder.embed_tokens", "decoder.embed_tokens", "decoder.output_projection"),
    layers={"encoder": "encoder.layers.{i}", "decoder": "decoder.layers.{i}"},
    attentions={
        "encoder": {"self_attention": "self_attn"},
        "decoder": {"self_attention": "self_attn", "cross_attention": "encoder_attn"},
    },
    projections={"Q": "q_proj", "K": "k_proj", "V": "v_proj", "O": "out_proj"},
    feed_forward=("fc1", "fc2"),
    norms={
        "encoder": ("self_attn_layer_norm", "final_layer_norm"),
        "decoder": ("self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm"),
    },
)


def fairseq_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights under fairseq's names, with zeros for the biases that this project has not."""
    state = renamed(weights, N, NAMES)
    biases = {
        f"{name.removesuffix('.weight')}.bias": torch.zeros(len(weight))
        for name, weight in state.items()
        if "_attn." in name
    }
    return state | biases


def types(V: int) -> Dictionary:
    """V types with this project's ids of the special ones; fairseq has the start symbol first."""
    made = Dictionary(bos="<pad>", pad="<s>")
    made.pad_index, made.bos_index = PAD, BOS
    for i in range(FIRST_WORD, V):
        made.add_symbol(f"w{i}")
    return made


def fairseq(size: Size, weights: Weights, P_drop: float, dictionary: Dictionary) -> TransformerModel:
    """The model with these weights."""
    options = SimpleNamespace(
        encoder_embed_dim=size.d_model,
        encoder_ffn_embed_dim=size.d_ff,
        encoder_layers=size.N,
        decoder_layers=size.N,
        encoder_attention_heads=size.h,
        decoder_attention_heads=size.h,
        dropout=P_drop,
        share_all_embeddings=True,
        max_source_positions=LONGEST,
        max_target_positions=LONGEST,
    )
    base_architecture(options)
    task = SimpleNamespace(source_dictionary=dictionary, target_dictionary=dictionary)
    network = TransformerModel.build_model(options, task)
    wrong = nn.Module.load_state_dict(network, fairseq_names(weights, size.N), strict=False).unexpected_keys
    if wrong:
        raise RuntimeError(f"this version of fairseq has no {wrong[0]}")
    for stack in (network.encoder, network.decoder):
        # It counts positions from the one after the padding's id.
        none = torch.zeros(PAD + 1, size.d_model)
        stack.embed_positions.weights = torch.cat([none, sinusoids(LONGEST, size.d_model)])
    for part in network.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = 1e-6
    return network


def adam(network: nn.Module) -> torch.optim.Optimizer:
    """Its own, as `fairseq-train --optimizer adam` makes it."""
    options = SimpleNamespace(
        lr=[ADAM["lr"]],
        adam_betas=str(ADAM["betas"]),
        adam_eps=ADAM["eps"],
        weight_decay=0.0,
        fp16_adam_stats=False,
        tpu=False,
    )
    optimiser: torch.optim.Optimizer = FairseqAdam(options, list(network.parameters())).optimizer
    return optimiser


class Model(TorchPeer):
    """See `peers.Model`."""

    refusal = "fairseq has no {precision} on a CPU"

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
        self.dictionary = types(size.V)
        self.network = fairseq(size, weights, P_drop, self.dictionary).to(device)
        self.optimiser = adam(self.network)
        task = SimpleNamespace(target_dictionary=self.dictionary)
        self.criterion = LabelSmoothedCrossEntropyCriterion(task, sentence_avg=False, label_smoothing=EPS_LS)
        self.generators: dict[tuple[int, int], SequenceGenerator] = {}

    def prepare(self, pairs: Pairs) -> Mapping[str, Any]:
        """Its sample on the device."""
        src, tgt, shifted = (torch.from_numpy(ids).to(self.device) for ids in (pairs.src, pairs.tgt, pairs.shifted))
        inputs = {"src_tokens": src, "src_lengths": (src != PAD).sum(1), "prev_output_tokens": shifted}
        return {"net_input": inputs, "target": tgt, "ntokens": pairs.target_tokens}

    def logits_and_labels(self, batch: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
        """See `TorchPeer`; by the layers that are trained, as torch's fast ones for decoding know no autocast."""
        for layer in self.network.encoder.layers:
            layer.ever_training = True
        return self.network(**batch["net_input"])[0], batch["target"]

    def training_loss(self, batch: Mapping[str, Any]) -> Tensor:
        """Its criterion."""
        with autocast(self.device, self.precision):
            loss, tokens, _ = self.criterion(self.network, batch)
        per_token: Tensor = loss / tokens
        return per_token

    def decoding_network(self) -> TransformerModel:
        """As `fairseq-generate` has it: it cannot be trained any more."""
        self.network.make_generation_fast_(need_attn=False)  # also puts it in evaluation mode
        return self.network.bfloat16() if self.precision == "bf16" else self.network

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Any], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`."""
        if (beam, steps) not in self.generators:
            self.generators[beam, steps] = self._generator(beam, steps)
        ranked = self.generators[beam, steps].generate([], batch, bos_token=BOS)
        return [best["tokens"][:steps].tolist() for best, *_ in ranked]

    def _generator(self, beam: int, steps: int) -> SequenceGenerator:
        return SequenceGenerator(
            [self.decoding_network()],
            self.dictionary,
            beam_size=beam,
            max_len_b=steps,
            min_len=steps,
            len_penalty=0.6,
            tokens_to_suppress=(self.dictionary[BOS],),
        )
