"""torch.nn.Transformer's layers as anyone would put them together, with cross entropy and Adam as torch has them.

Its decoding keeps no keys and values: nn.TransformerDecoder has no such thing, so each step runs over the whole prefix.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablations.throughput.peers.beam import plain_beam_search
from ablations.throughput.peers.renaming import Names, renamed
from ablations.throughput.peers.torch_peer import ADAM, TorchPeer
from ablations.throughput.workload import BOS, PAD, Size, Weights


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


NAMES = Names(
    embeddings=("embedding",),
    layers={"encoder": "encoder.layers.{i}", "decoder": "decoder.layers.{i}"},
    attentions={
        "encoder": {"self_attention": "self_attn"},
        "decoder": {"self_attention": "self_attn", "cross_attention": "multihead_attn"},
    },
    projections={"O": "out_proj"},
    feed_forward=("linear1", "linear2"),
    norms={"encoder": ("norm1", "norm2"), "decoder": ("norm1", "norm2", "norm3")},
)


def torch_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights under torch's names, with zeros for the biases that this project has not.

    Torch keeps W_Q, W_K and W_V as one matrix.
    """
    state = renamed(weights, N, NAMES)
    for stack, attentions in NAMES.attentions.items():
        for i in range(N):
            for ours, theirs in attentions.items():
                prefix = f"{NAMES.layers[stack].format(i=i)}.{theirs}"
                W = torch.cat([torch.from_numpy(weights[f"{stack}.{i}.{ours}.W_{part}.weight"]) for part in "QKV"])
                state[f"{prefix}.in_proj_weight"] = W
                state[f"{prefix}.in_proj_bias"] = torch.zeros(len(W))
                state[f"{prefix}.out_proj.bias"] = torch.zeros(W.shape[1])
    return state


class Model(TorchPeer):
    """See `peers.Model`."""

    refusal = "torch.nn.Transformer has no {precision}"

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
        self.network = PlainTransformer(size, P_drop)
        self.network.load_state_dict(torch_names(weights, size.N), strict=False)
        self.network.to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM)

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """See `TorchPeer`."""
        states = self.network.states(batch["tgt"], self.network.encode(batch["src"]), batch["src"])
        return self.network.logits(states), batch["labels"]

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`."""
        network = self.decoding_network()
        src = batch["src"].repeat_interleave(beam, 0)
        memory = network.encode(batch["src"]).repeat_interleave(beam, 0)
        begin = torch.full((len(src), 1), BOS, device=src.device)

        def last(tgt: Tensor) -> Tensor:
            return network.logits(network.states(tgt, memory, src)[:, -1])

        return plain_beam_search(last, begin, beam, steps)
