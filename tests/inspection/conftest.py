"""Small models with random weights, and what they make of a sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from repro.data.vocabulary import SentencePieceVocabulary, learn_bpe
from repro.inspection import Inspection, inspect_network
from repro.models import Transformer
from repro.weights.checkpoint_file import record_of, write_checkpoint
from tests.threads import one_thread as one_thread

TEXT = ["the dog sees a cat", "der Hund sieht eine Katze", "a cat sleeps", "eine Katze schläft"] * 20
SIZES: dict[str, Any] = {"N": 2, "d_model": 24, "d_ff": 20, "h": 3, "d_k": 10, "d_v": 4}
SENTENCE = "the dog sees a cat"


@pytest.fixture(scope="session")
def vocabulary() -> SentencePieceVocabulary:
    return learn_bpe(TEXT, 320)


@pytest.fixture(scope="session")
def make(vocabulary: SentencePieceVocabulary) -> Callable[..., Transformer]:
    """A Transformer with weights as they start, but for norms and biases, which would hide mistakes."""

    def make(**changes: Any) -> Transformer:
        network = Transformer(len(vocabulary), 1, **{**SIZES, **changes})
        generator = torch.Generator().manual_seed(2)
        with torch.no_grad():
            for name, weight in network.named_parameters():
                if name.endswith("bias") or "norm" in name:
                    weight += 0.3 * torch.randn(weight.shape, generator=generator)
        return network.eval()

    return make


@pytest.fixture(scope="session")
def inspection(make: Callable[..., Transformer], vocabulary: SentencePieceVocabulary) -> Inspection:
    return inspect_network(make(), vocabulary, SENTENCE)


@pytest.fixture(scope="session")
def save(vocabulary: Any) -> Callable[..., Path]:
    """Write a network as the checkpoint of a run."""

    def save(network: Any, path: Path, init_args: dict[str, Any], vocabulary: Any = vocabulary) -> Path:
        config = {
            "model": {"network": {"class_path": f"repro.models.{type(network).__name__}", "init_args": init_args}}
        }
        state = {f"network.{name}": value for name, value in network.state_dict().items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        write_checkpoint({"state_dict": state, "repro": record_of(config, vocabulary, 1, {})}, path)
        return path

    return save
