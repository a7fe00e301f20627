"""A training run, from a plain configuration to all measurements: the function that cells call."""

import contextlib
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Trainer
from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from repro import files, json_file, locks
from repro.cell_directory import AVERAGED, CELL_FILE, CHECKPOINTS, CURVE, MILESTONES, TRAINED, clear_attempt
from repro.errors import BadInput, Interrupted
from repro.launchers import joined
from repro.outcome import Outcome
from repro.scoring.metric import Metric
from repro.streams import note
from repro.training.checkpoints import CheckpointFiles, Checkpoints
from repro.training.configuration import TrainingConfiguration
from repro.training.configuration_checks import check_initial
from repro.training.evaluation import Evaluation, evaluate
from repro.training.interruption import StopOnSignal
from repro.training.observe.attention_picture import draw_cross_attention
from repro.training.observe.attention_statistics import FILE as ATTENTION
from repro.training.observe.attention_statistics import AttentionStatistics, attention_summary
from repro.training.observe.curve import Curve, CurveRows, read_curve
from repro.training.observe.example_inspection import write_inspection
from repro.training.observe.goal import goal_metrics
from repro.training.observe.progress_bar import TrainingProgress
from repro.training.observe.wandb_logger import GuardedWandbLogger
from repro.training.overview import overview
from repro.training.process import configure_process, crowded
from repro.training.resuming import go_back_before_damaged, last_readable
from repro.weights.checkpoint_file import (
    REGULAR,
    check_vocabulary,
    read_checkpoint,
    remove_leftovers,
    saved_checkpoints,
    write_average,
)

GOES_ON = "a checkpoint in {folder} is damaged or gone; the same command continues from an earlier one"


def fit(config: Mapping[str, Any], directory: Path) -> Outcome:
    """Train, average, decode and score; take up where an earlier, unfinished call in `directory` stopped.

    Args:
        config: the resolved configuration, as `TrainingConfiguration.plain_config` gives it.
        directory: the attempt's own directory.

    Raises:
        BadInput: the configuration or data cannot be used.
        Diverged: loss or gradient stopped being numbers.
        Interrupted: a signal came; everything is saved.
    """
    with contextlib.suppress(_DamageBehind):
        return _fit(config, directory)
    return _fit(config, directory)  # as the same command would; damage that comes again stops the run


class _DamageBehind(Interrupted):
    """A checkpoint that this very run has written is damaged; it goes on before it."""


def _fit(config: Mapping[str, Any], directory: Path) -> Outcome:
    run = TrainingConfiguration(dict(config))
    configure_process(run.get("threads"))
    stop = StopOnSignal()
    wandb_logger = _wandb_logger(run, config, directory)
    loggers: list[Logger] = [Curve(directory / CURVE), *([wandb_logger] if wandb_logger else [])]
    run.build({"logger": loggers, "callbacks": [stop, CurveRows(), TrainingProgress()]})
    if run.trainer.is_global_zero:
        remove_leftovers(directory)
    trained = directory / TRAINED
    try:
        if trained.exists() and run.trainer.is_global_zero and not _can_be_averaged(directory / CHECKPOINTS):
            trained.unlink()
            if joined():  # the other ranks were started with this one, and may have found the training over
                raise Interrupted(GOES_ON.format(folder=directory / CHECKPOINTS))
        if not trained.exists():
            _train(run, config, directory, stop, wandb_logger)
        if not run.trainer.is_global_zero:
            return Outcome({})
        evaluation = _measure(run, directory)
        if run.get("observe.inspect"):
            write_inspection(run.model.network, run.datamodule.store.vocabulary, evaluation.samples, directory)
        if wandb_logger:
            _log_results(run, wandb_logger, evaluation, directory)
    finally:
        if wandb_logger:
            wandb_logger.close()
    return Outcome(
        {name: metric.as_record() for name, metric in evaluation.metrics.items()},
        run.datamodule.description(),
        evaluation.details,
        after=lambda: clear_attempt(directory),
    )


def _wandb_logger(run: TrainingConfiguration, config: Mapping[str, Any], directory: Path) -> GuardedWandbLogger | None:
    settings = run.get("wandb")
    if os.environ.get("WANDB_MODE", settings.mode) == "disabled":
        return None
    if not (directory.parent / CELL_FILE).exists():  # called from Python, in a folder that is not a cell's attempt
        # W&B takes ids of letters, digits, - and _; the path keeps apart what lies in folders of one name.
        run_id = f"{zlib.crc32(os.fsencode(directory.resolve())):08x}"
        return GuardedWandbLogger(settings, directory, run_id, directory.name, "", config)
    cell = _read(directory.parent / CELL_FILE, {"scale": str, "row": str, "cell": str, "grid": str})
    name = "-".join(part for part in (cell["scale"], cell["row"], cell["cell"]) if part)
    return GuardedWandbLogger(settings, directory, cell["cell"], name, cell["grid"], config)


