"""What the tests share: quiet surroundings, and the folder of real corpora where there is one."""

import os
from pathlib import Path

import pytest

os.environ["WANDB_MODE"] = "disabled"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real corpora that the environment variable REPRO_DATA names."""
    folder = os.environ.get("REPRO_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("REPRO_DATA names no folder of corpora")
    return Path(folder)
