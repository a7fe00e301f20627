"""The options of `repro fit` as their source tells them are those that the real parser takes."""

import subprocess
import sys

import pytest

from repro.cli.fit_options import GENERAL, GROUPS, LINKED, NETWORK, NETWORKS, all_options, network_options, options_of
from repro.presets import preset_names, preset_path, read_yaml
from repro.training.configuration import TrainingConfiguration

MODEL = ["--config", "model/tiny"]


@pytest.fixture(scope="module")
def parsed() -> TrainingConfiguration:
    return TrainingConfiguration([*MODEL, "--config", "data/builtin", "--config", "trainer/builtin"])


def test_the_keys_are_those_of_the_parser(parsed: TrainingConfiguration) -> None:
    theirs = {key for key in parsed._keys() if ".help" not in key and key not in ("help", "print_shtab")}
    ours = set(all_options()) | set(GROUPS) | set(LINKED)
    assert ours == theirs


def test_a_preset_s_arguments_are_those_of_its_network() -> None:
    for name in preset_names():
        network = read_yaml(preset_path(name)).get("model", {}).get("network", {})
        if "class_path" in network:
            taken = {option.key.removeprefix(f"{NETWORK}.") for option in network_options(network["class_path"])}
            assert network["init_args"].keys() <= taken, name


def test_defaults_are_the_parser_s(parsed: TrainingConfiguration) -> None:
    by_key = {action.dest: action.default for action in parsed.parser._actions}
    compared = 0
    for option in all_options().values():
        if option.default and not option.key.startswith("trainer.") and option.key in by_key:
            assert repr(by_key[option.key]) == option.default, option.key
            compared += 1
    assert compared > 30


def test_every_option_is_explained() -> None:
    options = [*all_options().values(), *(option for path in NETWORKS for option in network_options(path))]
    assert [option.key for option in options if not option.help] == []
    assert {option.key for option in GENERAL} <= all_options().keys()
    assert all(option.key.startswith(f"{group}.") for group in GROUPS for option in options_of(group))


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "--help"],
        ["fit", "--help", "trainer"],
        ["fit", "--modle", "x"],
        ["fit", *MODEL, "--data.corpus", "x", "--data.train", "[gone.tsv]", "--data.languages", "[en, de]"],
    ],
)
def test_refusals_and_help_import_nothing_heavy(arguments: list[str]) -> None:
    script = f"from repro.cli.main import main; import sys; main({arguments!r}); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n").split("\n")[-1] == "False"
