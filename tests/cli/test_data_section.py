"""The section `data` of a preset: shipped ones pass, and each wrong key or value is named with what it must be."""

import json
from pathlib import Path
from typing import Any

import pytest

from repro.cli.data_section import data_section
from repro.errors import BadInput
from repro.presets import preset_names, preset_path, read_yaml

SHIPPED = [name for name in preset_names() if "data" in read_yaml(preset_path(name))]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_presets_pass(name: str) -> None:
    path = preset_path(name)
    assert data_section(path) == read_yaml(path)["data"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "has no keys below data"),
        ([], "has no keys below data"),
        ({"vocab_size": 5}, r"there is no key data\.vocab_size; there are data\.corpus"),
        ({5: 5}, r"there is no key data\.5"),
        ({"corpus": 5}, r"data\.corpus is 5; it must be text"),
        ({"languages": 5}, r"data\.languages is 5; it must be a list such as \[a, b\] or null"),
        ({"train": [5]}, r"data\.train is \[5\]; it must be a list"),
        ({"sha256": "x"}, r"data\.sha256 is 'x'; it must be a mapping"),
        ({"share": True}, r"data\.share is True; it must be a number"),
        ({"max_length": 1.5}, r"data\.max_length is 1\.5; it must be a whole number"),
        ({"tokens": True}, r"data\.tokens is True; it must be a whole number"),
        ({"vocabulary": 5}, r"data\.vocabulary is 5; it must be a mapping such as .* or null"),
        ({"vocabulary": {"kind": "chars"}}, r"data\.vocabulary\.kind is 'chars'; it must be one of bpe, words"),
        ({"vocabulary": {"size": "8k"}}, r"data\.vocabulary\.size is '8k'; it must be a whole number"),
        ({"builtin": {"trees": 1}}, r"data\.builtin\.trees is 1; it must be true or false"),
        ({"builtin": {"phenomena": "negation"}}, r"data\.builtin\.phenomena is 'negation'; it must be a list"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, data: Any, said: str) -> None:
    path = tmp_path / "mine.yaml"
    keys = data if isinstance(data, dict) else {}
    text = "data: {5: 5}\n" if 5 in keys else json.dumps({"data": data})
    path.write_text(text)
    with pytest.raises(BadInput, match=said) as refused:
        data_section(path)
    assert str(refused.value).startswith(str(path))


def test_null_and_numbers_of_the_other_kind_pass_where_they_may(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    data = {"share": 1, "vocabulary": None, "builtin": None, "jobs": None, "languages": ["en", "de"]}
    path.write_text(json.dumps({"data": data}))
    assert data_section(path) == data
