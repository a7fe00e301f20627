"""`repro inspect`: a page and its path, or JSON; what is wrong in one sentence. The run here has a words vocabulary."""

import json
import re
from pathlib import Path

import pytest

from repro.cli.weights import known_quality
from repro.inspection import read
from tests.comparison.runs import metric, write_run


def test_a_page_is_written_and_its_path_printed(repro, checkpoint, sentences, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = repro("inspect", sentences[0], "--checkpoint", checkpoint)
    (translated,) = re.findall(r"\Atranslation: (.+)\n\Z", said.err)
    assert (said.status, said.out) == (0, "walk.html\n")
    page = (tmp_path / "walk.html").read_text(encoding="utf-8")
    assert sentences[0] in page
    assert translated in page
    said = repro("inspect", sentences[0], "--checkpoint", checkpoint, "--out", "here/page.html", "--lang", "ko")
    assert said.out == "here/page.html\n"
    assert '<html lang="ko">' in (tmp_path / "here/page.html").read_text(encoding="utf-8")


def test_json_to_stdout_or_a_file(repro, checkpoint, sentences, tmp_path: Path) -> None:
    said = repro("inspect", sentences[0], "--checkpoint", checkpoint, "--json")
    assert said.status == 0
    path = tmp_path / "walk.json"
    assert repro("inspect", sentences[0], "--checkpoint", checkpoint, "--json", "--out", path).out == f"{path}\n"
    assert read(path) == json.loads(said.out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "sentence"),
        (("",), "the sentence is empty"),
        (("a", "--checkpoint", "nowhere.ckpt"), "checkpoint nowhere.ckpt does not exist"),
        (
            ("a", "--checkpoint", "."),
            "checkpoint . is a folder without averaged.ckpt; give a .ckpt file, or the folder of",
        ),
        (("a", "--runs", "nowhere"), "--runs nowhere does not exist; give a folder of runs, or leave it out"),
        (("a", "--lang", "fr"), "invalid choice: 'fr'"),
        (("a", "--out", "."), "--out . cannot be written: . is a folder; name another file"),
        (("a", "--json", "--open"), "leave one of them out"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(repro, tmp_path, monkeypatch, arguments, sentence) -> None:
    monkeypatch.chdir(tmp_path)
    said = repro("inspect", *arguments)
    assert said.status == 2
    assert said.err.startswith("repro: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err
    assert list(tmp_path.iterdir()) == []


def test_before_anything_is_trained_the_package_s_own_model_is_used(repro, tmp_path: Path, monkeypatch) -> None:
    from repro.weights.shipped import shipped_model

    monkeypatch.chdir(tmp_path)
    sentence = shipped_model().sentences[0]
    said = repro("inspect", f"{sentence} Zebra")
    assert (said.status, said.out) == (0, "walk.html\n")
    assert "the model builtin, which comes with the package, was trained only on generated sentences" in said.err
    assert "it has never seen Zebra" in said.err
    said = repro("inspect", sentence)
    assert "never seen" not in said.err
    said = repro("inspect", sentence, "--checkpoint", "builtin", "--out", "named.html")
    assert (said.status, said.out) == (0, "named.html\n")
    assert said.err.startswith("translation: ")
    assert said.err.count("\n") == 1


def test_the_package_s_own_model_does_not_stand_in_silently_for_runs(repro, finished: Path, tmp_path: Path) -> None:
    said = repro("inspect", "Cats sleep.", "--runs", finished, "--out", tmp_path / "x.html")
    assert said.status == 0
    assert f"{finished} holds no Transformer that accepts any word" in said.err
    assert "the model builtin, which comes with the package" in said.err


def test_the_newest_model_is_named_with_its_quality(checkpoint: Path, tmp_path: Path) -> None:
    assert re.fullmatch(r" \(test\.bleu \S+ after 3 updates\)", known_quality(checkpoint))
    alone = tmp_path / "averaged.ckpt"
    assert known_quality(alone) == ""
    (tmp_path / "record.json").write_text("{")
    assert known_quality(alone) == ""


def test_a_quality_without_a_number_is_not_named(tmp_path: Path) -> None:
    """As records have it of what lies beyond all bounds."""
    none, good = metric(None, quality=True), metric(20.0, quality=True)
    for number, (metrics, said) in enumerate(
        [
            ({"test.bleu": none}, ""),
            ({"test.bleu": none, "dev.perplexity": good}, " (dev.perplexity 20)"),
            ({"test.bleu": good, "train.updates": metric(None, "updates")}, " (test.bleu 20)"),
        ]
    ):
        attempt = write_run(tmp_path / str(number) / "attempt-1", metrics=metrics)
        assert known_quality(attempt / "averaged.ckpt") == said


def test_a_word_that_the_vocabulary_does_not_have(repro, checkpoint, tmp_path: Path) -> None:
    said = repro("inspect", "supercalifragilistic", "--checkpoint", checkpoint, "--out", tmp_path / "x.html")
    assert said.status == 2
    assert "supercalifragilistic" in said.err
    example = re.search(r"such as (\w+), ", said.err)
    assert example, "words to try"
    assert repro("inspect", example[1], "--checkpoint", checkpoint, "--out", tmp_path / "y.html").status == 0
    assert not (tmp_path / "x.html").exists()
