"""One small training by `repro.train`, which all tests here share."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import repro
from tests.threads import one_thread as one_thread

PRESETS = ("model/probe", "data/probe", "trainer/probe")
TINY: dict[str, Any] = {
    "N": 1,
    "d_model": 16,
    "data.builtin.train": 300,
    "data.builtin.dev": 20,
    "data.builtin.test": 20,
    "probe": "copy",
    "max_steps": 3,
    "val_check_interval": 3,
    "every_n_steps": 2,
    "log_every_n_steps": 1,
    "max_extra": 3,
}


@dataclass(frozen=True)
class Trained:
    """A finished training: the folder in which `prepared/` and `run/` are, and what `train` returned."""

    folder: Path
    record: repro.Record


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("interface")
    before = Path.cwd()
    os.chdir(folder)
    try:
        return Trained(folder, repro.train(*PRESETS, set=TINY, out="run"))
    finally:
        os.chdir(before)
