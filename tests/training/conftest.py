"""What training tests share."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """One thread, which decides results to the last bit; as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Holds the prepared data of all runs of this file, and undisturbed runs by the name of their configuration."""
    torch.set_num_threads(1)
    return tmp_path_factory.mktemp("runs")
