"""Weights & Biases through Lightning's logger: offline unless told otherwise, and never in training's way."""

import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from repro import files
from repro.home_folder import name_unknown_home
from repro.streams import escaped, say

OFFLINE = re.compile("offline-run-.*-.*")
"""The folders that W&B leaves of offline runs."""


@dataclass
class WandbSettings:
    """Where runs are logged.

    Attributes:
        mode: "offline" writes to the run's directory, `repro upload` sends it later; "online" needs an
            account; "disabled" logs nothing. The environment variable WANDB_MODE, where set, decides.
        project: the W&B project.
    """

    mode: Literal["offline", "online", "disabled"] = "offline"
    project: str = "attention-repro"


class GuardedWandbLogger(Logger):
    """Lightning's W&B logger behind a guard: the first failure turns it off with one warning.

    Args:
        settings: mode and project.
        directory: where offline data goes.
        run_id: the cell's id, so that all attempts and parts of a cell are one run.
        name: shown on the dashboard.
        group: the grid, which the dashboard draws together.
        config: the full configuration, sent once.
    """

    def __init__(
        self, settings: WandbSettings, directory: Path, run_id: str, name: str, group: str, config: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self.settings, self.directory = settings, directory
        self.run_id, self.run_name, self.group, self.config = run_id, name, group, config
        self._logger: Any = None
        self._off = False

    @property
    def name(self) -> str:
        """Lightning's name for the logger."""
        return "wandb"

    @property
    def version(self) -> str:
        """The run's id."""
        return self.run_id

    def _guarded(self, action: Callable[[Any], None]) -> None:
        if self._off:
            return
        try:
            if self._logger is None:
                self._logger = self._start()
            action(self._logger)
        except Exception as error:  # whatever W&B does, training goes on
            self._off = True
            warnings.warn(f"W&B failed and is off for the rest of this run: {escaped(error)}", stacklevel=2)

    @rank_zero_only
    def start(self) -> None:
        """Begin the W&B run, which takes seconds; else the first thing logged does."""
        self._guarded(lambda logger: None)

    def _start(self) -> Any:
        # Before the import: later it says things on its own account.
        os.environ.setdefault("WANDB_SILENT", "true")
        name_unknown_home()
        import wandb
        from pytorch_lightning.loggers import WandbLogger

        mode: Any = os.environ.get("WANDB_MODE", self.settings.mode)
        self.directory.mkdir(parents=True, exist_ok=True)
        run = wandb.init(
            project=self.settings.project,
            name=self.run_name,
            id=self.run_id,
            group=self.group or None,
            dir=self.directory,
            mode=mode,
            resume=None if mode == "disabled" else "allow",  # offline it is what appends a later part when it is sent
            config=dict(self.config),
        )
        run.define_metric("trainer/global_step")
        run.define_metric("*", step_metric="trainer/global_step", step_sync=True)
        return WandbLogger(experiment=run)

    @rank_zero_only
    def log_hyperparams(self, *arguments: Any, **keywords: Any) -> None:
        """The configuration was sent when the run started."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log one row at a step."""
        self._guarded(lambda logger: logger.log_metrics(dict(metrics), step))

    @rank_zero_only
    def log_samples(self, samples: Sequence[tuple[str, str, str]]) -> None:
        """Log sample translations as a table."""
        rows = [list(sample) for sample in samples]
        columns = ["source", "translation", "reference"]
        self._guarded(lambda logger: logger.log_table("translations", columns=columns, data=rows))

    @rank_zero_only
    def log_picture(self, name: str, draw: Callable[[], Path | None]) -> None:
        """Log the picture file that `draw` makes, if it makes one."""

        def action(logger: Any) -> None:
            path = draw()
            if path is not None:
                logger.log_image(name, [str(path)])

        self._guarded(action)

    @rank_zero_only
    def log_summary(self, values: Mapping[str, float | None]) -> None:
        """Log final scores."""
        self._guarded(lambda logger: logger.experiment.summary.update(dict(values)))

    @rank_zero_only
    def close(self) -> None:
        """End the W&B run."""
        if self._logger is not None:
            self._guarded(lambda logger: logger.experiment.finish())


def offline_parts(runs: Path) -> list[Path]:
    """The directories that offline runs under `runs` left, in the order they were written."""
    # Through links, as the report does, and each folder once: W&B's own link `latest-run` may come before the folder.
    folders = {Path(os.path.realpath(folder)) for folder, _, _ in files.walk(runs)}
    return sorted((path for path in folders if OFFLINE.fullmatch(path.name)), key=lambda path: path.name)


def upload(runs: Path) -> int:
    """Send all offline parts under `runs` in order, parts of one run under its one id.

    Returns:
        How many parts were sent.

    Raises:
        BadInput: W&B refused a part; those before it are sent.
    """
    from repro.errors import BadInput

    parts = offline_parts(runs)
    if not parts:
        raise BadInput(f"{runs} holds no offline W&B data to upload; runs log it unless wandb.mode is disabled")
    sent: set[str] = set()
    for part in parts:
        run_id = part.name.rsplit("-", 1)[-1]
        options = ["--append"] if run_id in sent and _has_append() else []
        status, said = _sync("--id", run_id, *options, str(part))
        # The library says that a part was sent by a file; its exit status is 0 also where it was refused.
        if status or not any(part.glob("*.synced")):
            reason = said.strip().split("\n")[-1].removeprefix("wandb: ").removeprefix("ERROR ") or "it gave no reason"
            raise BadInput(f"W&B did not accept {part}: {reason}; run `wandb login` and repeat")
        sent.add(run_id)
        say(f"sent {part}")
    return len(parts)


@cache
def _has_append() -> bool:
    """Whether this version of the library must be told to append; later ones see it from how the run was begun."""
    return "--append" in _sync("--help")[1]


def _sync(*arguments: str) -> tuple[int, str]:
    """Run `wandb sync`: its exit status, and what it said."""
    import subprocess
    import sys

    loud = {name: value for name, value in os.environ.items() if name != "WANDB_SILENT"}
    command = [sys.executable, "-m", "wandb", "sync", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=loud)
    return result.returncode, result.stderr or result.stdout
