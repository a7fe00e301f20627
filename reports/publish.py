"""`report publish`: the report in Weights & Biases, for who is online there."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.build import NONE, PAGE, WRITERS, build
from reports.claims.own_claims import OwnFiles
from reports.verdicts.report import Report
from repro.errors import BadInput

PROJECT = "attention-repro"
"""Where `repro fit` and `ablate run` log, too, if not told otherwise."""
OFFLINE = ("offline", "dryrun", "disabled")


def publish(directories: Sequence[Path], out: Path, language: str, project: str = PROJECT, own: OwnFiles = NONE) -> str:
    """Make the report, log its page and its files to the W&B run of the suite, and return the run's address.

    One run holds the report of one set of scales: to publish again goes on in it.

    Raises:
        BadInput: W&B is offline or knows no account; or the report cannot be made.
    """
    wandb = _online()
    report = build(directories, out, language, own)
    name = run_name(report)
    try:
        run = wandb.init(
            project=project, id=name, name=name, group="report", job_type="report", resume="allow", mode="online"
        )
        _log(wandb, run, report, out, name)
        address = str(run.url)
        run.finish()
    except (wandb.Error, OSError) as error:
        first = str(error).strip().split("\n")[0]
        raise BadInput(f"W&B did not accept the report: {first}; it is in {out}; try again later") from error
    return address


def run_name(report: Report) -> str:
    """The name and id of the run: the same each time that a suite's report is published."""
    scales = sorted({stored.record.scale for stored in report.records.counted})
    kept = ("".join(letter if letter.isalnum() else "-" for letter in scale) for scale in scales)
    return "-".join(["report", *kept])[:64]


def _online() -> Any:
    """The library, if it may and can send.

    Raises:
        BadInput: offline, with what to do.
    """
    mode = os.environ.get("WANDB_MODE", "")
    if mode in OFFLINE:
        raise BadInput(f"W&B is offline (WANDB_MODE={mode}); set WANDB_MODE=online and publish again")
    os.environ.setdefault("WANDB_SILENT", "true")  # before the import: later it says things on its own account
    import wandb

    try:
        known = wandb.login(prompt=False)
    except (wandb.Error, ValueError, OSError) as error:
        raise BadInput(f"W&B refused the login ({str(error).strip().split(chr(10))[0]}); run `wandb login`") from error
    if not known:
        raise BadInput(
            "W&B is offline, because it has no account here; run `wandb login` or set WANDB_API_KEY, and publish again"
        )
    return wandb


def _log(wandb: Any, run: Any, report: Report, out: Path, name: str) -> None:
    run.log({"report": wandb.Html((out / PAGE).read_text(encoding="utf-8"), inject=False)})
    run.summary.update({f"verdicts/{word}": count for word, count in report.count().items()})
    artifact = wandb.Artifact(name, type="report", metadata={"records": len(report.records.counted)})
    for file in WRITERS:
        artifact.add_file(str(out / file))
    run.log_artifact(artifact)
