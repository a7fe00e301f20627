"""Libraries get a folder of their own where the user's home cannot be written, and only there."""

import os
from pathlib import Path

import pytest

from repro.home_folder import XDG, name_unknown_home, replace_unusable_home


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in XDG:
        monkeypatch.setenv(name, "x")  # so that they are set back in the end
        monkeypatch.delenv(name)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_home_folder_that_can_be_written_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    replace_unusable_home()
    name_unknown_home()
    assert not XDG.keys() & os.environ.keys()
    assert os.environ["HOME"] == str(tmp_path)


def test_one_that_is_not_there_is_replaced_but_for_what_the_user_has_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "gone"))
    monkeypatch.setenv("XDG_DATA_HOME", "/mine")
    replace_unusable_home()
    assert os.environ["XDG_DATA_HOME"] == "/mine"
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        assert Path(os.environ[name]).is_relative_to(tmp_path)
    assert not (tmp_path / "gone").exists()
    assert os.environ["HOME"] == str(tmp_path / "gone"), "~ in the user's paths means what it meant"


def test_an_unknown_home_gets_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(cls: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("HOME", "x")
    monkeypatch.setattr(Path, "home", classmethod(unknown))
    name_unknown_home()
    assert Path(os.environ["HOME"]).is_relative_to(tmp_path)
