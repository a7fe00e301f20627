"""`fit` to its record, what follows from a run, `prepare`, `score` and `upload`, as a user calls them."""

import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.cli.conftest import TINY


def test_fit_leaves_a_record_and_says_where(finished: Path, repro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished)
    record = json.loads((finished / "run/attempt-1/record.json").read_text())
    assert record["status"] == "done"
    said = repro("fit", *TINY, "--out", "run")
    assert said.status == 0
    assert said.out.rstrip("\n").split("\n")[-2:] == [
        "done: run/attempt-1/record.json",
        "next: repro translate --checkpoint run < SOURCE > TRANSLATION",
    ]
    assert "train.updates" in said.out
    assert [path.name for path in Path("run").glob("attempt-*")] == ["attempt-1"]


def test_a_done_run_whose_waterfall_is_none_is_done_all_the_same(
    finished: Path, repro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished)
    run = tmp_path / "run"
    shutil.copytree("run", run)
    path = run / "attempt-1/record.json"
    record = json.loads(path.read_text())
    for wrong in (5, [5], [{"a": 1}]):
        record["details"]["waterfall"] = wrong
        path.write_text(json.dumps(record))
        said = repro("fit", *TINY, "--out", run)
        assert said.status == 0
        assert f"done: {path}" in said.out


def test_validate_gives_the_records_perplexity(finished: Path, repro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished)
    record = json.loads((finished / "run/attempt-1/record.json").read_text())
    said = repro("validate", "--out", "run")
    assert said.status == 0
    found = re.fullmatch(r"loss ([\d.]+) nats per token, without label smoothing; perplexity ([\d.]+)\n", said.out)
    assert found
    assert float(found[2]) == pytest.approx(record["metrics"]["dev.perplexity"]["value"], rel=1e-4)


def test_predict_gives_the_records_translations(
    finished: Path, checkpoint: Path, repro, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished)
    kept = (finished / "run/attempt-1/hypotheses.test.txt").read_text()
    for which in (("--out", "run"), ("--checkpoint", checkpoint)):
        said = repro("predict", *which)
        assert said.status == 0
        assert said.out == kept
    other = repro("predict", "--out", "run", "--decoding.splits", "[dev]")
    assert other.out != kept
    assert other.out.count("\n") == 20


def test_test_gives_the_records_scores(finished: Path, repro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished)
    record = json.loads((finished / "run/attempt-1/record.json").read_text())
    said = repro("test", "--out", "run")
    assert said.status == 0
    assert said.out.startswith("test of builtin-copy-")
    found = re.search(r"^chrf +([\d.]+)", said.out, re.M)
    assert found
    assert float(found[1]) == pytest.approx(record["metrics"]["test.chrf"]["value"], abs=0.006)


def test_predict_gives_one_split_and_names_another(finished: Path, repro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished)
    said = repro("predict", "--out", "run", "--decoding.splits", "[dev, test]")
    assert said.out == repro("predict", "--out", "run", "--decoding.splits", "[test]").out
    assert said.err == "only test is translated here; for dev, add --decoding.splits '[dev]'\n"
    none = repro("predict", "--out", "run", "--decoding.splits", "[]")
    assert (none.status, none.out) == (2, "")
    assert "decoding.splits is empty; name a split" in none.err


@pytest.mark.parametrize("command", ["test", "predict"])
def test_averaged_weights_are_said_to_be_other_ones_than_the_record_s(
    finished: Path, repro, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(finished)
    said = repro(command, "--out", "run", "--decoding.unaveraged", "[test]")
    assert said.status == 0
    assert said.err.startswith("test is translated by averaged weights here; a training scores it by its last")
    assert "averaged" not in repro(command, "--out", "run").err


def test_a_loss_that_is_no_number_is_said(finished: Path, repro, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverged(module: Any, *_: object) -> None:
        module._dev = torch.tensor([math.nan, math.nan, 1.0])

    monkeypatch.chdir(finished)
    monkeypatch.setattr("repro.training.module.TranslationModule.validation_step", diverged)
    ended = repro("validate", "--out", "run")
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1), ended.err
    assert "gives no numbers, because its training diverged" in ended.err


@pytest.mark.parametrize("command", ["validate", "test", "predict"])
@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "memory ran out while checkpoint"), (FloatingPointError("planted"), "gives no numbers")],
)
def test_what_ends_a_measurement_is_one_sentence(
    finished: Path, repro, monkeypatch: pytest.MonkeyPatch, command: str, error: Exception, said: str
) -> None:
    def failing(*arguments: object, **more: object) -> None:
        raise error

    monkeypatch.chdir(finished)
    monkeypatch.setattr("repro.decoding.translate.beam_search", failing)
    monkeypatch.setattr("repro.training.module.TranslationModule.validation_step", failing)
    ended = repro(command, "--out", "run")
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1), ended.err
    assert said in ended.err


