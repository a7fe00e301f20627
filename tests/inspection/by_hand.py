"""The paper's Transformer once more, in NumPy and float64, from the weights alone: an inspection's oracle."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Array = Any
EPSILON = 1e-6


def sinusoids(n: int, d_model: int) -> Array:
    """Section 3.5, one number after the other."""
    table = np.zeros((n, d_model))
    for position in range(n):
        for i in range(d_model):
            angle = position / 10_000 ** ((i - i % 2) / d_model)
            table[position, i] = np.cos(angle) if i % 2 else np.sin(angle)
    return table


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class ByHand:
    """One pass over a pair of sentences; `seen` holds every intermediate by its place in the model.

    Args:
        weights: of a `Transformer`, by name.
        h: heads.
        pre: whether the norms stand before the sub-layers.
        causal: whether the decoder is masked.
    """

    def __init__(self, weights: Mapping[str, Any], h: int, pre: bool = False, causal: bool = True) -> None:
        self.w = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items()}
        self.h, self.pre, self.causal = h, pre, causal
        self.N = 1 + max(int(name.split(".")[1]) for name in self.w if name.startswith("decoder."))
        self.seen: dict[str, Array] = {}

    def logits(self, source: Sequence[int], target: Sequence[int]) -> Array:
        """(m, V)."""
        memory = self.embedded("encoder", source)
        everything = np.ones((len(source), len(source)), dtype=bool)
        for i in range(self.N):
            memory = self.encoder_layer(f"encoder.{i}", memory, everything)
        memory = self.norm("encoder_norm", memory) if self.pre else memory
        m = len(target)
        mask = np.array([[key <= query or not self.causal for key in range(m)] for query in range(m)])
        x = self.embedded("decoder", target)
        for i in range(self.N):
            x = self.decoder_layer(f"decoder.{i}", x, memory, mask)
        x = self.norm("decoder_norm", x) if self.pre else x
        return x @ self.w["embedding.weight"].T

    def encoder_layer(self, name: str, x: Array, mask: Array) -> Array:
        x = self.residual(f"{name}.residual_1", x, lambda y: self.attention(f"{name}.self_attention", y, y, mask))
        return self.residual(f"{name}.residual_2", x, lambda y: self.feed_forward(f"{name}.feed_forward", y))

    def decoder_layer(self, name: str, x: Array, memory: Array, mask: Array) -> Array:
        all_of_it = np.ones((len(x), len(memory)), dtype=bool)
        x = self.residual(f"{name}.residual_1", x, lambda y: self.attention(f"{name}.self_attention", y, y, mask))
        x = self.residual(
            f"{name}.residual_2", x, lambda y: self.attention(f"{name}.cross_attention", y, memory, all_of_it)
        )
        return self.residual(f"{name}.residual_3", x, lambda y: self.feed_forward(f"{name}.feed_forward", y))

    def embedded(self, side: str, ids: Sequence[int]) -> Array:
        E = self.w["embedding.weight"]
        self.seen[f"{side}.embedding"] = np.stack([E[i] for i in ids]) * np.sqrt(E.shape[1])
        self.seen[f"{side}.positions"] = sinusoids(len(ids), E.shape[1])
        self.seen[f"{side}.sum"] = self.seen[f"{side}.embedding"] + self.seen[f"{side}.positions"]
        return self.seen[f"{side}.sum"]

    def residual(self, name: str, x: Array, sub_layer: Any) -> Array:
        if self.pre:
            stream = x + sub_layer(self.norm(f"{name}.layer_norm", x))
        else:
            stream = self.norm(f"{name}.layer_norm", x + sub_layer(x))
        self.seen[f"{name}.stream"] = stream
        return stream

    def norm(self, name: str, x: Array) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return centred / deviation * self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def attention(self, name: str, x: Array, memory: Array, mask: Array) -> Array:
        found: dict[str, list[Array]] = {key: [] for key in ("Q", "K", "V", "scores", "weights", "heads")}
        for head in range(self.h):
            parts = {"Q": x, "K": memory, "V": memory}
            W = {key: np.split(self.w[f"{name}.W_{key}.weight"], self.h)[head] for key in parts}
            Q, K, V = (given @ W[key].T for key, given in parts.items())
            scores = Q @ K.T
            weights = softmax(np.where(mask, scores / np.sqrt(K.shape[1]), -np.inf))
            for key, value in zip(found, (Q, K, V, scores, weights, weights @ V), strict=True):
                found[key].append(value)
        self.seen.update({f"{name}.{key}": np.stack(value) for key, value in found.items()})
        self.seen[f"{name}.read"] = x
        self.seen[f"{name}.output"] = np.concatenate(found["heads"], axis=-1) @ self.w[f"{name}.W_O.weight"].T
        return self.seen[f"{name}.output"]

    def feed_forward(self, name: str, x: Array) -> Array:
        hidden = np.maximum(0, x @ self.w[f"{name}.W_1.weight"].T + self.w[f"{name}.W_1.bias"])
        self.seen[f"{name}.hidden"] = hidden
        self.seen[f"{name}.read"] = x
        self.seen[f"{name}.output"] = hidden @ self.w[f"{name}.W_2.weight"].T + self.w[f"{name}.W_2.bias"]
        return self.seen[f"{name}.output"]
