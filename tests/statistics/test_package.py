"""What the package publishes."""

import subprocess
import sys

import pytest

import repro.statistics


@pytest.mark.parametrize("name", repro.statistics.__all__)
def test_what_is_published_is_there(name: str) -> None:
    assert getattr(repro.statistics, name) is not None


def test_what_is_not_published_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'median'"):
        _ = repro.statistics.median


def test_the_bootstrap_does_not_wait_for_scipy() -> None:
    script = "import sys, repro.statistics.bootstrap; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
