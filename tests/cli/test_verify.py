"""`repro verify`: which record is meant, what is printed and written, and the exit status."""

import json
import shutil
from pathlib import Path

import pytest

from repro.cli.main import main
from repro.errors import BadInput
from repro.verification.verify import Wishes
from tests.verification.conftest import *  # noqa: F403 - the fixtures
from tests.verification.conftest import Publish


@pytest.fixture
def options(repository: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of the tests' own repository, records and cache."""
    monkeypatch.chdir(tmp_path)
    return ["--repository", str(repository[0]), "--from", "published", "--cache", "cache", "--json", "out.json"]


def test_a_record_is_found_by_path_directory_and_id(
    publish: Publish, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = publish()
    monkeypatch.setenv("SMALL_RECORD", str(path))
    cell = json.loads(path.read_text())["cell"]
    shutil.copy(path, "copy.json")
    for given in (str(path), str(path.parent.parent), cell[:8], "copy.json"):
        assert main(["verify", given, *options]) == 0
        printed = capsys.readouterr().out
        assert any(line.split()[2:] == ["total", "11", "11", "equal"] for line in printed.split("\n"))
        assert printed.rstrip().endswith("verified: its one number is equal to the last bit")
        said = json.loads(Path("out.json").read_text())
        assert (said["status"], said["cell"], said["metrics"][0]["finding"]) == (0, cell, "equal")


def test_an_edited_copy_is_caught(
    publish: Publish, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = publish()
    monkeypatch.setenv("SMALL_RECORD", str(path))
    Path("copy.json").write_text(path.read_text().replace("11.0", "11.25"))
    assert main(["verify", "copy.json", *options]) == 1
    assert "off: 1 of 1 numbers differ from the record: total" in capsys.readouterr().out
    assert json.loads(Path("out.json").read_text())["metrics"][0]["before"] == 11.25


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("none.json", "is not a record"),
        ("ffffffff", "holds no cell"),
        ("text.json", "is not a record"),
        ("text.json --updates 5", "add --quick"),
    ],
)
def test_what_is_no_record_is_one_sentence(
    given: str, sentence: str, publish: Publish, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    publish()
    Path("text.json").write_text("[]")
    assert main(["verify", *given.split(), *options]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    if "--updates" not in given:
        assert sentence in json.loads(Path("out.json").read_text())["verdict"]


def test_wheels_and_environments_lie_where_downloads_do(
    publish: Publish, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def planted(original: object, wishes: Wishes) -> None:
        asked.append(wishes.cache)
        raise BadInput("planted")

    monkeypatch.setattr("repro.verification.verify.verify", planted)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "~/caches")
    at = options.index("--cache")
    assert main(["verify", str(publish()), *options[:at], *options[at + 2 :]]) == 2
    assert asked == [tmp_path / "caches" / "attention-repro"]


def test_a_place_that_is_none_for_a_verdict_is_told_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "anything", "--json", "."]) == 2
    assert "--json . cannot be written: . is a folder; name another file" in capsys.readouterr().err
