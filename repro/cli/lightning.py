"""`repro fit`, `validate`, `test` and `predict`: LightningCLI's configuration, this project's runs.

A checkpoint carries its configuration, so the last three need nothing but a checkpoint; whatever is given beside it
overrides that configuration.
"""

import argparse
import json
import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.cell_directory import CELL_FILE, RECORD, attempt_name
from repro.cli.weights import name_initial_weights, weights_file
from repro.console.empty_directories import no_empty_directories
from repro.errors import BadInput
from repro.launchers import join
from repro.ledger.grids.cell import SINGLE, TRAINING, Cell
from repro.ledger.records.attempts import record_that_counts
from repro.ledger.records.record import Record
from repro.ledger.running.run import run_cell
from repro.paths import expanded
from repro.scoring.metric import Metric
from repro.scoring.report import metrics_table, waterfall_table
from repro.scoring.waterfall import recorded_steps
from repro.streams import hand_on, note, say
from repro.weights.initial import with_initial_sha256


def run(command: str, arguments: list[str], shown: str) -> int:
    """Run one of the four commands; `shown` is the command line as the user could repeat it.

    Raises:
        BadInput: a configuration, data or a checkpoint that cannot be used.
        Interrupted: stopped by a signal; the same command goes on.
    """
    if command == "fit":
        return _fit(arguments, shown)
    return _with_weights(command, arguments)


def train(arguments: Sequence[str], shown: str) -> tuple[Path, Record | None]:
    """Train as the arguments of `repro fit` say; the folder of the run, and its record.

    There is no record on a further rank of a distributed run.

    Raises:
        BadInput, Interrupted: as `run`.
    """
    from repro.console.grid_runs import nothing_to_share
    from repro.data.own_files import check_sha256, with_sha256
    from repro.training.configuration import TrainingConfiguration
    from repro.training.configuration_checks import check_training
    from repro.training.limits import check_start
    from repro.training.trainer_options import check_trainer

    cli = TrainingConfiguration(arguments)
    check_start(cli.get("checkpoint"))
    name_initial_weights(cli)
    if cli.get("out") is None or not (Path(cli.get("out")) / CELL_FILE).exists():
        check_trainer(lambda name: cli.config.get(f"trainer.{name}"))  # before callbacks are written out, which fails
    config = with_initial_sha256(with_sha256(cli.plain_config()))
    join(config)
    cell = Cell(TRAINING, config, grid=SINGLE, scale=config["data"]["corpus"])
    directory = Path(cli.get("out") or Path("runs") / "fit" / cell.id)
    if nothing_to_share(directory):
        return directory, None
    check_sha256(config["data"])
    if not (directory / CELL_FILE).exists():
        check_training(config)
    with no_empty_directories(directory, Path(config["data"]["root"])):
        return directory, run_cell(cell, directory, shown)


def _fit(arguments: list[str], shown: str) -> int:
    directory, record = train(arguments, shown)
    if record is None:
        return 0
    if record.metrics:
        metrics = [Metric.from_record(name, metric) for name, metric in record.metrics.items()]
        say(metrics_table(metrics, definitions=False))
    if steps := recorded_steps(record.details.get("waterfall")):
        print("\n" + waterfall_table(steps))
    print(f"\n{record.status}: {directory / attempt_name(record.attempt) / RECORD}")
    if record.status != "done":
        return 1
    print(f"next: {shlex.join(['repro', 'translate', '--checkpoint', str(directory)])} < SOURCE > TRANSLATION")
    return 0


