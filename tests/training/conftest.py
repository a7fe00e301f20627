"""What training tests share."""

import pytest
import torch

from tests.threads import one_thread as one_thread


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """Holds the prepared data of all runs, and undisturbed runs by the name of their configuration."""
    torch.set_num_threads(1)
    return tmp_path_factory.mktemp("runs")
