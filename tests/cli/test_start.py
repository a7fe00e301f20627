"""Help comes at once: it loads nothing heavy, and says how to begin."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "pytorch_lightning", "numpy", "scipy", "sentencepiece")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["score", "--help"], ["translate", "--help"], ["prepare", "--list"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = f"""
import sys
from repro.cli.main import main
try:
    status = main({arguments!r})
except SystemExit as end:
    status = end.code
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
sys.exit(status)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
    assert done.stdout


def test_help_names_every_command_and_an_example(repro) -> None:
    said = repro("--help")
    assert said.status == 0
    for command in ("suite", "fit", "validate", "test", "predict", "prepare", "translate", "score", "check", "upload"):
        assert f"\n    {command} " in said.out
    assert "repro fit --config model/tiny" in said.out


def test_list_shows_each_preset_in_a_line(repro) -> None:
    said = repro("prepare", "--list")
    assert said.status == 0
    names = [line.split()[0] for line in said.out.rstrip("\n").split("\n")]
    assert {"builtin", "multi30k", "help", "wmt14-en-de", "multi30k-anchor"} <= set(names)


def test_the_whole_listing_of_fit_is_lightnings(repro) -> None:
    said = repro("fit", "--help", "all")
    assert said.status == 0
    for option in ("--config", "--trainer.max_steps", "--data.tokens", "--decoding.beam", "--out"):
        assert option in said.out


@pytest.mark.parametrize("command", ["validate", "test", "predict"])
def test_help_of_the_others_needs_no_checkpoint(repro, command: str) -> None:
    said = repro(command, "--help")
    assert said.status == 0
    assert "--checkpoint" in said.out
