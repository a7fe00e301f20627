"""A trained network from a checkpoint alone, without Lightning."""

from pathlib import Path
from typing import Any

from repro import models
from repro.data.vocabulary import Vocabulary
from repro.errors import BadInput
from repro.weights.checkpoint_file import check_complete, check_finite, read_checkpoint, vocabulary_of

NETWORKS = {f"repro.models.{name}": getattr(models, name) for name in ("Transformer", "RecurrentSeq2Seq")}
"""Classes that a checkpoint may name for its network; all others are refused."""


def load_network(path: Path) -> tuple[Any, Vocabulary]:
    """The network and vocabulary in a checkpoint, in evaluation mode.

    Raises:
        BadInput: missing, damaged or foreign.
    """
    content = read_checkpoint(path)
    check_complete(path, content)
    vocabulary = vocabulary_of(content)
    try:
        about = content["repro"]["config"]["model"]["network"]
        network = NETWORKS[about["class_path"]](len(vocabulary), 1, **about["init_args"])
        state = content["state_dict"]
        network.load_state_dict({key.removeprefix("network."): value for key, value in state.items()})
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise BadInput(f"checkpoint {path} does not fit the network that it describes") from error
    check_finite(path, state)
    return network.eval(), vocabulary
