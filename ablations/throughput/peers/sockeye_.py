"""Sockeye's Transformer, post-norm by its processing sequences, by its own model, loss and search.

It computes the same function: the paper's table of positions replaces its own, which puts the sines before the cosines,
and the bias of its output layer starts at 0. Trained as its users do, the model is traced on the first batch, and the
loss is its own, with the same smoothing as this project's.

Its search, like this project's, makes one step more than there are tokens, for the end symbol. Its greedy search takes
one sentence at a time, so its users take a beam of 1 for a batch. In bf16 it also adds up scores in bf16. Its int8 is
torch's dynamic quantisation of all products except those of embeddings and output.
"""

from collections.abc import Mapping

import numpy as np
import torch
from sockeye import constants
from sockeye.beam_search import BeamSearch, CandidateScorer, SearchResult, UpdateScores, get_search_algorithm
from sockeye.data_io import DataConfig
from sockeye.encoder import EmbeddingConfig
from sockeye.inference import Translator
from sockeye.loss import CrossEntropyLoss
from sockeye.model import ModelConfig, SockeyeModel
from sockeye.training import ModelWithLoss
from sockeye.transformer import TransformerConfig
from torch import Tensor

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.plain import sinusoids
from ablations.throughput.peers.renaming import Names, renamed
from ablations.throughput.peers.torch_peer import ADAM, TorchPeer
from ablations.throughput.workload import BOS, EOS, PAD, UNK, Pairs, Size, Weights

# Its ids of the special types are constants, in another order.
constants.BOS_ID, constants.EOS_ID, constants.UNK_ID = BOS, EOS, UNK

LONGEST = 512
"""Positions that a model has."""

NAMES = Names(
    embeddings=("embedding_source.embedding", "embedding_target.embedding", "output_layer"),
    layers={"encoder": "encoder.layers.{i}", "decoder": "decoder.layers.{i}"},
    attentions={
        "encoder": {"self_attention": "self_attention"},
        "decoder": {"self_attention": "autoregr_layer", "cross_attention": "enc_attention"},
    },
    projections={"O": "ff_out"},
    feed_forward=("ff.ff1", "ff.ff2"),
    norms={
        "encoder": ("post_self_attention.layer_norm", "post_ff.layer_norm"),
        "decoder": ("post_autoregr_layer.layer_norm", "post_enc_attention.layer_norm", "post_ff.layer_norm"),
    },
)

JOINED: Mapping[str, Mapping[str, str]] = {
    "self_attention": {"ff_in": "QKV"},
    "cross_attention": {"ff_q": "Q", "ff_kv": "KV"},
}
"""This project's name of an attention -> Sockeye's matrix in it -> those of this project that it holds."""


def sockeye_names(weights: Weights, N: int) -> dict[str, Tensor]:
    """This project's weights under Sockeye's names, as it keeps them for training, and a zero bias of the output."""
    state = renamed(weights, N, NAMES)
    for stack, attentions in NAMES.attentions.items():
        for i in range(N):
            for ours, theirs in attentions.items():
                for name, parts in JOINED[ours].items():
                    W = [torch.from_numpy(weights[f"{stack}.{i}.{ours}.W_{part}.weight"]) for part in parts]
                    state[f"{NAMES.layers[stack].format(i=i)}.{theirs}.{name}.weight"] = torch.cat(W)
    return state | {"output_layer.bias": torch.zeros(len(state["output_layer.weight"]))}


def sockeye(size: Size, P_drop: float, *, decodes: bool) -> SockeyeModel:
    """A model without its weights; one that decodes keeps keys and values, and cannot be trained."""
    stack = TransformerConfig(
        model_size=size.d_model,
        attention_heads=size.h,
        feed_forward_num_hidden=size.d_ff,
        act_type=constants.RELU,
        num_layers=size.N,
        dropout_attention=0.0,
        dropout_act=0.0,
        dropout_prepost=P_drop,
        positional_embedding_type=constants.FIXED_POSITIONAL_EMBEDDING,
        preprocess_sequence="",
        postprocess_sequence="drn",
        max_seq_len_source=LONGEST,
        max_seq_len_target=LONGEST,
        depth_key_value=size.d_model,
    )
    table = EmbeddingConfig(size.V, size.d_model, dropout=0.0)
    config = ModelConfig(
        config_data=DataConfig(None, LONGEST, LONGEST, num_source_factors=1, num_target_factors=1),
        vocab_source_size=size.V,
        vocab_target_size=size.V,
        config_embed_source=table,
        config_embed_target=table,
        config_encoder=stack,
        config_decoder=stack,
        weight_tying_type=constants.WEIGHT_TYING_SRC_TRG_SOFTMAX,
    )
    network = SockeyeModel(config, inference_only=decodes)
    for part in (network.encoder, network.decoder):
        part.pos_embedding.weight.data = sinusoids(LONGEST, size.d_model)
    return network


