"""What is refused before torch is imported, the real parser refuses, too; what it takes, is let pass."""

import random
from pathlib import Path

import pytest

from repro.cli.fit_check import check_fit_arguments
from repro.errors import BadInput
from repro.presets import preset_names
from repro.training.configuration import TrainingConfiguration
from repro.training.configuration_checks import check_training
from tests.cli.conftest import TINY
from tests.representatives import others_slow

OWN = ["--data.corpus", "mine", "--data.languages", "[en, de]"]

WRONG = [
    ["--modle", "x"],
    ["--modle=x"],
    ["--data.vocab_size", "3"],
    ["--data.vocabulary.sizes", "3"],
    ["--data.tokens.more", "3"],
    ["--data.builtin.probes", "copy"],
    ["--trainer.max_stepz", "3"],
    ["--checkpoints.every", "3"],
    ["--observe.goals", "3"],
    ["--decoding.bean", "3"],
    ["--wandb.projects", "a"],
    ["--model.network.init_args.hh", "3"],
    ["--model.warmups", "3"],
    ["--batch_size", "64"],
    ["--trainer.max_steps", "abc"],
    ["--trainer.max_epochs", "many"],
    ["--trainer.max_epochs", "3"],
    ["--trainer.limit_train_batches", "2"],
    ["--trainer.overfit_batches", "1"],
    ["--trainer.fast_dev_run", "true"],
    ["--trainer.gradient_clip_algorithm", "value"],
    ["--trainer.precision", "16"],
    ["--config", "{trainer: {callbacks: [{class_path: pytorch_lightning.callbacks.Timer}]}}"],
    ["--checkpoint", "old.ckpt"],
    ["--initial.weights", "gone.ckpt"],
    ["--initial.weight", "help"],
    ["--data.vocabulary.file", "gone.model"],
    ["--model.network.init_args.h", "null"],
    ["--model.network.init_args.d_model", "1000000000000"],
    ["--trainer.val_check_interval", "0"],
    ["--trainer.accumulate_grad_batches", "0"],
    ["--threads=two"],
    ["--model.eps_ls", "small"],
    ["--model.compile", "maybe"],
    ["--trainer.inference_mode", "perhaps"],
    ["--data.jobs", "all"],
    ["--data.vocabulary.kind", "letters"],
    ["--data.vocabulary.size", "big"],
    ["--wandb.mode", "of"],
    ["--seed_everything", "none-at-all"],
    ["--seed_everything"],
    ["--trainer.max_steps"],
    ["--out", "--threads", "1"],
    ["--config"],
    ["--config", "model/tny"],
    ["--config=nowhere/at-all.yaml"],
    ["--config", "{trainer: {max_stepz: 3}}"],
    ["--config", "{trainer: {max_steps: many}}"],
    ["--config", "{traner: {max_steps: 3}}"],
    ["--config", "{trainer: [}"],
    ["--data.languages", "[en, no]"],
    ["stray"],
    ["--threads", "1", "2"],
    ["--threads", "-3"],
    ["--trainer.max_steps", "0"],
    ["--trainer.max_steps", "-1"],
    ["--data.tokens", "0"],
    ["--decoding.beam", "0"],
    ["--model.eps_ls", "1"],
    ["--checkpoints.every_minutes", "0"],
    ["--model.peak_learning_rate", "0"],
    [*OWN, "--data.train", "[gone.tsv]"],
    [*OWN, "--data.train", "[there.tsv]", "--data.dev", "[gone.en,gone.de]"],
    [*OWN, "--data.train", "[there.tsv]"],
    [*OWN, "--data.train", "[there.tsv]", "--data.dev", "[there.tsv]"],
    [
        *(*OWN, "--data.train", "[there.tsv]", "--data.dev", "[there.tsv]"),
        *("--decoding.splits", "[dev]", "--decoding.unaveraged", "[dve]"),
    ],
    ["--data.corpus", "help", "--data.languages", "[en, de]", "--data.train", "[there.tsv]"],
    ["--data.corpus", "mine", "--data.train", "[there.tsv]"],
]
"""Each is refused whatever right options stand beside it."""

