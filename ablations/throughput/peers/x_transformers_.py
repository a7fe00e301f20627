"""x-transformers' encoder and decoder, post-norm with ReLU, of equal sizes.

Its layers use biases and positions differently, so the weights are not transferred: its loss differs, and the record
shows by how much. The work of an update is that of the same sizes.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from x_transformers import Decoder, Encoder, TransformerWrapper

from ablations.throughput.peers.torch_peer import ADAM, TorchPeer
from ablations.throughput.workload import PAD, Size, Weights


class Model(TorchPeer):
    """See `peers.Model`."""

    refusal = "x-transformers has no {precision}"

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
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

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """See `TorchPeer`."""
        mask = batch["src"] != PAD
        memory = self.encoder(batch["src"], mask=mask, return_embeddings=True)
        return self.decoder(batch["tgt"], context=memory, context_mask=mask), batch["labels"]

    def decode(self, batch: Any, beam: int, steps: int) -> list[list[int]]:
        """Not there."""
        raise NotImplementedError("x-transformers' decoding has no batched beam search")
