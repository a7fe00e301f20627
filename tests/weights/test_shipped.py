"""The model that comes with the package does what its record says, as far as a test can try."""

import json
from pathlib import Path

import pytest

from repro.cell_directory import RECORD
from repro.decoding.translate import Translator
from repro.errors import BadInput
from repro.ledger.record import read_record
from repro.weights import shipped
from repro.weights.network import load_network
from repro.weights.shipped import FOLDER, shipped_model


def test_it_says_what_its_record_says() -> None:
    record, model = read_record(FOLDER), shipped_model()
    assert record.status == "done"
    assert model.exact_match == record.metrics["test.exact_match"]["value"]
    assert f"{model.exact_match:g}%" in model.described()
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 8e6, "a few megabytes"


def test_it_translates_the_sentences_that_it_offers_as_in_its_test() -> None:
    """References are of the generator, not of the model."""
    from repro.data.builtin import BuiltinSettings, builtin_corpus

    model = shipped_model()
    network, vocabulary = load_network(model.weights)
    right = dict(builtin_corpus(BuiltinSettings(train=1, dev=1)).pairs("test"))
    translations = list(Translator(network, vocabulary).translate(list(model.sentences)))
    assert translations == [right[sentence] for sentence in model.sentences]
    assert len(translations) >= 3


def test_unknown_words_are_named_once_and_whatever_stands_around_them() -> None:
    model = shipped_model()
    known = model.sentences[0]
    assert model.unknown_words(known) == []
    assert model.unknown_words(f"Zebra, {known} zebra? Zebra!") == ["Zebra", "zebra"]


def test_what_is_missing_or_damaged_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    for content in (None, "[]", "{", '{"exact_match": 1}'):
        if content is not None:
            (tmp_path / "about.json").write_text(content)
        with pytest.raises(BadInput, match=r"cannot be read .*; give --checkpoint"):
            shipped_model()
    about = json.loads((FOLDER / "about.json").read_text())
    (tmp_path / "about.json").write_text(json.dumps(about))
    with pytest.raises(BadInput, match="are not there; give --checkpoint"):
        shipped_model()


def test_the_record_lies_beside_it() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"averaged.ckpt", "about.json", RECORD}
