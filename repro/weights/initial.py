"""Weights that a training starts from: those of a checkpoint in place of random ones.

Only the weights are taken. The optimiser, the learning rate's schedule and the data's order begin anew, as they do in a
training from random weights.
"""

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.errors import BadInput
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
        sha256: of the weights that it has to hold, with their vocabulary; None if that was never said.
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
        """See that the file is there, holds what it held, and a network like the one that is to be trained.

        Args:
            network: class path and arguments of that one, as a configuration gives them.

        Raises:
            BadInput: it is not; names the file, or the argument that differs.
        """
        from repro.weights.checkpoint_file import check_finite

        path, content = self.path, self._content()
        if self.sha256 is not None and _sha256(content) != self.sha256:
            raise BadInput(
                f"{path} holds other weights than those of which initial.sha256 is; give the file that it was, "
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

    def check_vocabulary(self, vocabulary: "Vocabulary") -> None:
        """See that the weights belong to the vocabulary of the data.

        Raises:
            BadInput: they belong to another one, or the file cannot be read.
        """
        if self._content()["repro"]["vocabulary_sha256"] != vocabulary.sha256:
            raise BadInput(
                f"{self.path} was trained with another vocabulary than that of the data; prepare the data with "
                f"`repro prepare NAME --vocabulary-from {shlex.quote(self.file)}`, and repeat this command"
            )

    def load_into(self, module: "nn.Module") -> None:
        """Put the weights into a module that trains a network.

        Raises:
            BadInput: the checkpoint cannot be read, or holds another network.
        """
        try:
            module.load_state_dict(self._content()["state_dict"])
        except RuntimeError as error:
            raise BadInput(
                f"{self.path} holds other weights than this network has; give the model that it was trained as"
            ) from error

    def _content(self) -> dict[str, Any]:
        from repro.weights.checkpoint_file import check_complete, read_checkpoint

        content = read_checkpoint(self.path, mmap=True)
        check_complete(self.path, content)
        return content


def initial_weights(config: Mapping[str, Any]) -> InitialWeights | None:
    """What a configuration starts from, None for random weights."""
    initial = config.get("initial")
    if not isinstance(initial, Mapping) or initial.get("weights") is None:
        return None
    return InitialWeights(str(initial["weights"]), initial.get("sha256"))


def with_initial_sha256(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the SHA-256 of the weights that it starts from, unless it has one or there are none.

    Raises:
        BadInput: the file is not there, or is no checkpoint of this project.
    """
    initial = initial_weights(config)
    if initial is None or initial.sha256 is not None:
        return dict(config)
    path = initial.path
    if not path.is_file():
        raise BadInput(
            f"initial.weights is {initial.file}, which is no file; name a .ckpt file that a run wrote, "
            "or state its initial.sha256, too"
        )
    status = path.stat()
    digest = _sha256_of(InitialWeights(str(path.absolute())), status.st_mtime_ns, status.st_size)
    return {**config, "initial": {**config["initial"], "sha256": digest}}


@cache
def _sha256_of(initial: InitialWeights, changed: int, size: int) -> str:
    """Once a file, however many rows of a grid start from it; `changed` and `size` tell when it is another one."""
    return _sha256(initial._content())


def _sha256(content: Mapping[str, Any]) -> str:
    """Of the weights and of their vocabulary, and not of the file, which also says when and where it was made."""
    import torch

    digest = hashlib.sha256(content["repro"]["vocabulary_sha256"].encode())
    for name, weight in sorted(content["state_dict"].items()):
        digest.update(f"\n{name} {weight.dtype} {list(weight.shape)}\n".encode())
        digest.update(weight.contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


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