class RulingOut(UpdateScores):
    """Rules out padding and start symbol, and the end symbol until it is due, as Sockeye can rule out unknown words."""

    def forward(
        self,
        target_dists: Tensor,
        finished: Tensor,
        scores_accumulated: Tensor,
        lengths: Tensor,
        max_lengths: Tensor,
        *rest: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Scores and lengths; `target_dists` (B beam, V) are negative log probabilities."""
        target_dists[:, [PAD, BOS]] = torch.inf
        target_dists[:, EOS].masked_fill_(lengths + 1 < max_lengths, torch.inf)
        found: tuple[Tensor, Tensor] = super().forward(
            target_dists, finished, scores_accumulated, lengths, max_lengths, *rest
        )
        return found


def search_of(network: SockeyeModel, beam: int, device: str) -> BeamSearch:
    """Its beam search; greedy for a beam of 1."""
    search = get_search_algorithm([network], beam, torch.device(device), output_scores=False, scorer=CandidateScorer())
    search._update_scores = RulingOut()
    return search


def best_tokens(found: SearchResult, beam: int, steps: int) -> list[list[int]]:
    """The first `steps` tokens of the best hypotheses, followed back through the beams as its translator does."""
    words, hypotheses = (ids.cpu().numpy() for ids in (found.best_word_indices, found.best_hyp_indices))
    firsts = np.arange(0, len(words), beam)
    rows = Translator._get_best_word_indices_for_kth_hypotheses(firsts, hypotheses)
    tokens: list[list[int]] = words[rows[:, :steps], 0, np.arange(steps)].tolist()
    return tokens


class Model(TorchPeer):
    """See `peers.Model`."""

    precisions = ("fp32", "bf16", "int8")

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
        if precision == "int8" and device != "cpu":
            raise NotImplementedError("Sockeye's int8 is torch's dynamic quantisation, which is for a CPU")
        self.size = size
        self.network = sockeye(size, P_drop, decodes=False)
        self._load(sockeye_names(weights, size.N))
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM)
        self.criterion = CrossEntropyLoss(label_smoothing=EPS_LS)
        self.traced: ModelWithLoss | None = None
        self.searches: dict[int, BeamSearch] = {}

    def _load(self, state: Mapping[str, Tensor]) -> None:
        wrong = self.network.load_state_dict(state, strict=False).unexpected_keys
        if wrong:
            raise RuntimeError(f"this version of Sockeye has no {wrong[0]}")
        self.network.to(self.device)

    def prepare(self, pairs: Pairs) -> Mapping[str, Tensor]:
        """Its batch on the device: 32-bit ids with an axis of factors, of which there is one."""
        rows = (torch.from_numpy(ids).to(self.device, torch.int32) for ids in (pairs.src, pairs.tgt, pairs.shifted))
        src, tgt, shifted = rows
        lengths = (src != PAD).sum(1, dtype=torch.int32)
        return {
            "source": src[:, :, None],
            "source_length": torch.stack([lengths, torch.zeros_like(lengths)], 1),  # the second: a prefix's
            "target": shifted[:, :, None],
            "target_length": (shifted != PAD).sum(1, dtype=torch.int32),
            "labels": tgt,
        }

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """See `TorchPeer`."""
        return self.network(*_inputs(batch))[constants.LOGITS_NAME], batch["labels"].long()

    def training_loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Its own loss, of the model as traced on the first batch."""
        bf16 = self.precision == "bf16"
        # A traced model keeps none of the weights that autocast has made, so they may not be cached.
        with torch.autocast(self.device, torch.bfloat16, enabled=bf16, cache_enabled=False):
            if self.traced is None:
                network = torch.jit.trace(self.network, _inputs(batch), strict=False)
                self.traced = ModelWithLoss(network, [self.criterion])
            loss: Tensor = self.traced(*_inputs(batch), {constants.TARGET_LABEL_NAME: batch["labels"]})[0]
        return loss

    def decoding_network(self) -> SockeyeModel:
        """The same weights in a model of its that decodes, in the precision asked for; it replaces the other one."""
        if not self.network.inference_only:
            state = self.network.train().state_dict()
            self.network = sockeye(self.size, 0.0, decodes=True)
            self._load(state)
            self.network.eval()
            self.network.cast({"fp32": "float32", "bf16": "bfloat16", "int8": "int8"}[self.precision])
        return self.network

    @torch.inference_mode()
    def decode(self, batch: Mapping[str, Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`."""
        if beam not in self.searches:
            self.searches[beam] = search_of(self.decoding_network(), beam, self.device)
        source = batch["source"]
        longest = torch.full((len(source),), steps + 1, dtype=torch.int32, device=source.device)  # with the end symbol
        return best_tokens(self.searches[beam](source, batch["source_length"], None, longest), beam, steps)


def _inputs(batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    return tuple(batch[name] for name in ("source", "source_length", "target", "target_length"))
