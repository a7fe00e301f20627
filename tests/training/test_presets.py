"""Every shipped preset goes through the real parser, states every key, and names one cell however read."""

import itertools
from typing import Any

import pytest

from repro.data.vocabulary import VocabularySettings
from repro.ledger.cell import Cell, identity, merge
from repro.presets import preset_names, preset_path, read_yaml
from repro.training.configuration import TrainingConfiguration

NAMES = preset_names()
BY_KIND = {kind: [name for name in NAMES if name.startswith(f"{kind}/")] for kind in ("model", "data", "trainer")}
WHOLE = [name for name in NAMES if "/" not in name]
"""Presets that are a whole experiment by themselves."""

DECIDED_ELSEWHERE = {"out", "checkpoint", "model.seed", "data.seed"}
"""Keys that no preset has: where a run goes, and links to seed_everything."""


def parsed(*names: str) -> dict[str, Any]:
    arguments = [argument for name in names for argument in ("--config", name)]
    return TrainingConfiguration(arguments).plain_config()


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
    arguments = ["--config", name]
    if name not in WHOLE and not name.startswith("model/"):
        arguments = ["--config", "model/tiny", *arguments]
    config, written = TrainingConfiguration(arguments).plain_config(), read_yaml(preset_path(name))
    for key in keys(written):
        ours, theirs = config, written
        for part in key.split("."):
            ours, theirs = ours[part], theirs[part]
        assert (ours, type(ours)) == (theirs, type(theirs)), key


@pytest.mark.parametrize("name", NAMES)
def test_it_states_every_key_that_decides(name):
    """So that a later change of a default changes no published configuration."""
    kind = name.split("/")[0]
    full = identity(parsed(name) if kind == "model" or name in WHOLE else parsed("model/tiny", name))
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


ONE_MODEL, ONE_CORPUS = "model/base", "data/builtin"


ONE_TRAINER = "trainer/builtin"


def _triples():
    """Two of the three usual, the third any; the whole product, which takes minutes, is slow."""
    for names in itertools.product(BY_KIND["model"], BY_KIND["data"], BY_KIND["trainer"]):
        usual = [name == one for name, one in zip(names, (ONE_MODEL, ONE_CORPUS, ONE_TRAINER), strict=True)]
        yield pytest.param(*names, marks=[] if sum(usual) >= 2 else pytest.mark.slow)


@pytest.mark.parametrize("names", [pytest.param(each.values, marks=each.marks) for each in _triples()], ids="+".join)
def test_parser_and_plain_merging_agree_on_the_cell(names):
    """Grids merge presets without the parser, which costs seconds to import."""
    by_parser, by_merging = parsed(*names), merged(*names)
    assert identity(by_parser) == identity(by_merging)
    assert Cell("m:f", by_parser).id == Cell("m:f", by_merging).id


@pytest.mark.parametrize("name", NAMES)
def test_its_head_says_what_it_is_and_how_to_run_it(name):
    head = [line for line in preset_path(name).read_text().split("\n") if line.startswith("#")]
    assert head[0].startswith("# ")
    if name.startswith("model/") or name in WHOLE:
        for word in ("Reproduces:", "Scores:", "Costs:", "Command:"):
            assert any(word in line for line in head), word
    for line in head:
        if "Command:" in line and "repro fit" in line:
            arguments = line.partition("repro fit")[2].split()
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
