"""x-transformers' encoder and decoder, post-norm with ReLU, of equal sizes.

Its layers place biases and positions in ways of their own, so the weights are not carried over: its loss differs, and
the record shows by how much. The work of an update is that of the same sizes.
"""

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from x_transformers import Decoder, Encoder, TransformerWrapper

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.torch_peer import ADAM, autocast, on_device
from ablations.throughput.workload import PAD, Pairs, Size, Weights


class Model:
    """See `peers.Model`."""

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        if precision not in ("fp32", "bf16"):
            raise NotImplementedError(f"x-transformers has no {precision}")
        self.device, self.precision = device, precision
        layers: dict[str, Any] = {
            "dim": size.d_model,
            "depth": size.N,
            "heads": size.h,
            "attn_dim_head": size.d_model // size.h,
            "attn_flash": True,
            "ff_mult": size.d_ff // size.d_model,
            "ff_custom_activation": nn.ReLU(),
            "pre_norm": False,
            "attn_sublayer_dropout": P_drop,
            "ff_sublayer_dropout": P_drop,
        }
        wrapped: dict[str, Any] = {"num_tokens": size.V, "max_seq_len": 512, "emb_dropout": P_drop}
        self.encoder = TransformerWrapper(**wrapped, attn_layers=Encoder(**layers))
        decoder = Decoder(**layers, cross_attend=True)
        self.decoder = TransformerWrapper(**wrapped, tie_embedding=True, attn_layers=decoder)
        self.decoder.token_emb = self.encoder.token_emb
        self.network = nn.ModuleList([self.encoder, self.decoder]).to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM)

    def prepare(self, pairs: Pairs) -> Mapping[str, Tensor]:
        """Source, shifted target and labels on the device."""
        return on_device(pairs, self.device)

    def _loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        mask = batch["src"] != PAD
        with autocast(self.device, self.precision):
            memory = self.encoder(batch["src"], mask=mask, return_embeddings=True)
            logits = self.decoder(batch["tgt"], context=memory, context_mask=mask)
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

    def decode(self, batch: Any, beam: int, steps: int) -> list[list[int]]:
        """Not there."""
        raise NotImplementedError("x-transformers' decoding has no batched beam search")