# ---- training


def _train(
    run: TrainingConfiguration,
    config: Mapping[str, Any],
    directory: Path,
    stop: StopOnSignal,
    wandb_logger: GuardedWandbLogger | None,
) -> None:
    """Train to the end and write `trained.json`, from the last checkpoint if there is one."""
    trainer = run.trainer
    _add_callbacks(run, config, directory, stop)
    trainer.strategy.checkpoint_io = CheckpointFiles()
    resumed, step = _resume(run, directory)
    if resumed is not None:
        run.model.initial = None  # its file may be gone by now
    elif run.model.initial is not None:  # again, since the cell was planned: its record says which weights these are
        check_initial(config)
        run.model.initial.check_vocabulary(run.datamodule.store.vocabulary)
    if trainer.is_global_zero and resumed is None:
        data = run.datamodule
        note(overview(config, data.store, data.plan, _parameters(run), directory))
        if (said := crowded(config["threads"])) is not None:
            note(said)
    if wandb_logger:
        wandb_logger.start()
    with _user_errors(trainer):
        trainer.fit(run.model, datamodule=run.datamodule, ckpt_path=resumed, weights_only=True)
    if torch.distributed.is_initialized():
        # Decoding takes one process; others must not wait for it within a collective.
        torch.distributed.destroy_process_group()
    if not trainer.is_global_zero:
        return
    if resumed is not None and trainer.global_step == step:
        # Its time was up already: what was saved on being stopped is the last state, and counts as such.
        locks.check_may_write(resumed.parent)
        resumed.replace(resumed.parent / f"{REGULAR}-{step:08d}.ckpt")
    meter = run.model.meter
    trained = {
        "updates": trainer.global_step,
        "target_tokens": meter.target_tokens,
        "seconds": meter.seconds(),
        "alarms": meter.alarm_count,
    }
    files.write_json(directory / TRAINED, trained)
    if stop.asked:
        raise Interrupted(f"training in {directory} is complete; the same command continues with decoding")


def _parameters(run: TrainingConfiguration) -> int:
    """How many numbers are trained, shared ones counted once; the network itself is made later."""
    with torch.device("meta"):
        network = run.model.make_network(len(run.datamodule.store.vocabulary), 1)
    return sum(parameter.numel() for parameter in network.parameters())


def _add_callbacks(run: TrainingConfiguration, config: Mapping[str, Any], directory: Path, stop: StopOnSignal) -> None:
    """The callbacks that must come after Lightning's own, checkpoints last."""
    settings = run.get("checkpoints")
    attention_every = run.get("observe.attention_every")
    callbacks = run.trainer.callbacks  # type: ignore[attr-defined]
    if attention_every is not None:
        callbacks.append(AttentionStatistics(attention_every, directory))
    callbacks.append(
        Checkpoints(
            directory / CHECKPOINTS,
            settings.every_n_steps,
            settings.every_minutes,
            settings.average,
            config,
            run.datamodule.store.vocabulary,
            settings.milestone_minutes,
            stop,
        )
    )


def _resume(run: TrainingConfiguration, directory: Path) -> tuple[Path | None, int]:
    """The checkpoint to go on from and its step, -1 without one; the curve is cut back to there."""
    last = last_readable(directory / CHECKPOINTS)
    if last is None:
        if run.trainer.is_global_zero:
            (directory / CURVE).unlink(missing_ok=True)
        return None, -1
    path, checkpoint = last
    check_vocabulary(path, checkpoint, run.datamodule.store.vocabulary)
    step: int = checkpoint["repro"]["step"]
    Curve(directory / CURVE).cut_back(step)
    if run.trainer.is_global_zero:
        note(f"continuing from step {step:,} in {directory}")
    return path, step


@contextlib.contextmanager
def _user_errors(trainer: Trainer) -> Iterator[None]:
    """Turn the exceptions that Lightning raises in the block into this project's errors.

    Raises:
        BadInput: the configuration asks for what Lightning cannot do.
        Interrupted: another process of the run died.
        KeyboardInterrupt: by Ctrl-C.
    """
    try:
        yield
    except MisconfigurationException as error:
        raise BadInput(str(error).split("\n")[0]) from error
    except RuntimeError as error:
        if trainer.world_size > 1 and _peer_died(error):
            reason = str(error).split("\n")[0]
            raise Interrupted(f"another process of this run was lost ({reason}); the same command continues") from error
        raise
    except SystemExit as exit:
        # What Lightning makes of a Ctrl-C that is not listened to any more.
        raise KeyboardInterrupt from exit


def _peer_died(error: RuntimeError) -> bool:
    """Whether a collective failed, which is what the death of a process looks like to the others."""
    if isinstance(error, torch.distributed.DistError):
        return True
    return any(word in str(error) for word in ("Connection closed", "Connection reset", "gloo", "NCCL"))


# ---- measuring


