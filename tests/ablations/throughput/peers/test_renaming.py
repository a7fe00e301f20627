"""Weights under another library's names: under this project's own, they are what they were."""

import torch

from ablations.throughput.peers.ours import initial_weights
from ablations.throughput.peers.renaming import Names, renamed
from ablations.throughput.workload import SIZES

SIZE = SIZES["probe"]
OWN_NAMES = Names(
    embeddings=("embedding",),
    layers={"encoder": "encoder.{i}", "decoder": "decoder.{i}"},
    attentions={
        "encoder": {"self_attention": "self_attention"},
        "decoder": {"self_attention": "self_attention", "cross_attention": "cross_attention"},
    },
    projections={part: f"W_{part}" for part in "QKVO"},
    feed_forward=("feed_forward.W_1", "feed_forward.W_2"),
    norms={
        stack: [f"residual_{k}.layer_norm" for k in range(1, count + 1)]
        for stack, count in (("encoder", 2), ("decoder", 3))
    },
)


def test_own_names_change_nothing() -> None:
    weights = initial_weights(SIZE, 1)
    found = renamed(weights, SIZE.N, OWN_NAMES)
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], torch.from_numpy(value)) for name, value in weights.items())
