"""HF transformers' Marian: the same post-norm Transformer, with its biases at 0 and sinusoids laid interleaved.

Trained as its users do, with the label-smoothed cross entropy of torch over the logits and torch's AdamW without decay
in its fused form, which is the Trainer's default.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import GenerationConfig, MarianConfig, MarianMTModel

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.plain import sinusoids
from ablations.throughput.peers.torch_peer import ADAM, autocast
from ablations.throughput.workload import BOS, EOS, PAD, Pairs, Size, Weights


def marian_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights under Marian's names."""
    w = {name: torch.from_numpy(value) for name, value in weights.items()}
    state = {"model.shared.weight": w["embedding.weight"]}
    norms = {
        "encoder": ("self_attn_layer_norm", "final_layer_norm"),
        "decoder": ("self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm"),
    }
    projections = {"Q": "q_proj", "K": "k_proj", "V": "v_proj", "O": "out_proj"}
    attentions = {"encoder": {"self_attention": "self_attn"}}
    attentions["decoder"] = attentions["encoder"] | {"cross_attention": "encoder_attn"}
    for stack, names in norms.items():
        for i in range(N):
            here, there = f"{stack}.{i}.", f"model.{stack}.layers.{i}."
            for ours, theirs in attentions[stack].items():
                for part, name in projections.items():
                    state[f"{there}{theirs}.{name}.weight"] = w[f"{here}{ours}.W_{part}.weight"]
            for part in ("weight", "bias"):
                for k in (1, 2):
                    state[f"{there}fc{k}.{part}"] = w[f"{here}feed_forward.W_{k}.{part}"]
                for k, name in enumerate(names, 1):
                    state[f"{there}{name}.{part}"] = w[f"{here}residual_{k}.layer_norm.{part}"]
    return state


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


class Model:
    """See `peers.Model`."""

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        if precision not in ("fp32", "bf16"):
            raise NotImplementedError(f"Marian has no {precision} on a CPU")
        self.device, self.precision = device, precision
        self.network = marian(size, weights, P_drop).to(device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), **ADAM, weight_decay=0.0, fused=True)

    def prepare(self, pairs: Pairs) -> Mapping[str, Tensor]:
        """Source with its mask, shifted target and labels on the device."""
        rows = {"input_ids": pairs.src, "decoder_input_ids": pairs.shifted, "labels": pairs.tgt}
        batch = {name: torch.from_numpy(ids).to(self.device) for name, ids in rows.items()}
        return {**batch, "attention_mask": (batch["input_ids"] != PAD).long()}

    def _loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "decoder_input_ids")}
        with autocast(self.device, self.precision):
            logits = self.network(**inputs, use_cache=False).logits
            return F.cross_entropy(
                logits.flatten(0, 1), batch["labels"].flatten(), ignore_index=PAD, label_smoothing=EPS_LS
            )

    @torch.no_grad()
    def loss(self, pairs: Pairs) -> float:
        """See `peers.Model`."""
        self.network.eval()
        return float(self._loss(self.prepare(pairs)))

    def train(self, batch: Mapping[str, Tensor]) -> None:
        """See `peers.Model`."""
        self.network.train()
        self._loss(batch).backward()
        self.optimiser.step()
        self.optimiser.zero_grad()

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`."""
        network = self.network.eval()
        if self.precision == "bf16":
            network = network.bfloat16()
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
        found = network.generate(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], generation_config=options
        )
        tokens: list[list[int]] = found[:, 1:].tolist()
        return tokens
