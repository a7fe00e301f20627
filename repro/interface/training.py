"""A training from presets and changed values: `repro fit` as a function, and Lightning's objects before they run."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.cli.lightning import train as train_by_arguments
from repro.errors import BadInput
from repro.home_folder import replace_unusable_home
from repro.launchers import join, set_aside
from repro.ledger.grids.cell import merge
from repro.ledger.grids.parameters import full_name
from repro.ledger.records.record import Record
from repro.presets import preset_path, read_yaml

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from repro.training.data_module import TranslationData
    from repro.training.module import TranslationModule

WHOLE_KEYS = ("out", "checkpoint", "seed_everything", "threads")
"""Keys without a dot, which no preset needs to have."""


def train(*presets: str | Path, set: Mapping[str, Any] | None = None, out: str | Path | None = None) -> Record:
    """Train, average, decode and score, as `repro fit` does; the run's record.

    A run that is done is not repeated: its record is returned. One that was stopped goes on. Of several processes that
    train together the first one returns; the others end here.

    Args:
        presets: such as "model/mini", "data/builtin", "trainer/builtin", or YAML files; later ones override earlier.
        set: parameter -> value; its last part will do where it is unambiguous ("h", "max_steps").
        out: the folder of the run; None: runs/fit/ and the run's id.

    Returns:
        The record. Its `status` is "done", or says how a training ended that failed or diverged.

    Raises:
        BadInput: a preset, key, value or corpus that cannot be used, or a folder that holds another run.
        Interrupted: stopped by a signal; the same call goes on.
    """
    place = {} if out is None else {"out": str(out)}
    arguments = _arguments(presets, {**(set or {}), **place})
    _prepare_process()
    _, record = train_by_arguments(arguments, shlex.join(["repro", "fit", *arguments]))
    if record is None:
        raise SystemExit(0)
    return record


@dataclass(frozen=True)
class LightningObjects:
    """The parts of a training, to run it by other means.

    Attributes:
        module: the `LightningModule`; its network is made when the trainer starts.
        data: the `LightningDataModule`; it prepares its corpus when it is first asked for it.
        trainer: the `Trainer`, without loggers or checkpoints.
    """

    module: "TranslationModule"
    data: "TranslationData"
    trainer: "Trainer"


def lightning(*presets: str | Path, set: Mapping[str, Any] | None = None, **trainer: Any) -> LightningObjects:
    """The same training as Lightning's own objects; nothing runs and no record is written.

    Args:
        presets, set: as `train`.
        trainer: objects for the `Trainer` that no file can hold, such as callbacks=[...] or logger=...

    Raises:
        BadInput: as `train`.
    """
    arguments = _arguments(presets, set or {})
    _prepare_process()

    from repro.cli.weights import name_initial_weights
    from repro.training.configuration import TrainingConfiguration
    from repro.training.configuration_checks import check_initial
    from repro.training.limits import check_start
    from repro.training.trainer_options import check_trainer

    configuration = TrainingConfiguration(arguments)
    check_start(configuration.get("checkpoint"))
    name_initial_weights(configuration)
    check_trainer(lambda name: configuration.config.get(f"trainer.{name}"))
    config = configuration.plain_config()
    check_initial(config)
    join(config)
    configuration.build({"logger": False, **trainer})
    return LightningObjects(configuration.model, configuration.datamodule, configuration.trainer)


def _prepare_process() -> None:
    """The steps that every command takes before it imports Lightning."""
    set_aside()
    replace_unusable_home()


def _arguments(presets: Sequence[str | Path], values: Mapping[str, Any]) -> list[str]:
    """Those of `repro fit`, so that both say the same of what is wrong, and a record's command repeats it."""
    paths = [preset_path(str(preset)) for preset in presets]
    merged = merge(*map(read_yaml, paths))
    named = [part for preset in presets for part in ("--config", str(preset))]
    return [*named, *(f"--{key}={_text(key, value)}" for key, value in _in_full(merged, values))]


def _in_full(config: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values by full names. The parser knows keys that presets leave out, and refuses those that there are not."""
    for name, value in values.items():
        try:
            yield full_name(config, str(name)), value
        except ValueError as error:
            if "." not in str(name) and name not in WHOLE_KEYS:
                raise BadInput(f"set {error}") from error
            yield str(name), value


def _text(key: str, value: Any) -> str:
    if isinstance(value, str | Path):
        return str(value)
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"set gives {key} {value!r}; give text, a finite number, True, False, None, or a list or dictionary of them"
        ) from error
