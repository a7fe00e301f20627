"""`repro fit`, `validate`, `test` and `predict`: LightningCLI's configuration, this project's runs."""

import sys
from pathlib import Path
from typing import Any

from repro.errors import BadInput
from repro.ledger.attempts import record_that_counts
from repro.ledger.cell import Cell
from repro.ledger.run import run_cell
from repro.scoring.metric import Metric
from repro.scoring.report import metrics_table

FIT = "repro.training:fit"


def run(command: str, arguments: list[str], shown: str) -> int:
    """Run one of the four commands; `shown` is the command line as the user could repeat it."""
    from repro.training.command_line import TrainingCLI

    sys.argv[0] = sys.argv[0] or "repro"
    cli = TrainingCLI(arguments)
    if command == "fit":
        return _fit(cli.plain_config(), cli.get("out"), shown)
    return _with_weights(command, cli)


def _fit(config: dict[str, Any], out: str | None, shown: str) -> int:
    data = config["data"]["corpus"]
    cell = Cell(FIT, config, grid="fit", scale=data)
    directory = Path(out) if out else Path("runs") / "fit" / cell.id
    record = run_cell(cell, directory, shown)
    if record is None:  # another rank of a distributed run
        return 0
    if record.metrics:
        print(metrics_table([Metric.from_record(name, metric) for name, metric in record.metrics.items()]))
    print(f"{record.status}: {directory}/attempt-{record.attempt}/record.json")
    return 0 if record.status == "done" else 1


def _with_weights(command: str, cli: Any) -> int:
    from repro.training.checkpoints import check_vocabulary, read_checkpoint
    from repro.training.process import settle_process

    path = _checkpoint(cli)
    content = read_checkpoint(path)
    settle_process(cli.get("threads"))
    cli.build({"logger": False})
    store = cli.datamodule.store
    check_vocabulary(path, content, store.vocabulary)
    cli.model.build(len(store.vocabulary))
    try:
        cli.model.load_state_dict(content["state_dict"])
    except RuntimeError as error:
        raise BadInput(
            f"checkpoint {path} holds a network of other sizes than the configuration's; "
            "give the configuration it was trained with"
        ) from error
    if command == "validate":
        cli.trainer.validate(cli.model, datamodule=cli.datamodule, verbose=False)
        print(f"loss {cli.model.dev['dev/loss']:.4f} nats a token, perplexity {cli.model.dev['dev/perplexity']:.4f}")
        return 0
    return _translate_test_sets(command, cli, store)


def _checkpoint(cli: Any) -> Path:
    if cli.get("checkpoint"):
        return Path(cli.get("checkpoint"))
    if cli.get("out"):
        record = record_that_counts(Path(cli.get("out")))
        if record is not None:
            return Path(cli.get("out")) / f"attempt-{record.attempt}" / "averaged.ckpt"
    raise BadInput("give --checkpoint FILE, or --out DIR of a finished run")


def _translate_test_sets(command: str, cli: Any, store: Any) -> int:
    from repro.scoring.score import score_lines
    from repro.training.evaluation import translator

    settings = cli.get("decoding")
    device = cli.trainer.strategy.root_device
    for split in settings.splits:
        sources, references = store.lines(split)
        hypotheses = list(translator(cli.model.network, store.vocabulary, settings, device).translate(sources))
        if command == "predict":
            for hypothesis in hypotheses:
                print(hypothesis)
            continue
        scores = score_lines(
            hypotheses,
            references,
            store.languages[1],
            pretokenised=settings.pretokenised,
            resamples=settings.resamples,
        )
        print(f"{split} of {store.path.name}")
        print(metrics_table(scores))
    return 0
