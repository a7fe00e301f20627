"""Training configurations: from a command line or plain data to trainer, model and data, through LightningCLI.

Errors in a configuration are one sentence.

`--config` takes a file, or the name of a shipped preset such as `model/tiny`, `data/multi30k` or
`multi30k-anchor`; later ones override earlier ones.
"""

import dataclasses
import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import torch
from jsonargparse import ArgumentError, Namespace
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI
from pytorch_lightning.plugins.environments import (
    ClusterEnvironment,
    LightningEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from repro import launchers
from repro.decoding.length_penalty import check_alpha
from repro.errors import BadInput
from repro.presets import preset_names, preset_path, read_yaml
from repro.training.data_module import TranslationData
from repro.training.decoding_settings import DecodingSettings
from repro.training.limits import check_limits
from repro.training.module import TranslationModule
from repro.training.observe.wandb_logger import WandbSettings
from repro.training.parser_messages import one_sentence
from repro.training.typed_values import check_lists, check_numbers, convert_types, read_alike
from repro.weights.initial import InitialWeights

read_alike()


@dataclass
class CheckpointSettings:
    """When checkpoints are written.

    Attributes:
        every_n_steps: updates between checkpoints.
        every_minutes: in place of that, minutes between them.
        average: how many of the last are kept and averaged (5 for base, 20 for big in section 6.1).
        milestone_minutes: training times at which the average so far is set aside and scored at the end.
    """

    every_n_steps: int = 1000
    every_minutes: float | None = None
    average: int = 5
    milestone_minutes: list[float] = field(default_factory=list)


@dataclass
class InitialSettings:
    """The initial weights of a training.

    Attributes:
        weights: a checkpoint, a run's folder or a model of the package, whose weights are taken in place of random
            ones. Optimiser and schedule begin anew.
        sha256: of these weights and their vocabulary; filled in, and others are refused.
    """

    weights: str | None = None
    sha256: str | None = None


@dataclass
class ObserveSettings:
    """Records of a network while it trains, in addition to the curve.

    Attributes:
        attention_every: updates between rows of `attention.csv`: how large q.k is, how sharp the softmax, and each
            layer's gradient norm. None: not recorded.
        goal: a perplexity of the dev set a token; the record says after how many seconds and target tokens it was
            reached. None: not recorded.
        inspect: whether `inspection.json`, every intermediate of one test sentence, is left beside the record; of a
            Transformer only. It takes a fraction of a second and some hundred kilobytes.
    """

    attention_every: int | None = None
    goal: float | None = None
    inspect: bool = False


def with_preset_paths(arguments: Sequence[str]) -> list[str]:
    """The same arguments with presets' names replaced by their paths; a configuration's own text stays.

    Raises:
        BadInput: neither a file nor a preset, no YAML, or a value that looks like something else than it is.
    """
    check_lists(arguments)
    result = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        option, equals, name = argument.partition("=")
        if before in ("--config", "-c"):
            argument = _config_path(argument)
        elif equals and option in ("--config", "-c"):
            argument = f"{option}={_config_path(name)}"
        result.append(argument)
    return result


def _config_path(name: str) -> str:
    if name.startswith("{"):
        return name
    path = preset_path(name)
    read_yaml(path)  # which says what is wrong with it, and where
    return str(path)


SECTIONS = ("trainer", "data", "model", "initial", "checkpoints", "observe", "decoding", "wandb")
"""Keys that hold others. jsonargparse takes anything for them."""

USAGE = "repro {fit|validate|test|predict} --config PRESET_OR_FILE ... [--KEY VALUE ...]"


def _description() -> str:
    """The text above the listing of all keys."""
    return (
        f"The presets for --config are {', '.join(preset_names())}; later ones, and keys given with them, override "
        "earlier ones. Add --print_config to see the result. Keys most often given: --out, --seed_everything, "
        "--threads, --trainer.max_steps, --trainer.max_time, --data.tokens, --model.network.init_args.N. "
        "validate, test and predict take --checkpoint FILE or --out DIR, and need no --config."
    )


# Lightning announces the seed, the devices it does not use, and services of its maker.
for chatty in ("lightning_fabric.utilities.seed", "pytorch_lightning.utilities.rank_zero"):
    logging.getLogger(chatty).setLevel(logging.WARNING)
if any(action == "error" and module is None for action, _, _, module, _ in warnings.filters):
    # PYTHONWARNINGS=error would end every training: the libraries warn each other of what their next versions change.
    warnings.simplefilter("default")
warnings.filterwarnings("ignore", message=".*LeafSpec.*")
warnings.filterwarnings("ignore", message=".*does not have many workers.*")
warnings.filterwarnings("ignore", message="The `srun` command is available")  # cells are local unless asked otherwise


def _environment() -> ClusterEnvironment:
    """Lightning's environment for this launcher. Lightning would guess from variables that any launcher may leave."""
    launcher = launchers.joined()
    if launcher == "slurm":
        # Whoever submitted the job requeues it; two that trap its signals would do it twice.
        return SLURMEnvironment(auto_requeue=False)
    return TorchElasticEnvironment() if launcher == "torchrun" else LightningEnvironment()


class TrainingConfiguration(LightningCLI):
    """A whole configuration, from a command line's arguments or as plain data.

    It is parsed and checked at once; the trainer, module and data are made when `build` is called.

    Raises:
        BadInput: a key or value that cannot be used.
    """

    def __init__(self, arguments: Sequence[str] | dict[str, Any]) -> None:
        try:
            super().__init__(
                TranslationModule,
                TranslationData,
                run=False,
                save_config_callback=None,
                seed_everything_default=1,
                auto_configure_optimizers=False,
                parser_kwargs={"exit_on_error": False, "usage": USAGE, "description": _description()},
                trainer_defaults={
                    "max_epochs": -1,
                    "use_distributed_sampler": False,
                    "enable_checkpointing": False,
                    "enable_progress_bar": False,
                    "enable_model_summary": False,
                    "num_sanity_val_steps": 0,
                    "check_val_every_n_epoch": None,
                    "val_check_interval": 1000,
                    "log_every_n_steps": 50,
                },
                args=arguments if isinstance(arguments, dict) else with_preset_paths(arguments),
            )
        except (ArgumentError, TypeError, ValueError) as error:
            raise BadInput(one_sentence(str(error), self._keys())) from error
        self._check_sections()
        convert_types(self.parser, self.config)
        if not isinstance(arguments, dict):
            check_numbers(arguments, self.config)
        self._check_numbers()

    def _check_sections(self) -> None:
        for key in SECTIONS:
            value = self.config.get(key)
            # The parser puts the seed, which is linked, even in the place of a number.
            if not isinstance(value, dict | Namespace) or list(value.keys()) == ["seed"]:
                raise BadInput(f"{key} must hold keys and values; give some, or leave {key} out")

    def _check_numbers(self) -> None:
        check_limits(lambda key: self.config.get(key))  # not every network has each of the keys
        check_alpha(self.get("decoding.alpha"), "decoding.alpha")

    def _keys(self) -> list[str]:
        """All keys of the configuration, with those of settings that the parser knows by their type alone."""
        keys = []
        for action in self.parser._actions:
            keys.append(action.dest)
            kind = getattr(action, "_typehint", None)
            for settings in filter(dataclasses.is_dataclass, (kind, *get_args(kind))):  # alone, or with None
                keys += [f"{action.dest}.{field.name}" for field in dataclasses.fields(settings)]
        return keys

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Arguments beside Lightning's own."""
        parser.add_argument("--out", type=str, default=None, help="directory of this run")
        parser.add_argument("--threads", type=int, default=2, help="threads per training process on a CPU")
        parser.add_argument("--initial", type=InitialSettings, default=InitialSettings())
        parser.add_argument("--checkpoints", type=CheckpointSettings, default=CheckpointSettings())
        parser.add_argument("--observe", type=ObserveSettings, default=ObserveSettings())
        parser.add_argument("--decoding", type=DecodingSettings, default=DecodingSettings())
        parser.add_argument("--wandb", type=WandbSettings, default=WandbSettings())
        parser.add_argument(
            "--checkpoint", type=str, default=None, help="for validate, test, predict: weights, or a run's folder"
        )
        parser.link_arguments("seed_everything", "model.seed")
        parser.link_arguments("seed_everything", "data.seed")

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """As Lightning does, but a dictionary is taken as the whole configuration."""
        if isinstance(args, dict):
            self.config = parser.parse_object(args)
        else:
            self.config = parser.parse_args(args)

    def instantiate_classes(self) -> None:
        """Nothing yet: see `build`."""

    def build(self, trainer_options: dict[str, Any]) -> None:
        """Make data, module and trainer; `trainer_options` are objects that no configuration file holds.

        Raises:
            BadInput: sizes that do not fit each other, a device that is not there.
        """
        try:
            self.config_init = self.parser.instantiate_classes(self.config)
        except ValueError as error:
            raise BadInput(one_sentence(str(error))) from error
        self.datamodule = self.config_init["data"]
        self.model = self.config_init["model"]
        if self.get("initial.weights") is not None:
            self.model.initial = InitialWeights(self.get("initial.weights"), self.get("initial.sha256"))
        settings = dict(self.config_init["trainer"])
        settings["plugins"] = [*(settings.get("plugins") or []), _environment()]
        settings.update(trainer_options)
        with torch.device("meta"):  # wrong sizes are found now, not when the data is prepared
            self.model.make_network(16, 1)
        try:
            self.trainer = self.trainer_class(**settings)
        except (MisconfigurationException, TypeError, ValueError) as error:
            reason = str(error).split(". ")[0].rstrip(".!")
            advice = "correct the trainer's settings"
            if "not a valid duration" in reason:
                reason = f"trainer.max_time is {settings.get('max_time')!r}"
                raise BadInput(f"{reason}; give days, hours, minutes and seconds, such as 00:00:20:00") from error
            if "gpu" in reason.lower():
                advice = "run it on a machine that has one, or add --trainer.accelerator cpu, which is slow"
            raise BadInput(f"trainer: {reason}; {advice}") from error

    def plain_config(self) -> dict[str, Any]:
        """The resolved configuration as plain data, without the files it came from.

        Raises:
            BadInput: something in it is no plain data.
        """
        try:
            text = self.parser.dump(self.config, format="json", skip_link_targets=True, skip_none=False)
        except (TypeError, ValueError) as error:  # of jsonargparse, for what cannot be written down
            raise BadInput(
                "the configuration has a value that is not plain data; give text, numbers, lists or mappings"
            ) from error
        config: dict[str, Any] = json.loads(text)
        config.pop("config", None)
        return config

    def get(self, key: str) -> Any:
        """One value of the resolved configuration, nested by dots."""
        value: Any = self.config
        for part in key.split("."):
            value = value[part] if isinstance(value, dict | Namespace) else getattr(value, part)
        return value
