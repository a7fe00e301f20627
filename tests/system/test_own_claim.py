"""The example of a claim of one's own, for real: its grid is run, and the claim is judged by what was measured."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "own-claim"
GRID, CLAIMS = EXAMPLE / "no-warmup.yaml", EXAMPLE / "xiong2020.yaml"

pytestmark = pytest.mark.slow


def command(module, *arguments, folder):
    environment = {**os.environ, "WANDB_MODE": "disabled", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_holds(tmp_path):
    command("ablations.cli", "run", GRID, folder=tmp_path)
    said = command("reports.cli", "build", "runs", "--claims", CLAIMS, "--grids", GRID, folder=tmp_path)
    assert "xiong2020-post-needs-warmup  holds at this scale" in said
    claims = json.loads((tmp_path / "report" / "claims.json").read_text())
    (claim,) = [each for each in claims if not each["shipped"]]
    assert claim["seeds"] == [1, 2, 3, 4, 5]
