"""The models that come with the package do what their records say, as far as a test can try."""

import json
from pathlib import Path

import pytest

from repro.cell_directory import RECORD
from repro.cli.weights import shipped_weights, weights_file
from repro.decoding.translate import Translator
from repro.errors import BadInput
from repro.ledger.records.record import read_record
from repro.weights import shipped
from repro.weights.network import load_network
from repro.weights.shipped import FIRST, FOLDER, model_for, shipped_model, shipped_names

MEASURED = {"builtin": ("test.exact_match", "{:g}%"), "help": ("test.bleu", "{:.1f} BLEU")}
SIZE = {"builtin": 8e6, "help": 10e6}
"""Bytes: a few megabytes each."""


@pytest.mark.parametrize("name", shipped_names())
def test_it_says_what_its_record_says(name: str) -> None:
    record, model = read_record(FOLDER / name), shipped_model(name)
    assert record.status == "done"
    metric, text = MEASURED[name]
    assert text.format(record.metrics[metric]["value"]) in model.described()
    assert record.config["data"]["corpus"] == name
    assert {path.name for path in (FOLDER / name).iterdir()} == {"averaged.ckpt", "about.json", RECORD}
    assert sum(path.stat().st_size for path in (FOLDER / name).iterdir()) < SIZE[name]


def test_it_translates_the_sentences_that_it_offers_as_in_its_test() -> None:
    """References are of the generator, not of the model."""
    from repro.data.builtin import BuiltinSettings, builtin_corpus

    model = shipped_model()
    network, vocabulary = load_network(model.weights)
    right = dict(builtin_corpus(BuiltinSettings(train=1, dev=1)).pairs("test"))
    translations = list(Translator(network, vocabulary).translate(list(model.sentences)))
    assert translations == [right[sentence] for sentence in model.sentences]
    assert len(translations) >= 3


@pytest.mark.parametrize("name", shipped_names())
def test_it_translates_into_something(name: str) -> None:
    model = shipped_model(name)
    network, vocabulary = load_network(model.weights)
    assert all(Translator(network, vocabulary).translate(list(model.sentences)))


def test_unknown_words_are_named_once_and_whatever_stands_around_them() -> None:
    model = shipped_model()
    known = model.sentences[0]
    assert model.unknown_words(known) == []
    assert model.unknown_words(f"Zebra, {known} zebra? Zebra!") == ["Zebra", "zebra"]


def test_a_sentence_goes_to_the_model_that_knows_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, words in {"builtin": ["the", "dog"], "another": ["the", "cell", "dog"]}.items():
        (tmp_path / name).mkdir()
        about = {"text": "text", "quality": "Good.", "sentences": ["The dog."], "words": words}
        (tmp_path / name / "about.json").write_text(json.dumps(about))
        (tmp_path / name / "averaged.ckpt").write_bytes(b"")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    assert shipped_names() == ["builtin", "another"]
    assert model_for("").name == model_for("The dog.").name == "builtin", "of two that know it, the first"
    assert model_for("the cell").name == "another"
    assert shipped_weights("the cell is red") == tmp_path / "another" / "averaged.ckpt"
    assert "it has never seen is, red" in capsys.readouterr().err


def test_a_model_has_a_name_which_a_file_of_that_name_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert weights_file(Path(FIRST)) == FOLDER / FIRST / "averaged.ckpt"
    with pytest.raises(BadInput, match=f"checkpoint bultin does not exist; .* or a model of the package: {FIRST}"):
        weights_file(Path("bultin"))
    Path(FIRST).touch()
    assert weights_file(Path(FIRST)) == Path(FIRST)


def test_what_is_missing_or_damaged_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    (tmp_path / FIRST).mkdir()
    for content in (None, "[]", "{", '{"text": 1}'):
        if content is not None:
            (tmp_path / FIRST / "about.json").write_text(content)
        with pytest.raises(BadInput, match=r"cannot be read .*; give --checkpoint"):
            model_for("a dog")
    about = json.loads((FOLDER / FIRST / "about.json").read_text())
    (tmp_path / FIRST / "about.json").write_text(json.dumps(about))
    with pytest.raises(BadInput, match="are missing; give --checkpoint"):
        model_for("a dog")
