"""HF transformers' Marian: the same post-norm Transformer, with its biases at 0 and interleaved sinusoids.

Trained as its users do, with the label-smoothed cross entropy of torch over the logits and torch's AdamW without decay
in its fused form, which is the Trainer's default.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from transformers import GenerationConfig, MarianConfig, MarianMTModel

from ablations.throughput.peers.plain import sinusoids
from ablations.throughput.peers.renaming import Names, renamed
from ablations.throughput.peers.torch_peer import ADAM, TorchPeer
from ablations.throughput.workload import BOS, EOS, PAD, Pairs, Size, Weights

NAMES = Names(
    embeddings=("model.shared",),
    layers={"encoder": "model.encoder.layers.{i}", "decoder": "model.decoder.layers.{i}"},
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


def marian_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights under Marian's names."""
    return renamed(weights, N, NAMES)


def marian(size: Size, weights: Weights, P_drop: float) -> MarianMTModel:
    """The model with these weights."""
    config = MarianConfig(
        vocab_size=size.V,
        d_model=size.d_model,
        encoder_layers=size.N,
        decoder_layers=size.N,
        encoder_attention_heads=size.h,
        decoder_attention_heads=size.h,
        encoder_ffn_dim=size.d_ff,
        decoder_ffn_dim=size.d_ff,
        activation_function="relu",
        dropout=P_drop,
        attention_dropout=0.0,
        activation_dropout=0.0,
        max_position_embeddings=512,
        scale_embedding=True,
        pad_token_id=PAD,
        bos_token_id=BOS,
        eos_token_id=EOS,
        decoder_start_token_id=BOS,
        forced_eos_token_id=None,
    )
    network = MarianMTModel(config)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.endswith("_proj.bias"):
                value.zero_()
    missing = network.load_state_dict(marian_names(weights, size.N), strict=False).unexpected_keys
    if missing:
        raise RuntimeError(f"this version of transformers has no {missing[0]}")
    for stack in (network.model.encoder, network.model.decoder):
        stack.embed_positions.weight.data = sinusoids(512, size.d_model)
    for part in network.modules():
        if isinstance(part, torch.nn.LayerNorm):
            part.eps = 1e-6
    return network


class Model(TorchPeer):
    """See `peers.Model`."""

    refusal = "Marian has no {precision} on a CPU"

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
        self.network = marian(size, weights, P_drop).to(device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), **ADAM, weight_decay=0.0, fused=True)

    def prepare(self, pairs: Pairs) -> Mapping[str, Tensor]:
        """Source with its mask, shifted target and labels on the device."""
        rows = {"input_ids": pairs.src, "decoder_input_ids": pairs.shifted, "labels": pairs.tgt}
        batch = {name: torch.from_numpy(ids).to(self.device) for name, ids in rows.items()}
        return {**batch, "attention_mask": (batch["input_ids"] != PAD).long()}

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """See `TorchPeer`."""
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "decoder_input_ids")}
        return self.network(**inputs, use_cache=False).logits, batch["labels"]

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`."""
        network = self.decoding_network()
        options = GenerationConfig(
            num_beams=beam,
            max_new_tokens=steps,
            min_new_tokens=steps,
            length_penalty=0.6,
            do_sample=False,
            pad_token_id=PAD,
            bos_token_id=BOS,
            eos_token_id=EOS,
            decoder_start_token_id=BOS,
            suppress_tokens=[PAD, BOS],
        )
        output = network.generate(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], generation_config=options
        )
        tokens: list[list[int]] = output[:, 1:].tolist()
        return tokens
