"""The options of `repro fit`, read from the source of the classes that take them, none of which is imported.

Importing Lightning takes seconds; parsing its source for the trainer's options takes hundredths of a second.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from repro.errors import BadInput


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        key: in full, such as "trainer.max_steps".
        kind: its type, as the source writes it.
        default: likewise; "" where there is none, or where it is no plain value.
        help: what the docstring says of it, in one line.
    """

    key: str
    kind: str
    default: str
    help: str


@dataclass(frozen=True)
class Group:
    """Options that one class takes.

    Attributes:
        module, name: where the class is.
        summary: what they are about.
    """

    module: str
    name: str
    summary: str


NETWORK = "model.network.init_args"
NETWORKS = {
    "repro.models.Transformer": Group("repro.models.transformer", "Transformer", "sizes and variants"),
    "repro.models.RecurrentSeq2Seq": Group("repro.models.recurrent", "RecurrentSeq2Seq", "sizes and variants"),
}
"""Class path of a network -> what it takes, under `model.network.init_args`."""

GROUPS: Mapping[str, Group] = {
    "model": Group("repro.training.module", "TranslationModule", "loss, learning rate and optimiser"),
    "data": Group("repro.training.data_module", "TranslationData", "corpus, files of your own, batches"),
    "data.vocabulary": Group("repro.data.vocabulary", "VocabularySettings", "kind and size of the vocabulary"),
    "data.builtin": Group("repro.data.builtin.corpus", "BuiltinSettings", "what text is generated"),
    "trainer": Group("pytorch_lightning.trainer.trainer", "Trainer", "Lightning's trainer: limits, devices, precision"),
    "initial": Group("repro.training.configuration", "InitialSettings", "weights to start from"),
    "checkpoints": Group("repro.training.configuration", "CheckpointSettings", "when they are written and averaged"),
    "observe": Group("repro.training.configuration", "ObserveSettings", "what is recorded during training"),
    "decoding": Group("repro.training.decoding_settings", "DecodingSettings", "beam search, and what is scored"),
    "wandb": Group("repro.training.observe.wandb_logger", "WandbSettings", "Weights & Biases"),
}
"""Group of keys -> the class that takes them, without the networks."""

GENERAL = (
    Option("config", "str", "", "a preset or a YAML file; repeatable, and later ones override earlier ones"),
    Option("out", "str", "None", "directory of this run"),
    Option("seed_everything", "int", "1", "the seed of all random choices"),
    Option("threads", "int", "2", "threads per training process on a CPU"),
    Option("checkpoint", "str", "None", "for validate, test, predict: weights, or a run's folder"),
    Option("print_config", "", "", "print the resulting configuration, and do nothing else"),
)
"""Options of no group."""

LINKED = ("model.seed", "data.seed")
"""Arguments that follow from `seed_everything`, and are no options."""


def options_of(group: str) -> list[Option]:
    """The options of a group, in the order of the source."""
    return [option for option in _options(GROUPS[group], group) if option.key not in LINKED]


def network_options(class_path: str) -> list[Option]:
    """What a network of this project takes."""
    taken = _options(NETWORKS[class_path], NETWORK)
    return [option for option in taken if option.key not in (f"{NETWORK}.V", f"{NETWORK}.seed")]


@cache
def all_options() -> Mapping[str, Option]:
    """Key -> option, without those of networks."""
    options = [*GENERAL, *(option for group in GROUPS for option in options_of(group))]
    return {option.key: option for option in options}


@cache
def _options(group: Group, prefix: str) -> tuple[Option, ...]:
    defined = _class(group)
    maker = next((it for it in defined.body if isinstance(it, ast.FunctionDef) and it.name == "__init__"), None)
    said = _arguments_said(ast.get_docstring(defined), ast.get_docstring(maker) if maker is not None else None)
    taken = _of_function(maker) if maker is not None else _of_fields(defined)
    return tuple(Option(f"{prefix}.{name}", kind, default, said.get(name, "")) for name, kind, default in taken)


def _class(group: Group) -> ast.ClassDef:
    package, *inside = group.module.split(".")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(f"the package {package} is not installed; install this project with its dependencies")
    path = Path(spec.submodule_search_locations[0]).joinpath(*inside).with_suffix(".py")
    module = ast.parse(path.read_text(encoding="utf-8"))
    return next(it for it in module.body if isinstance(it, ast.ClassDef) and it.name == group.name)


def _of_function(function: ast.FunctionDef) -> Iterator[tuple[str, str, str]]:
    """Name, type and default of each argument but `self`."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    for argument, default in pairs:
        if argument.arg != "self":
            yield argument.arg, _source(argument.annotation), _source(default)


def _of_fields(defined: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Likewise of a dataclass."""
    for node in defined.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            default = "" if isinstance(node.value, ast.Call) else _source(node.value)
            yield node.target.id, _source(node.annotation), default


def _source(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)


def _arguments_said(*docstrings: str | None) -> dict[str, str]:
    """What docstrings say of each argument, under "Args:" or "Attributes:"."""
    descriptions: dict[str, str] = {}
    for text in docstrings:
        section = re.search(r"^(?:Args|Attributes):\n((?:[ ]{4}.*\n?|\n)*)", f"{text or ''}\n", re.M)
        for names, said in re.findall(r"^ {4}([\w, ]+): (.*(?:\n(?: {5,}.*)?)*)", section[1] if section else "", re.M):
            for name in names.split(","):
                descriptions.setdefault(name.strip(), " ".join(said.split()))
    return descriptions
