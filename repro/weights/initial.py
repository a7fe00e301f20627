"""Initial weights of a training: those of a checkpoint in place of random ones.

Only the weights are taken. The optimiser, the learning rate schedule and the order of the data start afresh, as in a
training from random weights.
"""

import hashlib
import importlib
import inspect
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
        """Check that the file is there, holds what it held, and a network like the one that is to be trained.

        Args:
            network: class path and arguments of that one, as a configuration gives them.

        Raises:
            BadInput: it is not; names the file, or the argument that differs.
        """
        from repro.weights.checkpoint_file import check_finite

        path, content = self.path, self._content()
        if self.sha256 is not None and _sha256(content) != self.sha256:
            raise BadInput(
                f"{path} does not match initial.sha256; restore the original file, or leave initial.sha256 out"
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
        """Check that the weights belong to the vocabulary of the data.

        Raises:
            BadInput: they belong to another one, or the file cannot be read.
        """
        if self._content()["repro"]["vocabulary_sha256"] != vocabulary.sha256:
            raise BadInput(
                f"{self.path} was trained with a different vocabulary than the data's; prepare the data with "
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
                f"{self.path} holds weights that do not fit this network; give the model that it was trained as"
            ) from error

    def _content(self) -> dict[str, Any]:
        from repro.weights.checkpoint_file import check_complete, read_checkpoint

        content = read_checkpoint(self.path, mmap=True)
        check_complete(self.path, content)
        return content


def initial_weights(config: Mapping[str, Any]) -> InitialWeights | None:
    """The weights that a configuration starts from; None for random ones."""
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
            f"initial.weights is {initial.file}, which is not a file; name a .ckpt file that a run wrote, "
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
    """The first argument that differs, with both values. One that a side lacks, such as a checkpoint that is older than
    the argument, has the default of the network's class there."""
    defaults: Mapping[str, Any] = {}
    if there.get("class_path") == here.get("class_path") and there.keys() != here.keys():
        defaults = _defaults(here.get("class_path"))
    for name in (*here, *(name for name in there if name not in here)):
        default = defaults.get(name)
        # An argument whose default is None depends on others, and shows in the sizes of the weights.
        known = (name in there and name in here) or default is not None
        if known and there.get(name, default) != here.get(name, default):
            return name, there.get(name, default), here.get(name, default)
    return None


def _defaults(class_path: Any) -> dict[str, Any]:
    """Argument of a class -> its default; none of a class that is not there."""
    module, _, name = str(class_path).rpartition(".")
    try:
        parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    except (ImportError, AttributeError, TypeError, ValueError):  # whoever builds the network says so
        return {}
    return {name: each.default for name, each in parameters.items() if each.default is not each.empty}