def _with_weights(command: str, arguments: list[str]) -> int:
    path = _checkpoint(arguments)

    from repro.decoding.failures import failures_said
    from repro.training.process import configure_process
    from repro.weights.checkpoint_file import check_complete, check_finite, check_vocabulary, read_checkpoint

    content = read_checkpoint(path)
    check_complete(path, content)
    cli = _configuration(path, content["repro"]["config"], arguments)
    configure_process(cli.get("threads"))
    cli.build({"logger": False})
    with no_empty_directories(cli.datamodule.root):
        store = cli.datamodule.store
    check_vocabulary(path, content, store.vocabulary)
    cli.model.build(len(store.vocabulary))
    try:
        cli.model.load_state_dict(content["state_dict"])
    except RuntimeError as error:
        raise BadInput(
            f"checkpoint {path} holds a network whose sizes differ from the options'; leave out the model's options"
        ) from error
    check_finite(path, content["state_dict"])
    if command == "validate":
        with failures_said(f"checkpoint {path}", "lower --data.evaluation_tokens"):
            cli.trainer.validate(cli.model, datamodule=cli.datamodule, verbose=False)
            measured = cli.model.dev
            if not math.isfinite(measured["dev/loss"]):
                raise FloatingPointError("the loss is no number")
        nll, perplexity = measured["dev/nll"], measured["dev/perplexity"]
        print(f"loss {nll:.4f} nats per token, without label smoothing; perplexity {perplexity:.4f}")
        return 0
    averaged = content["repro"].get("averaged")
    is_average = isinstance(averaged, list) and len(averaged) > 1
    with failures_said(f"checkpoint {path}", "lower --decoding.batch_tokens or --decoding.beam"):
        return _translate_splits(command, cli, store, is_average)


def _configuration(path: Path, trained_with: Mapping[str, Any], arguments: list[str]) -> Any:
    """A checkpoint's configuration with the arguments over it.

    Raises:
        BadInput: the checkpoint holds none, or the arguments are wrong.
    """
    from repro.training.configuration import TrainingConfiguration

    def parsed(more: list[str]) -> Any:
        kept = {key: value for key, value in trained_with.items() if key not in ("out", "checkpoint")}
        return TrainingConfiguration(["--config", json.dumps(kept), *more])

    try:
        return parsed(arguments)
    except (BadInput, TypeError, ValueError) as refusal:
        try:
            parsed([])
        except (BadInput, TypeError, ValueError) as error:
            held = f"checkpoint {path} holds no configuration of this project"
            raise BadInput(f"{held} ({error}); use one that a run wrote") from error
        raise refusal  # it is the arguments that are wrong


def _checkpoint(arguments: list[str]) -> Path:
    """The file that the arguments name, found before anything heavy is imported."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--checkpoint", type=expanded)
    parser.add_argument("--out", type=expanded)
    try:
        given, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        raise BadInput(f"{error.argument_name} has no value; write one after it") from error
    if given.checkpoint is None and given.out is None:
        raise BadInput("give --checkpoint FILE, or --out DIR of a finished run")
    path: Path = given.checkpoint
    if path is None:
        record = record_that_counts(given.out)
        if record is None or record.status != "done":
            raise BadInput(f"{given.out} holds no finished run; give --checkpoint FILE, or finish it with `repro fit`")
        path = given.out
    return weights_file(path)


def _translate_splits(command: str, cli: Any, store: Any, is_average: bool) -> int:
    """Print the translations of one split that is decoded, of the test set if it is among them, or the scores of each.

    Args:
        command: "predict" or "test".
        cli: the configuration, built.
        store: the prepared text.
        is_average: whether the weights are an average of checkpoints.

    Raises:
        BadInput: no split is named, or one that there is not.
    """
    from repro.training.decoding_settings import translator
    from repro.training.evaluation import split_scores

    settings = cli.get("decoding")
    if not settings.splits:
        raise BadInput("decoding.splits is empty; name a split, such as --decoding.splits '[test]'")
    splits = settings.splits
    if command == "predict" and len(splits) > 1:  # lines of two splits in one stream could not be told apart
        chosen = "test" if "test" in splits else splits[0]
        others = [split for split in splits if split != chosen]
        note(f"only {chosen} is translated here; for {' or '.join(others)}, add --decoding.splits '[{others[0]}]'")
        splits = [chosen]
    device = cli.trainer.strategy.root_device
    for split in splits:
        if is_average and split in settings.unaveraged:
            note(
                f"{split} is translated by averaged weights here; a training scores it by its last checkpoint, because "
                "decoding.unaveraged names it"
            )
        sources = store.lines(split)[0][: settings.lines]
        translations = translator(cli.model.network, store.vocabulary, settings, device).translate(sources)
        if command == "predict":
            for translation in translations:
                hand_on(translation)
            continue
        scores = split_scores(store, split, list(translations), settings, settings.resamples)
        print(f"{split} of {store.path.name}")
        print(metrics_table(scores))
    return 0
