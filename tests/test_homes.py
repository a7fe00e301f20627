"""Home folders that are not there, `~` in every path, and names that lie in the way."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

import ablations.cli
import reports.cli
import repro.cli.main
from repro.data.corpora import corpus_from_files, default_cache, find_corpus
from repro.data.text import LineAligned, Tsv
from repro.errors import BadInput
from repro.paths import expanded
from repro.presets import preset_names, preset_path
from repro.training.observe.wandb_logger import offline_parts
from tests.representatives import others_slow

NOBODY = 54321
"""A user id without an entry in passwd."""


def path_options() -> list[argparse.Action]:
    """All options and arguments of all commands that take a path."""
    parsers = []
    for _, commands in (repro.cli.main._parser(), ablations.cli._parser(["list"]), reports.cli._parser()):
        parsers += commands.values()
    actions = [action for parser in parsers for action in parser._actions]
    return [action for action in actions if action.type in (Path, expanded)]


def test_every_path_option_expands_a_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    options = path_options()
    assert len(options) > 20
    for action in options:
        assert action.type is expanded, action.option_strings or action.dest
    assert expanded("~/run") == Path("/home/me/run")
    assert expanded("a~b") == Path("a~b")


def test_presets_and_grids_are_found_in_a_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from repro.ledger.grids.grid_content import grid_path

    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("mine.yaml", "grid.yaml"):
        (tmp_path / name).write_text("a: 1\n")
    assert preset_path("~/mine.yaml") == tmp_path / "mine.yaml"
    assert grid_path("~/grid.yaml") == tmp_path / "grid.yaml"


def without_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(self: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "expanduser", lambda self: unknown(self) if str(self).startswith("~") else self)
    monkeypatch.setattr(Path, "home", lambda: unknown(Path()))


def test_without_a_home_folder_files_at_hand_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_home(monkeypatch)
    folder = tmp_path / "multi30k"
    folder.mkdir()
    for stem in ("train", "val", "test_2016_flickr"):
        for language in ("en", "de"):
            (folder / f"{stem}.{language}").write_text("a\n")
    assert find_corpus("multi30k", folder=tmp_path).name == "multi30k"
    with pytest.raises(BadInput, match="set XDG_CACHE_HOME or HOME"):
        default_cache()
    with pytest.raises(BadInput, match="set XDG_CACHE_HOME or HOME"):
        find_corpus("help", folder=tmp_path)
    with pytest.raises(BadInput, match=r"~/x begins with an unknown home folder"):
        expanded("~/x")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may write to, which pytest's own are not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="takes another user")
@pytest.mark.parametrize(("command", "home"), others_slow(product(["prepare", "fit"], [None, "/nowhere"]), [0]))
def test_commands_of_a_user_without_passwd_entry(open_folder: Path, command: str, home: str | None) -> None:
    own = {"TMPDIR": str(open_folder)}
    unset = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "WANDB_MODE")
    environment = {key: value for key, value in os.environ.items() if key not in unset} | own
    if home is not None:
        environment["HOME"] = home
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    presets = ["--config", "model/probe", "--config", "data/probe", "--config", "trainer/probe"]
    sizes = ["--data.builtin.train", "100", "--data.builtin.dev", "10", "--data.builtin.test", "10"]
    short = ["--trainer.max_steps", "2", "--trainer.val_check_interval", "2", "--threads", "1"]
    options = {
        "prepare": ["mine", "--languages", "en,de", "--train", "mine.tsv", "--vocabulary-size", "290"],
        "fit": [*presets, *sizes, *short, "--out", "run", "--wandb.mode", "offline"],
    }
    (open_folder / "mine.tsv").write_text("the dog sees a cat\tder Hund sieht eine Katze\n" * 50)
    done = subprocess.run(
        [*user, sys.executable, "-m", "repro", command, *options[command]],
        cwd=open_folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stderr.lower()
    for word in ("traceback", "mkdir", "server:", "w&b failed", "writable"):
        assert word not in said, done.stderr
    assert command == "prepare" or list(open_folder.glob("run/attempt-1/wandb/offline-run-*"))


@pytest.mark.parametrize("way", [["-m", "repro"], ["-c", "from repro.cli.main import main; raise SystemExit(main())"]])
def test_a_folder_named_as_the_presets_does_not_hide_them(tmp_path: Path, way: list[str]) -> None:
    (tmp_path / "lightning_configs").mkdir()
    (tmp_path / "lightning_configs" / "mine.yaml").write_text("a: 1\n")
    done = subprocess.run(
        [sys.executable, *way, "prepare", "--list"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f".:{os.environ.get('PYTHONPATH', '')}".rstrip(":")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "multi30k" in done.stdout
    assert "mine" not in [line.split()[0] for line in done.stdout.split("\n") if line]
    assert {"model/probe", "data/probe"} <= set(preset_names())


def test_a_path_may_hold_commas(tmp_path: Path) -> None:
    folder = tmp_path / "a, b"
    folder.mkdir()
    for name in ("train.tsv", "train.en", "train,1.de"):
        (folder / name).write_text("a\tb\n")
    single = corpus_from_files("mine", ["en", "de"], [f"{folder}/train.tsv"])
    assert single.splits["train"] == (Tsv(folder / "train.tsv"),)
    for entry in (f"{folder}/train.en,{folder}/train,1.de", f"{folder}/train.en, {folder}/train,1.de"):
        pair = corpus_from_files("mine", ["en", "de"], [entry])
        assert pair.splits["train"] == (LineAligned(folder / "train.en", folder / "train,1.de", ("en", "de")),)
    with pytest.raises(BadInput, match="a comma separates two files"):
        corpus_from_files("mine", ["en", "de"], [f"{folder}/gone.tsv"])


@pytest.mark.parametrize("languages", [["zh_CN", "en"], ["en", " de"]])
def test_what_a_language_code_may_be_made_of_is_said(languages: list[str]) -> None:
    with pytest.raises(BadInput, match="in letters and -, such as"):
        corpus_from_files("mine", languages, ["a,b"])


def test_upload_follows_links_as_the_report_does(tmp_path: Path) -> None:
    part = tmp_path / "scratch" / "run" / "attempt-1" / "wandb" / "offline-run-20260101_000000-abc"
    part.mkdir(parents=True)
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "run").symlink_to(tmp_path / "scratch" / "run")
    (runs / "again").symlink_to(tmp_path / "scratch" / "run")
    (runs / "circle").symlink_to(runs)
    (found,) = offline_parts(runs)
    assert found.resolve() == part
