"""For how many queries the gradient of attention's softmax vanishes, with and without the factor 1/sqrt(d_k).

A function for the cells of a grid; softmax-gradient.yaml is that grid, and docs/ablations.md explains both.
"Attention Is All You Need", section 3.2.1: large dot products push the softmax into regions with small gradients.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from repro.outcome import Outcome

VANISHED = 0.01
"""Below this norm of the Jacobian a gradient counts as vanished; of two equal weights it is 0.5."""


def measure(config: Mapping[str, Any], directory: Path) -> Outcome:
    """Draw queries and keys, and measure the softmax over their dot products.

    Args:
        config: of the row, with the cell's seed: seed, d_k, keys, queries, and scaled (true or false).
        directory: of the cell's attempt; files that are written there are kept. This function writes none.
    """
    random = np.random.default_rng(config["seed"])
    q = random.standard_normal((config["queries"], config["d_k"]))
    k = random.standard_normal((config["keys"], config["d_k"]))
    scores = q @ k.T / (np.sqrt(config["d_k"]) if config["scaled"] else 1)  # (queries, keys)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    vanished = {
        "value": 100 * float((jacobian_norms(weights) < VANISHED).mean()),
        "unit": "% of queries",
        "definition": f"whose softmax has a Jacobian with a Frobenius norm below {VANISHED}",
    }
    return Outcome({"vanished": vanished}, data={"corpus": "normally distributed queries and keys"})


def jacobian_norms(weights: np.ndarray) -> np.ndarray:
    """The Frobenius norms of diag(a) - a a^T, the Jacobian of softmax where its value is a.

    Args:
        weights: (queries, keys), each row a.
    """
    jacobians = weights[:, :, None] * (np.eye(weights.shape[1]) - weights[:, None, :])  # (queries, keys, keys)
    return np.linalg.norm(jacobians, axis=(1, 2))
