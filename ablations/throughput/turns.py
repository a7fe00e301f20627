"""Starts the processes of peers and visits them in turns, so that a machine that slows down slows all alike."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablations.throughput.environment import interpreter, why_lost, with_packages


@dataclass
class PeerResult:
    """The results of one peer.

    Attributes:
        name, settings: which peer, and whose process settings it had.
        seconds: of each turn, each batch.
        loss: on the first batch before training; None for decoding.
        translations: of the last turn; none for training.
        peak, imported: bytes of the process at most, and before it had a model.
        device_peak: bytes of tensors on a GPU at most; None on a CPU.
        rates: of the first peer: operations a second of one large matrix product, in each turn.
        reason: why it is lost; None if it is not.
    """

    name: str
    settings: str
    seconds: list[list[float]] = field(default_factory=list)
    loss: float | None = None
    translations: list[Any] = field(default_factory=list)
    peak: int = 0
    imported: int = 0
    device_peak: int | None = None
    rates: list[float] = field(default_factory=list)
    reason: str | None = None

    @property
    def label(self) -> str:
        """For people and metrics' names."""
        return self.name if self.settings == "own" or self.name == "ours" else f"{self.name}+settings"


class _Process:
    """A peer's process; its messages go to a file."""

    def __init__(self, ran: PeerResult, log: Path) -> None:
        self.ran, self.log_path = ran, log
        self.log = log.open("ab")
        self.process = subprocess.Popen(
            [interpreter(ran.name), "-m", "ablations.throughput.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**with_packages(), "TOKENIZERS_PARALLELISM": "false"},
        )

    def ask(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """The answer; None, with a reason, if the process has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.process.wait()
            said = self.log_path.read_text(encoding="utf-8", errors="replace").strip().split("\n")[-1]
            if said.startswith("ModuleNotFoundError"):
                said = why_lost(self.ran.name)
            status = self.process.returncode
            killed = f"was killed by signal {-status}, as for want of memory" if status < 0 else ""
            self.ran.reason = killed or said or f"ended with status {status}"
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """End its process, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):  # what was meant for a process that is gone
                pipe.close()
        self.log.close()


def take_turns(
    peers: Sequence[tuple[str, str]], order: dict[str, Any], turns: int, directory: Path
) -> list[PeerResult]:
    """Let peers work in turns.

    Args:
        peers: name and settings of each.
        order: what all of them are started with, see `worker.py`.
        turns: how often each is visited, after one turn that warms it up.
        directory: of the workload's files, and for logs.

    Returns:
        What each did, in their order; one that fails is lost with its reason, and the others go on. If the first fails,
        with which the others are compared, nothing more is measured.
    """
    ran = [PeerResult(name, settings) for name, settings in peers]
    with ExitStack() as stack:
        processes = []
        for result in ran:
            process = _Process(result, directory / f"{result.label}.log")
            stack.callback(process.end)
            started = process.ask({"do": "start", **order, "name": result.name, "settings": result.settings})
            if started is not None:
                result.loss, result.imported = started["loss"], started["imported"]
                processes.append(process)
            elif result is ran[0]:
                return ran
        for turn in range(turns + 1):
            for process in processes:
                result = process.ran
                answer = process.ask({"do": "turn"}) if result.reason is None else None
                if answer is None and result is ran[0]:
                    return ran
                if answer is None:
                    continue
                result.peak, result.device_peak, result.translations = (
                    answer["peak"],
                    answer["device_peak"],
                    answer["translations"],
                )
                if turn:
                    result.seconds.append(answer["seconds"])
                if turn and result is ran[0] and order["task"] == "training":
                    rate = process.ask({"do": "rate"})
                    if rate is None:
                        return ran
                    result.rates.append(rate["rate"])
            if sys.stderr.isatty() or turn:
                shown = ", ".join(f"{p.ran.label} {sum(p.ran.seconds[-1]):.2f} s" for p in processes if p.ran.seconds)
                print(f"turn {turn} of {turns}: {shown or 'warmed up'}", flush=True)
    return ran
