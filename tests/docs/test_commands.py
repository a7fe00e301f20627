"""Each command that the documents show is one that the programs take."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import pytest

from ablations import cli as ablate
from reports import cli as report
from repro.cli import main as repro
from repro.cli.fit_help import show_help
from repro.cli.own_preset import own_settings, write_own_preset
from repro.training.configuration import TrainingConfiguration
from tests.docs.pages import PAGES, README, commands, project_path

PRESETS = ["--config", "model/tiny", "--config", "data/builtin", "--config", "trainer/builtin"]
"""For a command whose configuration comes from a checkpoint, or is left out to show one option."""

COMMANDS = [
    pytest.param(words, id=f"{project_path(page)}: {' '.join(words)[:80]}")
    for page in PAGES
    for words in commands(page)
]


def parsers(words: list[str]) -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser of a program, and those of its commands."""
    return {"repro": repro._parser, "report": report._parser, "ablate": lambda: ablate._parser(words[1:])}[words[0]]()


@pytest.fixture
def own_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder in which the documents' `repro prepare mine` has been typed."""
    monkeypatch.chdir(tmp_path)
    write_own_preset({**own_settings({"train": ["train.en,train.de"], "dev": ["dev.tsv"]}), "corpus": "mine"}, tmp_path)


@pytest.mark.usefixtures("own_preset")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_shown_command_is_taken(words: list[str]) -> None:
    parser, known = parsers(words)
    command, *options = words[1:]
    if command.startswith("-"):
        assert command in parser._option_string_actions
        return
    assert command in known
    if not options:  # its name alone, in a sentence
        return
    if words[0] == "repro" and command in repro.LIGHTNING_COMMANDS and "--help" in options:
        assert show_help(command, options) == 0
    elif words[0] == "repro" and command in repro.LIGHTNING_COMMANDS:
        TrainingConfiguration([*([] if "--config" in options else PRESETS), *options])
    elif "--help" in options:
        assert options == ["--help"]
    else:
        parser.parse_args(words[1:])


def test_the_front_page_shows_commands_of_all_programs() -> None:
    assert {words[0] for words in commands(README)} == {"repro", "ablate", "report"}
