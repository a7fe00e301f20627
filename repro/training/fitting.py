"""A training run from a plain configuration to everything measured: what a cell calls."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from repro import files, json_file
from repro.cell_directory import CHECKPOINTS, CLAIM, CURVE, MILESTONES, TRAINED, clear_attempt
from repro.errors import BadInput, Interrupted
from repro.outcome import Outcome
from repro.scoring.metric import Metric
from repro.streams import note
from repro.training.attention_picture import draw_cross_attention
from repro.training.attention_statistics import FILE as ATTENTION
from repro.training.attention_statistics import AttentionStatistics, attention_summary
from repro.training.bar import TrainingProgress
from repro.training.checkpoints import CheckpointFiles, Checkpoints
from repro.training.command_line import TrainingCLI
from repro.training.curve import Curve, CurveRows, read_curve
from repro.training.evaluation import Evaluation, evaluate
from repro.training.example import leave_inspection
from repro.training.goal import goal_metrics
from repro.training.interruption import StopOnSignal
from repro.training.process import settle_process
from repro.training.tracking import Tracking
from repro.weights.checkpoint_file import (
    REGULAR,
    check_complete,
    check_vocabulary,
    read_checkpoint,
    remove_leftovers,
    resumable_checkpoints,
    saved_checkpoints,
    write_average,
)

AVERAGED = "averaged.ckpt"


def fit(config: Mapping[str, Any], directory: Path) -> Outcome:
    """Train, average, decode and score; take up where an earlier, unfinished call in `directory` stopped.

    Args:
        config: the resolved configuration, as `TrainingCLI.plain_config` gives it.
        directory: the attempt's own directory.

    Raises:
        BadInput: the configuration or data cannot be used.
        Diverged: loss or gradient stopped being numbers.
        Interrupted: a signal came; everything is saved.
    """
    cli = TrainingCLI(dict(config))
    settle_process(cli.get("threads"))
    stop = StopOnSignal()
    tracking = _tracking(cli, config, directory)
    loggers: list[Logger] = [Curve(directory / CURVE), *([tracking] if tracking else [])]
    cli.build({"logger": loggers, "callbacks": [stop, CurveRows(), TrainingProgress()]})
    if cli.trainer.is_global_zero:
        remove_leftovers(directory)
    try:
        if (directory / TRAINED).exists() and cli.trainer.is_global_zero and _go_back_before_damaged(directory):
            (directory / TRAINED).unlink()
        if not (directory / TRAINED).exists():
            _train(cli, config, directory, stop, tracking)
        if not cli.trainer.is_global_zero:
            return Outcome({})
        evaluation = _measure(cli, directory)
        if cli.get("observe.inspect"):
            leave_inspection(cli.model.network, cli.datamodule.store.vocabulary, evaluation.samples, directory)
        if tracking:
            _track_results(cli, tracking, evaluation, directory)
    finally:
        if tracking:
            tracking.close()
    return Outcome(
        {name: metric.as_record() for name, metric in evaluation.metrics.items()},
        cli.datamodule.description(),
        evaluation.details,
        after=lambda: clear_attempt(directory),
    )


def _tracking(cli: TrainingCLI, config: Mapping[str, Any], directory: Path) -> Tracking | None:
    import os

    settings = cli.get("wandb")
    if os.environ.get("WANDB_MODE", settings.mode) == "disabled":
        return None
    # <runs>/<grid or cell>/.../attempt-n: the cell's directory names the run.
    cell = _read(directory.parent / CLAIM, {"scale": str, "row": str, "cell": str, "grid": str})
    name = "-".join(part for part in (cell["scale"], cell["row"], cell["cell"]) if part)
    return Tracking(settings, directory, cell["cell"], name, cell["grid"], config)


def _train(
    cli: TrainingCLI, config: Mapping[str, Any], directory: Path, stop: StopOnSignal, tracking: Tracking | None
) -> None:
    trainer, module, data = cli.trainer, cli.model, cli.datamodule
    folder = directory / CHECKPOINTS
    settings = cli.get("checkpoints")
    attention_every = cli.get("observe.attention_every")
    if attention_every is not None:
        trainer.callbacks.append(AttentionStatistics(attention_every, directory))  # type: ignore[attr-defined]
    trainer.callbacks.append(  # type: ignore[attr-defined]
        Checkpoints(
            folder,
            settings.every_n_steps,
            settings.every_minutes,
            settings.average,
            config,
            data.store.vocabulary,
            settings.milestone_minutes,
            stop,
        )
    )
    trainer.strategy.checkpoint_io = CheckpointFiles()
    resumed = _last_readable(folder)
    step = -1
    if resumed is not None:
        path, checkpoint = resumed
        check_vocabulary(path, checkpoint, data.store.vocabulary)
        step = checkpoint["repro"]["step"]
        Curve(directory / CURVE).cut_back(step)
        if trainer.is_global_zero:
            note(f"going on from step {step:,} in {directory}")
    elif trainer.is_global_zero:
        (directory / CURVE).unlink(missing_ok=True)
    if tracking:
        tracking.start()
    try:
        trainer.fit(module, datamodule=data, ckpt_path=resumed[0] if resumed else None, weights_only=True)
    except MisconfigurationException as error:
        raise BadInput(str(error).split("\n")[0]) from error
    except RuntimeError as error:
        if trainer.world_size > 1 and _peer_is_lost(error):
            reason = str(error).split("\n")[0]
            raise Interrupted(f"another process of this run was lost ({reason}); the same command goes on") from error
        raise
    except SystemExit as exit:
        # What Lightning makes of a Ctrl-C that is not listened to any more.
        raise KeyboardInterrupt from exit
    if torch.distributed.is_initialized():
        # Decoding takes one process; others must not wait for it within a collective.
        torch.distributed.destroy_process_group()
    if trainer.is_global_zero:
        if resumed is not None and trainer.global_step == step:
            # Its time was up already: what was saved on being stopped is the last state, and counts as such.
            files.check_may_write(folder)
            resumed[0].replace(folder / f"{REGULAR}-{step:08d}.ckpt")
        trained = {
            "updates": trainer.global_step,
            "target_tokens": module.target_tokens,
            "seconds": module.training_seconds(),
            "alarms": module.alarm_count,
        }
        files.write_json(directory / TRAINED, trained)
        if stop.asked:
            raise Interrupted(f"training in {directory} is complete; the same command goes on with decoding")


def _peer_is_lost(error: RuntimeError) -> bool:
    """Whether a collective failed, which is what the loss of a process looks like to the others."""
    if isinstance(error, torch.distributed.DistError):
        return True
    return any(word in str(error) for word in ("Connection closed", "Connection reset", "gloo", "NCCL"))


def _last_readable(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """The last checkpoint that can be read; a damaged one is set aside with a word, and counts no more."""
    for path in reversed(resumable_checkpoints(folder)):
        try:
            checkpoint = read_checkpoint(path, mmap=True)
            check_complete(path, checkpoint, to_resume=True)
            return path, checkpoint
        except BadInput as error:
            note(f"{error}; going on from the one before")
            with contextlib.suppress(FileNotFoundError):  # another rank was sooner
                path.rename(path.with_suffix(".damaged"))
    return None


def _go_back_before_damaged(directory: Path) -> bool:
    """Set the first damaged one aside of the checkpoints that are averaged, and drop those after it.

    An average of the others would be of other weights than those of a run without damage, and nobody would know.

    Returns:
        Whether there was one; then training goes on from the one before it.
    """
    folder = directory / CHECKPOINTS
    for path in saved_checkpoints(folder):
        try:
            read_checkpoint(path, mmap=True)
        except BadInput as error:
            files.check_may_write(folder)
            note(f"{error}; it is set aside, and training goes on from the one before")
            later = resumable_checkpoints(folder)
            for other in later[later.index(path) + 1 :]:
                other.unlink()
            path.rename(path.with_suffix(".damaged"))
            return True
    return False


def _measure(cli: TrainingCLI, directory: Path) -> Evaluation:
    module, data = cli.model, cli.datamodule
    if _go_back_before_damaged(directory):
        (directory / TRAINED).unlink()
        raise Interrupted(f"a checkpoint in {directory / CHECKPOINTS} is damaged; the same command goes on before it")
    saved = saved_checkpoints(directory / CHECKPOINTS)[-cli.get("checkpoints.average") :]
    if not saved:  # cleared behind a record that somebody has taken out since
        (directory / TRAINED).unlink()
        raise Interrupted(f"{directory / CHECKPOINTS} holds no checkpoints any more; the same command trains anew")
    last = read_checkpoint(saved[-1])["state_dict"]
    averaged = directory / AVERAGED
    write_average(saved, averaged)
    milestones = {
        float(path.stem.removeprefix("minute-")): read_checkpoint(path)["state_dict"]
        for path in (directory / MILESTONES).glob("minute-*.ckpt")
    }
    if module.network is None:
        module.build(len(data.store.vocabulary))
    evaluation = evaluate(
        module,
        data.evaluation_loader("dev", whole=True),
        data.training_sample_loader(),
        data.store,
        {"last": last, "averaged": read_checkpoint(averaged)["state_dict"]},
        cli.get("decoding"),
        directory,
        _device(cli),
        milestones,
    )
    evaluation.metrics.update(_training_metrics(cli, directory))
    goal = cli.get("observe.goal")
    if goal is not None:
        evaluation.metrics.update(goal_metrics(read_curve(directory / CURVE, "dev"), goal))
    attention, metrics = attention_summary(directory / ATTENTION)
    evaluation.metrics.update(metrics)
    if attention:
        evaluation.details["attention"] = attention
    return evaluation


def _device(cli: TrainingCLI) -> torch.device:
    device: torch.device = cli.trainer.strategy.root_device
    return device


def _training_metrics(cli: TrainingCLI, directory: Path) -> dict[str, Metric]:
    number = (int, float)
    trained = _read(directory / TRAINED, {"updates": int, "target_tokens": number, "seconds": number, "alarms": number})
    parameters = sum(p.numel() for p in cli.model.network.parameters())
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


def _track_results(cli: TrainingCLI, tracking: Tracking, evaluation: Evaluation, directory: Path) -> None:
    tracking.log_summary({name: metric.value for name, metric in evaluation.metrics.items()})
    if not evaluation.samples:
        return
    tracking.log_samples(evaluation.samples)
    source, hypothesis, _ = evaluation.samples[0]

    def draw() -> Path | None:
        picture = directory / "attention.png"
        network, vocabulary = cli.model.network, cli.datamodule.store.vocabulary
        drawn = draw_cross_attention(network, vocabulary, source, hypothesis, picture, _device(cli))
        return picture if drawn else None

    tracking.log_picture("attention", draw)


def _read(path: Path, kinds: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """What an earlier part of the run wrote down.

    Raises:
        BadInput: it cannot be read, or is not as it was written.
    """
    try:
        found = json_file.read_json(path)
        if not isinstance(found, dict) or not all(isinstance(found.get(key), kind) for key, kind in kinds.items()):
            raise ValueError("something in it is not what it should be")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); see to it and repeat the command") from error
    except ValueError as error:
        raise BadInput(f"{path} is damaged ({error}); remove it and repeat the command") from error
    return found
