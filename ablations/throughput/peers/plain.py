"""torch.nn.Transformer's layers as anyone would put them together, with cross entropy and Adam as torch has them.

Its decoding keeps no keys and values: nn.TransformerDecoder has no such thing, so each step runs over the whole prefix.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.beam import plain_beam_search
from ablations.throughput.peers.torch_peer import ADAM, autocast, on_device
from ablations.throughput.workload import BOS, PAD, Pairs, Size, Weights


def sinusoids(n: int, d_model: int) -> Tensor:
    """(n, d_model), sines and cosines interleaved (section 3.5)."""
    position = torch.arange(n)[:, None]
    rate = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10_000.0) / d_model))
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = torch.sin(position * rate), torch.cos(position * rate)
    return table


class PlainTransformer(nn.Module):
    """Embeddings, torch's encoder and decoder stacks without final norms, and the shared output layer."""

    def __init__(self, size: Size, P_drop: float) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "dim_feedforward": size.d_ff,
            "dropout": P_drop,
            "layer_norm_eps": 1e-6,
            "batch_first": True,
        }
        self.embedding = nn.Embedding(size.V, size.d_model)
        self.positions: Tensor
        self.register_buffer("positions", sinusoids(512, size.d_model))
        self.dropout = nn.Dropout(P_drop)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(size.d_model, size.h, **options), size.N, enable_nested_tensor=False
        )
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(size.d_model, size.h, **options), size.N)
        for layer in [*self.encoder.layers, *self.decoder.layers]:
            _only_paper_dropout(layer)

    def embed(self, ids: Tensor) -> Tensor:
        """(B, n) -> (B, n, d_model)."""
        x = self.embedding(ids) * math.sqrt(self.embedding.embedding_dim)
        embedded: Tensor = self.dropout(x + self.positions[: ids.shape[1]])
        return embedded

    def encode(self, src: Tensor) -> Tensor:
        """(B, n) -> (B, n, d_model)."""
        memory: Tensor = self.encoder(self.embed(src), src_key_padding_mask=src == PAD)
        return memory

    def states(self, tgt: Tensor, memory: Tensor, src: Tensor) -> Tensor:
        """(B, m) shifted targets -> (B, m, d_model)."""
        causal = nn.Transformer.generate_square_subsequent_mask(tgt.shape[1], device=tgt.device, dtype=memory.dtype)
        states: Tensor = self.decoder(
            self.embed(tgt), memory, tgt_mask=causal, tgt_is_causal=True, memory_key_padding_mask=src == PAD
        )
        return states

    def logits(self, states: Tensor) -> Tensor:
        """(..., d_model) -> (..., V)."""
        return F.linear(states, self.embedding.weight)


def _only_paper_dropout(layer: nn.Module) -> None:
    """Torch also drops attention weights and what follows the ReLU; the paper, and every peer here, does not."""
    for name, part in layer.named_modules():
        if isinstance(part, nn.MultiheadAttention):
            part.dropout = 0.0
        if name == "dropout":
            assert isinstance(part, nn.Dropout)
            part.p = 0.0


def torch_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights under torch's names, with zeros for the biases that this project has not."""
    w = {name: torch.from_numpy(value) for name, value in weights.items()}
    state = {"embedding.weight": w["embedding.weight"]}
    attentions = {"encoder": {"self_attention": "self_attn"}}
    attentions["decoder"] = attentions["encoder"] | {"cross_attention": "multihead_attn"}
    for stack in ("encoder", "decoder"):
        for i in range(N):
            here, there = f"{stack}.{i}.", f"{stack}.layers.{i}."
            for ours, theirs in attentions[stack].items():
                parts = [w[f"{here}{ours}.W_{part}.weight"] for part in "QKV"]
                d_model = parts[0].shape[1]
                state[f"{there}{theirs}.in_proj_weight"] = torch.cat(parts)
                state[f"{there}{theirs}.in_proj_bias"] = torch.zeros(3 * d_model)
                state[f"{there}{theirs}.out_proj.weight"] = w[f"{here}{ours}.W_O.weight"]
                state[f"{there}{theirs}.out_proj.bias"] = torch.zeros(d_model)
            for k in (1, 2):
                for part in ("weight", "bias"):
                    state[f"{there}linear{k}.{part}"] = w[f"{here}feed_forward.W_{k}.{part}"]
            for k in range(1, 3 if stack == "encoder" else 4):
                for part in ("weight", "bias"):
                    state[f"{there}norm{k}.{part}"] = w[f"{here}residual_{k}.layer_norm.{part}"]
    return state


class Model:
    """See `peers.Model`."""

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        if precision not in ("fp32", "bf16"):
            raise NotImplementedError(f"torch.nn.Transformer has no {precision}")
        self.device, self.precision = device, precision
        self.network = PlainTransformer(size, P_drop)
        self.network.load_state_dict(torch_names(weights, size.N), strict=False)
        self.network.to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM)

    def prepare(self, pairs: Pairs) -> Mapping[str, Tensor]:
        """Source, shifted target and labels on the device."""
        return on_device(pairs, self.device)

    def _loss(self, batch: Mapping[str, Tensor], eps_ls: float = EPS_LS) -> Tensor:
        with autocast(self.device, self.precision):
            states = self.network.states(batch["tgt"], self.network.encode(batch["src"]), batch["src"])
            logits = self.network.logits(states)
            labels = batch["labels"].flatten()
            return F.cross_entropy(logits.flatten(0, 1), labels, ignore_index=PAD, label_smoothing=eps_ls)

    @torch.no_grad()
    def loss(self, pairs: Pairs, eps_ls: float = EPS_LS) -> float:
        """See `peers.Learner`."""
        self.network.eval()
        return float(self._loss(self.prepare(pairs), eps_ls))

    def train(self, batch: Mapping[str, Tensor]) -> None:
        """See `peers.Model`."""
        self.network.train()
        self.optimiser.zero_grad()
        self._loss(batch).backward()
        self.optimiser.step()

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`."""
        network = self.network.eval()
        if self.precision == "bf16":
            network = network.bfloat16()
        src = batch["src"].repeat_interleave(beam, 0)
        memory = network.encode(batch["src"]).repeat_interleave(beam, 0)
        begin = torch.full((len(src), 1), BOS, device=src.device)

        def last(tgt: Tensor) -> Tensor:
            return network.logits(network.states(tgt, memory, src)[:, -1])

        return plain_beam_search(last, begin, beam, steps)