def _measure(run: TrainingConfiguration, directory: Path) -> Evaluation:
    """Everything that the record says of the trained network."""
    module, data = run.model, run.datamodule
    states, milestones = _weights(run, directory)
    if module.network is None:
        module.build(len(data.store.vocabulary))
    evaluation = evaluate(
        module,
        data.evaluation_loader("dev", whole=True),
        data.training_sample_loader(),
        data.store,
        states,
        run.get("decoding"),
        directory,
        _device(run),
        milestones,
    )
    evaluation.metrics.update(_training_metrics(run, directory))
    goal = run.get("observe.goal")
    if goal is not None:
        evaluation.metrics.update(goal_metrics(read_curve(directory / CURVE, "dev"), goal))
    attention, metrics = attention_summary(directory / ATTENTION)
    evaluation.metrics.update(metrics)
    if attention:
        evaluation.details["attention"] = attention
    return evaluation


def _can_be_averaged(folder: Path) -> bool:
    """Whether the checkpoints of a training that is over are there and whole; what is wrong is said."""
    if go_back_before_damaged(folder):
        return False
    if not saved_checkpoints(folder):  # cleared behind a record that somebody has taken out since
        note(f"{folder} no longer has checkpoints; training from the start")
        return False
    return True


def _weights(run: TrainingConfiguration, directory: Path) -> tuple[dict[str, Any], dict[float, Any]]:
    """The "last" and the "averaged" weights, and those of each milestone by its minutes; the average is written.

    Raises:
        Interrupted: a checkpoint is damaged, or none is left.
    """
    folder = directory / CHECKPOINTS
    if not _can_be_averaged(folder):
        (directory / TRAINED).unlink()
        # Other ranks have ended by now, and only a new start brings them back.
        stop = _DamageBehind if run.trainer.world_size == 1 else Interrupted
        raise stop(GOES_ON.format(folder=folder))
    saved = saved_checkpoints(folder)[-run.get("checkpoints.average") :]
    last = read_checkpoint(saved[-1])["state_dict"]
    averaged = directory / AVERAGED
    write_average(saved, averaged)
    milestones = {
        float(path.stem.removeprefix("minute-")): read_checkpoint(path)["state_dict"]
        for path in (directory / MILESTONES).glob("minute-*.ckpt")
    }
    return {"last": last, "averaged": read_checkpoint(averaged)["state_dict"]}, milestones


def _device(run: TrainingConfiguration) -> torch.device:
    device: torch.device = run.trainer.strategy.root_device
    return device


def _training_metrics(run: TrainingConfiguration, directory: Path) -> dict[str, Metric]:
    number = (int, float)
    trained = _read(directory / TRAINED, {"updates": int, "target_tokens": number, "seconds": number, "alarms": number})
    parameters = sum(p.numel() for p in run.model.network.parameters())
    seconds = trained["seconds"]
    return {
        metric.name: metric
        for metric in (
            Metric("train.updates", trained["updates"], "updates", "Updates of the optimiser made."),
            Metric(
                "train.target_tokens",
                trained["target_tokens"],
                "tokens",
                "Target tokens trained on, the end of each sentence included and padding not.",
            ),
            Metric(
                "train.seconds",
                seconds,
                "s",
                "Wall time in training, validation and checkpoints included, over all parts of the attempt.",
            ),
            Metric(
                "train.target_tokens_per_second",
                trained["target_tokens"] / seconds if seconds > 0 else None,
                "tokens/s",
                "train.target_tokens over train.seconds.",
            ),
            Metric("train.alarms", trained["alarms"], "alarms", "Spikes of loss or gradient norm noticed."),
            Metric("model.parameters", parameters, "parameters", "Trained numbers, shared ones counted once."),
        )
    }


def _log_results(
    run: TrainingConfiguration, wandb_logger: GuardedWandbLogger, evaluation: Evaluation, directory: Path
) -> None:
    wandb_logger.log_summary({name: metric.value for name, metric in evaluation.metrics.items()})
    if not evaluation.samples:
        return
    wandb_logger.log_samples(evaluation.samples)
    source, hypothesis, _ = evaluation.samples[0]

    def draw() -> Path | None:
        picture = directory / "attention.png"
        network, vocabulary = run.model.network, run.datamodule.store.vocabulary
        drawn = draw_cross_attention(network, vocabulary, source, hypothesis, picture, _device(run))
        return picture if drawn else None

    wandb_logger.log_picture("attention", draw)


def _read(path: Path, kinds: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """The facts that an earlier part of the run wrote down.

    Raises:
        BadInput: it cannot be read, or is not as it was written.
    """
    try:
        content = json_file.read_json(path)
        if not isinstance(content, dict) or not all(isinstance(content.get(key), kind) for key, kind in kinds.items()):
            raise ValueError("it lacks a key, or has a value of the wrong type")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the file and repeat the command") from error
    except ValueError as error:
        raise BadInput(f"{path} is damaged ({error}); remove it and repeat the command") from error
    return content