@pytest.mark.slow
def test_prepare_a_preset(repro, tmp_path: Path) -> None:
    said = repro("prepare", "builtin", "--root", tmp_path / "stores", "--vocabulary-size", 600, "--jobs", 1)
    assert said.status == 0
    assert "train: 30,000 pairs" in said.out
    assert "dev: 500 pairs" in said.out


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder where presets of one's own may be left."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("in_folder")
def test_prepare_again_finds_what_is_there(repro, parallel, tmp_path: Path) -> None:
    entry = parallel("train", b"the dog sees a cat\n" * 50, b"der Hund sieht eine Katze\n" * 50)
    arguments = ("prepare", "mine", "--languages", "en,de", "--train", entry, "--root", tmp_path / "stores")
    arguments += ("--vocabulary-size", 290, "--jobs", 1)
    first = repro(*arguments)
    assert first.status == 0, first.err
    assert re.search(r"batches of 2,048 tokens: 1 per epoch, 0\.0% of both sides is padding", first.out)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.ids")}
    second = repro(*arguments)
    assert second.out == first.out
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.ids")} == written
    other = repro(*arguments, "--max-length", 30)
    assert other.status == 0
    assert len(list((tmp_path / "stores").glob("mine-*"))) == 2


@pytest.mark.usefixtures("in_folder")
def test_prepare_check_finds_every_flipped_bit(repro, parallel, tmp_path: Path) -> None:
    entry = parallel("train", b"the dog sees a cat\n" * 50, b"der Hund sieht eine Katze\n" * 50)
    dev = parallel("dev", b"the cat sleeps\n", "die Katze schläft\n".encode())
    arguments = ("prepare", "mine", "--languages", "en,de", "--train", entry, "--dev", dev, "--check")
    arguments += ("--root", tmp_path / "stores", "--vocabulary-size", 290, "--jobs", 1)
    said = repro(*arguments)
    (store,) = (tmp_path / "stores").glob("mine-*")
    contents = {path: path.read_bytes() for path in store.iterdir()}
    assert (said.status, said.err.count("\n")) == (0, 1)  # learning a vocabulary
    assert f"\nall {len(contents) - 1} files are as they were prepared\n" in said.out
    assert repro(*arguments).status == 0
    for path, whole in contents.items():
        for place in (len(whole) // 2, len(whole) * 2 // 3):
            path.write_bytes(bytes([*whole[:place], whole[place] ^ 1, *whole[place + 1 :]]))
            said = repro(*arguments)
            assert (said.status, said.out, said.err.count("\n")) == (2, "", 1), (path, place)
            assert f"{path} is damaged" in said.err
        path.write_bytes(whole)
    assert repro(*arguments).status == 0


@pytest.mark.usefixtures("in_folder")
def test_prepare_own_files_counts_what_it_leaves_out(repro, parallel, tmp_path: Path) -> None:
    source = "".join(f"the dog sees number {i}\n" for i in range(60)) + "long " * 80 + "\n\n"
    target = "".join(f"der Hund sieht Nummer {i}\n" for i in range(60)) + "lang\nleer\n"
    entry = parallel("train", source.encode(), target.encode(), ".gz")
    said = repro(
        *("prepare", "mine", "--languages", "en,de", "--train", entry, "--root", tmp_path / "stores"),
        *("--vocabulary-size", 300, "--max-length", 40, "--jobs", 1),
    )
    assert said.status == 0, said.err
    assert "train: 60 pairs" in said.out
    assert "1 over max length" in said.out
    assert "1 empty" in said.out


@pytest.mark.usefixtures("in_folder")
def test_prepare_takes_a_tsv(repro, tmp_path: Path) -> None:
    tsv = tmp_path / "pairs.tsv"
    tsv.write_text("".join(f"number {i}\tNummer {i}\n" for i in range(50)))
    said = repro(
        *("prepare", "mine", "--languages", "en,de", "--train", tsv, "--root", tmp_path / "stores"),
        *("--vocabulary-size", 290, "--jobs", 1),
    )
    assert said.status == 0, said.err
    assert "train: 50 pairs" in said.out


def test_score_prints_every_definition_or_json(repro, tmp_path: Path) -> None:
    (tmp_path / "hyp").write_text("der Hund sieht die Katze heute\n" * 3)
    (tmp_path / "ref").write_text("der Hund sieht die Katze heute\n" * 3)
    said = repro("score", tmp_path / "hyp", tmp_path / "ref", "--resamples", 10)
    assert said.status == 0
    assert re.search(r"^exact_match\S* +100\.00", said.out, re.M)
    assert "scored as text in de; for another language, give --language\n" in said.err
    for right in (("--language", "de"), ("--pretokenised",)):
        assert "scored as" not in repro("score", tmp_path / "hyp", tmp_path / "ref", "--resamples", 0, *right).err
    as_json = json.loads(repro("score", tmp_path / "hyp", tmp_path / "ref", "--resamples", 10, "--json").out)
    assert all(f"\n{name} " in said.out for name in as_json)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_behind_stdout_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("der Hund sieht die Katze\n")
    command = [sys.executable, "-m", "repro", "score", *[str(tmp_path / "text")] * 2, "--language", "de"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("repro: output cannot be used (No space left on device)")
    assert done.stderr.count("\n") == 1


def test_upload_without_data_says_so(repro, tmp_path: Path) -> None:
    said = repro("upload", tmp_path)
    assert said.status == 2
    assert said.err.startswith("repro: ")
    assert "holds no offline W&B data" in said.err
