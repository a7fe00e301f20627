"""`repro fit --help` names every group, and shows each of them."""

import pytest

from repro.cli.fit_help import NETWORK_GROUP, OFTEN, WIDTH
from repro.cli.fit_options import GROUPS, NETWORK, all_options, network_options, options_of
from repro.presets import preset_names
from repro.training.trainer_options import UNUSABLE


def test_the_page_names_every_group_and_preset_and_how_to_see_the_rest(repro) -> None:
    said = repro("fit", "--help")
    assert said.status == 0
    lines = [line.split() for line in said.out.split("\n")]
    for name in (*GROUPS, NETWORK_GROUP):
        assert any(line[:1] == [name] and len(line) > 1 for line in lines), name
    assert all(name in said.out for name in preset_names())
    assert "--help GROUP" in said.out
    assert "--help all" in said.out
    assert len(lines) < 60


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_its_options_with_type_and_help(repro, group: str) -> None:
    said = repro("fit", "--help", group)
    assert said.status == 0
    for option in options_of(group):
        usable = group != "trainer" or option.key.removeprefix("trainer.") not in UNUSABLE
        assert (f"--{option.key} (" in said.out) is usable
        assert not usable or option.help.split()[0].strip("`") in said.out
    assert max(map(len, said.out.split("\n"))) <= WIDTH + 40


def test_networks_are_a_group_of_their_own(repro) -> None:
    said = repro("fit", "--help", "network").out
    assert f"--{NETWORK}.d_ff (int, 2048 if not given)" in said
    assert all(f"--{option.key} (" in said for option in network_options("repro.models.RecurrentSeq2Seq"))


def test_the_trainer_s_defaults_are_left_to_print_config(repro) -> None:
    """Those of Lightning's source are not the ones that hold here."""
    said = repro("fit", "--help", "trainer").out
    assert "if not given" not in said
    assert "Default:" not in said


def test_a_training_is_offered_no_checkpoint(repro) -> None:
    assert "\n  --checkpoint " not in repro("fit", "--help").out
    for command in ("validate", "test", "predict"):
        assert "\n  --checkpoint (str" in repro(command, "--help").out


def test_other_commands_have_the_page_and_an_unknown_group_is_refused(repro) -> None:
    assert repro("test", "--help").out.startswith("usage: repro test ")
    said = repro("fit", "--help", "decodin")
    assert (said.status, said.err) == (2, "repro: there is no group of options 'decodin'; did you mean decoding?\n")


def test_what_is_given_most_are_options() -> None:
    known = {*all_options(), *(option.key for option in network_options("repro.models.Transformer"))}
    assert {option.removeprefix("--") for option in OFTEN} <= known
