"""The example of a function of one's own: it is right, its grid runs, and the page on ablations explains both."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from ablations.cli import main
from repro.called_function import beside

EXAMPLE = Path(__file__).parents[2] / "examples" / "own-function"
GRID = EXAMPLE / "softmax-gradient.yaml"


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    """The module is not there yet, and not any more."""
    beside.cache_clear()
    yield
    beside.cache_clear()
    sys.modules.pop("softmax_gradient", None)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets Python find the example's module, as PYTHONPATH does."""
    monkeypatch.syspath_prepend(str(EXAMPLE))


def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("softmax_gradient", EXAMPLE / "softmax_gradient.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_the_norms_are_those_of_the_jacobian_itself() -> None:
    scores = np.random.default_rng(0).standard_normal((3, 5))
    step = 1e-6

    def softmax(x: np.ndarray) -> np.ndarray:
        return np.exp(x) / np.exp(x).sum()

    norms = [
        np.linalg.norm([(softmax(x + step * unit) - softmax(x - step * unit)) / (2 * step) for unit in np.eye(5)])
        for x in scores
    ]
    weights = np.array([softmax(x) for x in scores])
    assert module().jacobian_norms(weights) == pytest.approx(norms, rel=1e-6)
    assert module().jacobian_norms(np.eye(3)) == pytest.approx(0)


@pytest.mark.usefixtures("found")
def test_the_grid_runs_and_shows_what_the_paper_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(GRID), "--jobs", "2", "--out", str(tmp_path)]) == 0
    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.split("\n") if line.strip()}
    for d_k in (64, 256):
        assert rows[f"d_k={d_k}+without"][1] == "5/5"
        assert "worse" in rows[f"d_k={d_k}+without"]


def test_without_the_module_one_sentence_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(GRID), "--out", str(tmp_path / "runs")]) == 2
    assert "function 'softmax_gradient:measure' cannot be called (No module named" in capsys.readouterr().err


@pytest.mark.usefixtures("found")
def test_a_metric_without_a_declaration_needs_its_direction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = yaml.safe_load(GRID.read_text())
    del content["better"]
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content))
    assert main(["plan", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "runs")]) == 2
    assert "better is missing; say whether higher or lower vanished is better" in capsys.readouterr().err
