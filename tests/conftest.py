"""What the tests share: quiet surroundings, and the folder of real corpora where there is one."""

import gc
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import browser

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As for a job in the background of a shell: Ctrl-C could not be tested.
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["WANDB_MODE"] = "disabled"
if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the cores, and threads that wait for each other's cores take several times as long.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

gc.disable()  # until all tests are collected


def pytest_collection_finish() -> None:
    """What is loaded by now stays; to search it for garbage takes a third of a second each time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _own_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A lock of the tests' own, so that they need not wait for runs that have this machine, and a temporary folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRO_LOCKS", str(tmp_path_factory.mktemp("locks")))
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("tmp")))
        patch.setattr(tempfile, "tempdir", None)
        yield


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real corpora that the environment variable REPRO_DATA names."""
    folder = os.environ.get("REPRO_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("REPRO_DATA names no folder of corpora")
    return Path(folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for the tests of one module."""
    with browser() as driver:
        yield driver
