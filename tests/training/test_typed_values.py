"""What is typed behind an option is what the same words are in a file."""

import pytest

from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.training.configuration import TrainingConfiguration
from tests.representatives import others_slow

BASE = ["--config", "model/probe", "--config", "data/probe", "--config", "trainer/probe"]


def config_of(*options):
    return TrainingConfiguration([*BASE, *options]).plain_config()


def cell_of(config):
    return Cell("m:f", config).id


@pytest.mark.parametrize(
    ("key", "value"),
    others_slow(
        [
            ("trainer.devices", "1"),
            ("trainer.devices", "[0, 1]"),
            ("trainer.precision", "32"),
            ("trainer.gradient_clip_val", "1"),
            ("trainer.max_time", "00:01:00:00"),
            ("trainer.max_time", "'12:00:00:00'"),
            ("model.peak_learning_rate", "1e-3"),
            ("model.network.init_args.P_drop", "1e-1"),
            ("model.network.init_args.scale", "none"),
            ("data.languages", "[en, 'no']"),
            ("threads", "1"),
            ("observe.inspect", "false"),
            ("observe.goal", "1e2"),
            ("seed_everything", "7"),
            ("decoding.alpha", "1"),
        ],
        [1, 6, 9],
    ),
)
def test_an_option_and_a_file_make_the_same_cell(tmp_path, key, value):
    *above, last = key.split(".")
    text = "".join("  " * depth + f"{part}:\n" for depth, part in enumerate(above))
    (tmp_path / "mine.yaml").write_text(f"{text}{'  ' * len(above)}{last}: {value}\n")
    typed = value.strip("'") if value.startswith("'") else value
    in_file = config_of("--config", str(tmp_path / "mine.yaml"))
    for options in ([f"--{key}", typed], [f"--{key}={typed}"]):
        by_option = config_of(*options)
        assert by_option == in_file
        assert cell_of(by_option) == cell_of(in_file)


def test_a_number_of_devices_is_the_presets():
    assert cell_of(config_of("--trainer.devices", "1")) == cell_of(config_of())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--data.languages", "[en, no]"], "--data.languages: no may be read as false; put no in quotes"),
        (["--data.languages=[en, no]"], "--data.languages: no may be read as false; put no in quotes"),
        (["--data", "{languages: [en, on]}"], "--data: on may be read as true"),
        (["--config", "{trainer: {max_time: 12:00:00:00}}"], "--config: 12:00:00:00 may be read as"),
        (["--observe.inspect", "no"], "observe.inspect is 'no'; it must be true or false"),
        (["--threads", "1:30"], "threads is '1:30'; it must be a whole number"),
        (["--trainer.max_steps", "010"], "--trainer.max_steps: 010 may be read as octal"),
        (["--model.warmup=010"], "--model.warmup: 010 may be read as octal"),
        (["--trainer.devices", "01"], "trainer.devices: 01 may be read as octal; write it without a leading 0"),
        (["--trainer.devices=1_0"], "trainer.devices: 1_0 may be read as a number; write 10"),
        (["--seed_everything", "true"], "seed_everything is 'True'; it must be a whole number"),
        (["--seed_everything", "1.5"], "seed_everything is '1.5'; it must be a whole number"),
        (["--config", "{a: " + "[" * 20_000], "nested lists and mappings"),
    ],
)
def test_what_looks_like_something_else_is_refused(options, said):
    with pytest.raises(BadInput) as told:
        config_of(*options)
    assert said in str(told.value)


@pytest.mark.parametrize("word", others_slow(["no", "2020-01-01", "010", "1_000", "a:"], [0, 2]))
def test_a_word_alone_is_text_where_text_is_wanted(word):
    assert config_of("--out", word)["out"] == word


def test_a_home_folder_is_meant_behind_an_equals_sign(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    config = config_of("--out=~/run", "--data.root=~/data", "--checkpoint=~/best.ckpt")
    found = config["out"], config["data"]["root"], config["checkpoint"]
    assert found == ("/home/me/run", "/home/me/data", "/home/me/best.ckpt")


def test_no_in_a_file_names_the_file_and_the_line(tmp_path):
    (tmp_path / "mine.yaml").write_text("data:\n  languages: [en, no]\n")
    with pytest.raises(BadInput, match=r"mine\.yaml, line 2: no may be read as false; put no in quotes"):
        config_of("--config", str(tmp_path / "mine.yaml"))
