"""Presets are found by name, files come first, and what is wrong is said with the file's name."""

from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.presets import preset_names, preset_path, presets_folder, read_yaml


def test_every_preset_is_found_by_its_name_and_holds_settings() -> None:
    names = preset_names()
    assert {"model/base", "model/big", "model/tiny", "data/builtin", "trainer/builtin", "multi30k-anchor"} <= set(names)
    for name in names:
        for spelling in (name, f"{name}.yaml", f"lightning_configs/{name}.yaml"):
            assert preset_path(spelling).is_relative_to(presets_folder().resolve()) or Path(spelling).is_file()
        assert read_yaml(preset_path(name))


def test_a_file_comes_before_a_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "tiny").write_text("a: 1\n")
    assert read_yaml(preset_path("model/tiny")) == {"a": 1}


@pytest.mark.parametrize("name", ["model/tinny", "trainer/cpu-hours", "model"])
def test_a_misspelt_name_gets_a_hint(name: str) -> None:
    with pytest.raises(BadInput, match=r"did you mean|the presets are"):
        preset_path(name)


def test_a_name_does_not_lead_out_of_the_folder() -> None:
    with pytest.raises(BadInput, match="neither a file nor a preset"):
        preset_path("../.github/workflows/ci")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a: [1\n", "is not YAML in line 2"),
        (b"a: \xff\n", "is not YAML"),
        (b"- a\n- b\n", "must hold keys and values"),
        (b"", "must hold keys and values"),
    ],
)
def test_a_wrong_file(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=sentence) as told:
        read_yaml(path)
    assert str(path) in str(told.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_yaml(tmp_path / "gone.yaml")
