"""A finished run of a few steps, made once through the command line, and what commands say in-process."""

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro.cli.main import main
from tests.threads import one_thread as one_thread

TINY = [
    *("--config", "model/tiny", "--config", "data/builtin", "--config", "trainer/builtin"),
    *("--model.network.init_args.d_model", "16", "--model.network.init_args.d_ff", "32"),
    *("--model.network.init_args.N", "1", "--model.network.init_args.h", "2"),
    *("--data.builtin.probe", "copy", "--data.builtin.train", "300"),
    *("--data.builtin.dev", "20", "--data.builtin.test", "20"),
    *("--data.vocabulary.kind", "words", "--data.jobs", "1"),
    *("--trainer.max_steps", "3", "--trainer.val_check_interval", "3", "--checkpoints.every_n_steps", "2"),
    *("--threads", "1", "--decoding.max_extra", "3", "--decoding.beam", "2", "--decoding.resamples", "10"),
]


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `prepared/` and `run/`, a finished run on the probe `copy`."""
    folder = tmp_path_factory.mktemp("finished")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["fit", *TINY, "--out", "run"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture(scope="session")
def checkpoint(finished: Path) -> Path:
    """The averaged weights of the finished run."""
    return finished / "run" / "attempt-1" / "averaged.ckpt"


@pytest.fixture(scope="session")
def sentences(finished: Path) -> list[str]:
    """Lines that the finished run's words vocabulary has."""
    (store,) = (finished / "prepared").glob("builtin-copy-*")
    return (store / "test.source.txt").read_text().rstrip("\n").split("\n")


@pytest.fixture
def repro(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command in this process."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse's help
            status = int(end.code or 0)
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return run


@pytest.fixture
def parallel(tmp_path: Path) -> Callable[..., str]:
    """Writes source and target files, plain or gz, and returns them as an entry of `--train`."""

    def write(name: str, source: bytes, target: bytes, ending: str = "") -> str:
        paths = []
        for side, data in (("en", source), ("de", target)):
            path = tmp_path / f"{name}.{side}{ending}"
            path.write_bytes(gzip.compress(data) if ending == ".gz" else data)
            paths.append(str(path))
        return ",".join(paths)

    return write
