"""What a training says at its start: nothing that its user could not change, and nothing that ends it.

And what its configuration refuses as a whole.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.training.configuration import TrainingConfiguration
from tests.representatives import others_slow

SHORT = [
    *("--config", "model/probe", "--config", "data/probe", "--config", "trainer/probe", "--trainer.max_steps", "2"),
    *("--trainer.val_check_interval", "2", "--data.builtin.train", "100", "--data.builtin.dev", "10"),
    *("--data.builtin.test", "10", "--threads", "1", "--out", "run", "--wandb.mode", "disabled"),
    *("--decoding.resamples", "0"),
]


@pytest.mark.parametrize("strict", others_slow([False, True], [0]))
def test_no_library_warns_and_warnings_as_errors_end_nothing(tmp_path: Path, strict: bool) -> None:
    environment = {**os.environ, **({"PYTHONWARNINGS": "error"} if strict else {})}
    done = subprocess.run(
        [sys.executable, "-m", "repro", "fit", *SHORT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "You have overridden" not in done.stderr
    if not strict:
        assert "site-packages" not in done.stderr, done.stderr


@pytest.mark.parametrize("key", ["trainer", "data", "initial", "checkpoints", "observe", "decoding", "wandb"])
def test_a_section_holds_keys_and_values(key: str) -> None:
    for value in (5, None):
        with pytest.raises(BadInput, match=f"{key} must hold keys and values; give some, or leave {key} out"):
            TrainingConfiguration([*SHORT, "--config", json.dumps({key: value})])


@pytest.mark.parametrize("key", ["initial", "checkpoints", "observe", "decoding", "wandb"])
def test_a_value_in_the_place_of_a_section_is_refused_with_one_of_its_keys(key: str) -> None:
    with pytest.raises(BadInput, match=rf"{key} is 'runs/a', but it holds keys and values; .* such as --{key}\.\w+"):
        TrainingConfiguration([*SHORT, f"--{key}", "runs/a"])