RIGHT = [
    ["--threads", "1"],
    ["--threads=3"],
    ["--trainer.max_steps", "7"],
    ["--trainer.max_time", "00:00:01:00"],
    ["--trainer.devices", "auto"],
    ["--trainer.logger", "false"],
    ["--trainer.max_epochs", "-1"],
    ["--trainer.gradient_clip_algorithm", "norm"],
    ["--trainer.deterministic", "warn"],
    ["--trainer.gradient_clip_val", "1.5"],
    ["--trainer.precision", "bf16-mixed"],
    ["--data.tokens", "2048"],
    ["--data.vocabulary.size", "300"],
    ["--data.vocabulary", "{kind: words, size: 90}"],
    ["--data.builtin", "{probe: copy, train: 40}"],
    ["--data.jobs", "null"],
    ["--data.root", "else where"],
    ["--decoding.splits", "[test, dev]"],
    ["--decoding.splits+", "dev"],
    ["--decoding.alpha", "-0.5"],
    ["--checkpoints.milestone_minutes", "[1, 2]"],
    ["--checkpoints.every_minutes", "1.5"],
    ["--model.network.init_args.N", "2"],
    ["--model.network.init_args.scale", "none"],
    ["--model.network.init_args.d_k", "null"],
    ["--model.peak_learning_rate", "1e-3"],
    ["--model.compile", "true"],
    ["--observe.goal", "3"],
    ["--config", "model/recurrent-tiny"],
    ["--config", "trainer/short"],
    ["--config", "{trainer: {max_steps: 9}, threads: 1}"],
    ["-c", "data/probe"],
    ["--out", "runs/x"],
    ["--seed_everything", "5"],
    ["--wandb.mode", "disabled"],
    [*OWN, "--data.train", "[there.tsv]", "--data.dev", "[there.tsv]", "--data.test", "['there.en,there.de']"],
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with some text in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.tsv").write_text("a\tb\n")
    for language in ("en", "de"):
        (tmp_path / f"there.{language}").write_text("a\n")
    return tmp_path


def quickly(arguments: list[str]) -> str | None:
    """The sentence of the quick refusal, if there is one."""
    try:
        check_fit_arguments(arguments)
    except BadInput as error:
        return str(error)
    return None


def really(arguments: list[str]) -> str | None:
    """Likewise of the real parser and the look at the whole configuration."""
    try:
        check_training(TrainingConfiguration(arguments).plain_config())
    except BadInput as error:
        return str(error)
    return None


@pytest.mark.parametrize("wrong", WRONG, ids=" ".join)
def test_what_is_wrong_is_refused_quickly(wrong: list[str]) -> None:
    assert quickly([*TINY, *wrong]) is not None


# By default every fourth; most of the others are in test_bad_input.py with the sentence that refuses them.
@pytest.mark.parametrize("wrong", others_slow(WRONG, range(0, len(WRONG), 4), map(" ".join, WRONG)))
def test_what_is_refused_quickly_is_wrong(wrong: list[str]) -> None:
    assert really([*TINY, *wrong]) is not None


@pytest.mark.parametrize("right", RIGHT, ids=" ".join)
def test_what_is_right_is_let_pass(right: list[str]) -> None:
    assert quickly([*TINY, *right]) is None


@pytest.mark.parametrize("first", range(5))
def test_what_is_let_pass_is_right(first: int) -> None:
    """Many options in one line, each of which would be refused beside the others, too."""
    together = [word for right in RIGHT[first::5] for word in right]
    assert really([*TINY, *together]) is None


@pytest.mark.slow
@pytest.mark.parametrize("right", RIGHT, ids=" ".join)
def test_what_is_let_pass_is_right_alone(right: list[str]) -> None:
    assert really([*TINY, *right]) is None


def test_mixed_command_lines_are_refused_only_where_the_real_parser_refuses() -> None:
    """A random walk through options, right and wrong, in any order: none is refused that would have been taken."""
    drawn = random.Random(1)
    presets = [["--config", name] for name in preset_names()]
    refused = 0
    for _ in range(40):
        parts = [*drawn.sample(RIGHT, 3), *drawn.sample(presets, 2), *drawn.sample(WRONG, drawn.randint(0, 1))]
        drawn.shuffle(parts)
        arguments = [word for part in [TINY, *parts] for word in part]
        if quickly(arguments) is not None:
            refused += 1
            assert really(arguments) is not None, arguments
    assert 5 < refused < 35


def test_a_network_of_one_s_own_and_what_only_the_parser_can_tell_are_let_pass() -> None:
    for arguments in (
        ["--config", "{model: {network: {class_path: my.Network, init_args: {width: 3}}}}"],
        ["--model.network", "my.Network", "--model.network.init_args.width", "3"],
        ["--model.network.width", "3"],
        ["--trainer.logger.init_args.save_dir", "x"],
        ["--data.sha256.there", "x"],
        ["--trainer", "mine.yaml"],
        ["--modle", "x", "--print_config"],
        ["--", "stray"],
    ):
        assert quickly(["--config", "trainer/builtin", *arguments]) is None, arguments


def test_a_training_without_an_end_is_refused_unless_it_is_there(folder: Path) -> None:
    arguments = ["--config", "model/tiny", "--config", "data/builtin"]
    assert "training would never end" in str(quickly(arguments))
    assert "training would never end" in str(really(arguments))
    (folder / "runs" / "fit").mkdir(parents=True)
    assert quickly(arguments) is None


def test_what_is_done_needs_its_files_no_more(folder: Path) -> None:
    arguments = [*TINY, *OWN, "--data.train", "[gone.tsv]", "--out", "run"]
    assert "gone.tsv does not exist" in str(quickly(arguments))
    (folder / "run").mkdir()
    (folder / "run" / "cell.json").write_text("{}")
    assert quickly(arguments) is None


def test_without_a_model_one_is_asked_for() -> None:
    assert "model.network is missing; choose one" in str(quickly(["--threads", "1"]))
    assert "model.network is missing; choose one" in str(really(["--threads", "1"]))
