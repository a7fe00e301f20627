"""Weights that a training starts from: those of a checkpoint in place of random ones.

Only the weights are taken. The optimiser, the learning rate's schedule and the data's order begin anew, as they do in a
training from random weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.errors import BadInput
from repro.files import sha256
from repro.paths import expanded
from repro.weights.shipped import shipped_model, shipped_names

if TYPE_CHECKING:
    from torch import nn

    from repro.data.vocabulary import Vocabulary

FREE = ("P_drop", "attention_dropout", "relu_dropout", "embedding_variance")
"""Arguments of a network that may differ from the checkpoint's: the function that its weights compute is the same."""


@dataclass(frozen=True)
class InitialWeights:
    """A checkpoint to start from.

    Attributes:
        file: its path, or the name of a model that comes with the package.
        sha256: what it has to hold; None if that was never said.
    """

    file: str
    sha256: str | None = None

    @property
    def path(self) -> Path:
        """Where the file lies on this machine.

        Raises:
            BadInput: it is a model of the package, which cannot be read.
        """
        path = expanded(self.file)
        return shipped_model(self.file).weights if not path.exists() and self.file in shipped_names() else path

    def check(self, network: Mapping[str, Any]) -> None:
        """See that the file is there, is what it was, and holds a network like the one that is to be trained.

        Args:
            network: class path and arguments of that one, as a configuration gives them.

        Raises:
            BadInput: it is not; names the file, or the argument that differs.
        """
        from repro.weights.checkpoint_file import check_complete, check_finite, read_checkpoint

        path = self.path
        content = read_checkpoint(path, mmap=True)
        check_complete(path, content)
        if self.sha256 is not None and sha256(path) != self.sha256:
            raise BadInput(
                f"{path} has changed since initial.sha256 was written; give the file that it was, "
                "or leave out initial.sha256"
            )
        check_finite(path, content["state_dict"])
        model = content["repro"]["config"].get("model")
        if (difference := _difference(_network(model), _network({"network": network}))) is not None:
            name, there, here = difference
            raise BadInput(
                f"{path} holds a network with {name} {there}, but this configuration has {name} {here}; "
                "give the model that the checkpoint was trained as"
            )

    def load_into(self, module: "nn.Module", vocabulary: "Vocabulary") -> None:
        """Put the weights into a module that trains a network on data of this vocabulary.

        Raises:
            BadInput: the checkpoint cannot be read, was trained with another vocabulary, or holds another network.
        """
        from repro.weights.checkpoint_file import read_checkpoint

        path = self.path
        content = read_checkpoint(path, mmap=True)
        if content["repro"]["vocabulary_sha256"] != vocabulary.sha256:
            raise BadInput(
                f"{path} was trained with another vocabulary than that of the data; "
                f"prepare the data with `repro prepare NAME --vocabulary-from {self.file}`, and do what it says next"
            )
        try:
            module.load_state_dict(content["state_dict"])
        except RuntimeError as error:
            raise BadInput(
                f"{path} holds a network of other sizes; give the model that the checkpoint was trained as"
            ) from error


def initial_weights(config: Mapping[str, Any]) -> InitialWeights | None:
    """What a configuration starts from, None for random weights."""
    initial = config.get("initial")
    if not isinstance(initial, Mapping) or initial.get("weights") is None:
        return None
    return InitialWeights(str(initial["weights"]), initial.get("sha256"))


def with_initial_sha256(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the SHA-256 of the checkpoint that it starts from, unless it has one or there is none.

    Raises:
        BadInput: as `InitialWeights.path`.
    """
    initial = initial_weights(config)
    if initial is None or initial.sha256 is not None or not initial.path.is_file():
        return dict(config)
    return {**config, "initial": {**config["initial"], "sha256": sha256(initial.path)}}


def _network(model: Any) -> dict[str, Any]:
    """Class and arguments of a network, flat, without those that belong to no weight."""
    network = model.get("network") if isinstance(model, Mapping) else None
    if not isinstance(network, Mapping):
        return {}
    arguments = network.get("init_args")
    flat = {"class_path": network.get("class_path"), **(arguments if isinstance(arguments, Mapping) else {})}
    return {name: value for name, value in flat.items() if name not in FREE}


def _difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, Any, Any] | None:
    """The first argument that differs, with both values; one that only one of them names is at its default there."""
    for name in here:
        if name in there and there[name] != here[name]:
            return name, there[name], here[name]
    return None
