"""Every shipped preset goes through the real parser, states every key, and names one cell however read."""

import itertools
from functools import cache
from typing import Any

import pytest

from repro.cli.fit_check import check_fit_arguments
from repro.data.vocabulary import VocabularySettings
from repro.ledger.grids.cell import Cell, identity, merge
from repro.presets import preset_names, preset_path, read_yaml
from repro.training.configuration import TrainingConfiguration

NAMES = preset_names()
BY_KIND = {kind: [name for name in NAMES if name.startswith(f"{kind}/")] for kind in ("model", "data", "trainer")}
WHOLE = [name for name in NAMES if "/" not in name]
"""Presets that are a whole experiment by themselves."""

DECIDED_ELSEWHERE = {"out", "checkpoint", "initial.weights", "initial.sha256", "model.seed", "data.seed"}
"""Keys that no preset has: where a run goes, what it starts from, and links to seed_everything."""


@cache  # a third of a second each; nobody changes what it returns
def parsed(*names: str) -> dict[str, Any]:
    arguments = [argument for name in names for argument in ("--config", name)]
    return TrainingConfiguration(arguments).plain_config()


ONE_MODEL, ONE_CORPUS, ONE_TRAINER = "model/base", "data/builtin", "trainer/builtin"
PAIRS = zip(BY_KIND["model"], itertools.cycle(BY_KIND["data"]), strict=False)
USUAL = [
    *((model, corpus, ONE_TRAINER) for model, corpus in PAIRS),
    *((ONE_MODEL, ONE_CORPUS, trainer) for trainer in BY_KIND["trainer"] if trainer != ONE_TRAINER),
]
"""Each preset of the three kinds at least once; those of models and data beside a trainer that changes neither."""


def parsed_with_others(name: str) -> dict[str, Any]:
    """Parsed, beside those of the other kinds where it is no whole experiment."""
    return parsed(name) if name in WHOLE else parsed(*next(names for names in USUAL if name in names))


def merged(*names: str) -> dict[str, Any]:
    return merge(*(read_yaml(preset_path(name)) for name in names))


def keys(config: Any, prefix: str = "") -> set[str]:
    """The dotted names of all values; an empty mapping is a value."""
    if not isinstance(config, dict) or not config:
        return {prefix}
    return {name for key, value in config.items() for name in keys(value, f"{prefix}.{key}" if prefix else key)}


def test_there_are_presets_of_each_kind():
    assert {"model/tiny", "model/small", "model/base", "model/big"} <= set(BY_KIND["model"])
    assert {"data/multi30k", "data/builtin", "data/help", "data/wmt14-en-de"} <= set(BY_KIND["data"])
    assert len(BY_KIND["trainer"]) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_command_line_takes_it_and_changes_no_value(name):
    """What is parsed agrees with what is written, types included: a 1 where 1.0 is meant is another cell."""
    config, written = parsed_with_others(name), read_yaml(preset_path(name))
    for key in keys(written):
        ours, theirs = config, written
        for part in key.split("."):
            ours, theirs = ours[part], theirs[part]
        assert (ours, type(ours)) == (theirs, type(theirs)), key


@pytest.mark.parametrize("name", NAMES)
def test_it_states_every_key_that_decides(name):
    """So that a later change of a default changes no published configuration."""
    kind = name.split("/")[0]
    full = identity(parsed_with_others(name))
    sections = {"model": {"model"}, "data": {"data"}}.get(kind, full.keys() - {"model", "data"})
    if name in WHOLE:
        sections = set(full)
    expected = {key for section in sections for key in keys(full[section], section)} - DECIDED_ELSEWHERE
    missing = expected - keys(read_yaml(preset_path(name)))
    # A mapping written as null says that all below it is as by default.
    written = read_yaml(preset_path(name))
    assert not {key for key in missing if not _null_above(written, key)}


def _null_above(config: Any, key: str) -> bool:
    for part in key.split("."):
        if config is None:
            return True
        if not isinstance(config, dict) or part not in config:
            return False
        config = config[part]
    return config is None


# The whole product takes minutes.
@pytest.mark.parametrize(
    "names",
    [pytest.param(it, marks=[] if it in USUAL else pytest.mark.slow) for it in itertools.product(*BY_KIND.values())],
    ids="+".join,
)
def test_parser_and_plain_merging_agree_on_the_cell(names):
    """Grids merge presets without the parser, which costs seconds to import."""
    by_parser, by_merging = parsed(*names), merged(*names)
    assert identity(by_parser) == identity(by_merging)
    assert Cell("m:f", by_parser).id == Cell("m:f", by_merging).id


def commands_of(name: str) -> list[list[str]]:
    """What stands behind `repro fit` in the head of a preset."""
    lines = [line for line in preset_path(name).read_text().split("\n") if line.startswith("#") and "Command:" in line]
    return [line.partition("repro fit")[2].split() for line in lines if "repro fit" in line]


@pytest.mark.parametrize("name", NAMES)
def test_its_head_says_what_it_is_and_how_to_run_it(name):
    head = [line for line in preset_path(name).read_text().split("\n") if line.startswith("#")]
    assert head[0].startswith("# ")
    if name.startswith("model/") or name in WHOLE:
        for word in ("Reproduces:", "Scores:", "Costs:", "Command:"):
            assert any(word in line for line in head), word
    for arguments in commands_of(name):
        check_fit_arguments(arguments)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if commands_of(name)])
def test_the_real_parser_takes_the_command_of_its_head(name):
    for arguments in commands_of(name):
        TrainingConfiguration(arguments)


def test_presets_are_found_by_name_file_and_both_spellings():
    config = parsed("model/tiny", "trainer/builtin")
    assert (
        TrainingConfiguration(
            ["--config=model/tiny", "--config", "lightning_configs/trainer/builtin.yaml"]
        ).plain_config()
        == config
    )


def test_later_ones_override_earlier_ones_and_options_both():
    arguments = ["--config", "model/tiny", "--config", "model/base", "--model.network.init_args.h", "16"]
    network = TrainingConfiguration(arguments).plain_config()["model"]["network"]["init_args"]
    assert (network["d_model"], network["h"]) == (512, 16)


def test_a_plain_configuration_parses_to_itself():
    config = parsed("model/tiny", "data/builtin", "trainer/builtin")
    assert TrainingConfiguration(config).plain_config() == config


@pytest.mark.parametrize("name", [name for name in (*BY_KIND["data"], *WHOLE) if "wmt14" not in name])
def test_prepare_makes_the_store_that_fit_looks_for(name):
    """What `repro prepare` assumes of files of one's own is what presets say that one could begin with."""
    vocabulary = VocabularySettings(**read_yaml(preset_path(name))["data"]["vocabulary"])
    assert vocabulary == VocabularySettings(kind=vocabulary.kind, size=vocabulary.size)
