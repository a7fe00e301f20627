"""`repro export`: what another engine then translates, and what cannot be exported."""

import gzip
import json
import sys
from pathlib import Path

import pytest

from repro.cli.main import main
from repro.data.vocabulary import Vocabulary

ctranslate2 = pytest.importorskip("ctranslate2")


def test_a_model_with_its_vocabulary(repro, checkpoint, sentences, tmp_path: Path) -> None:
    said = repro("export", "ctranslate2", "--checkpoint", checkpoint, "--out", tmp_path / "model")
    assert said.status == 0
    assert "length_penalty=0.6" in said.out
    pieces = json.loads((tmp_path / "model" / "shared_vocabulary.json").read_text())
    assert pieces == Vocabulary.load(tmp_path / "model" / "vocabulary.model").pieces
    model = ctranslate2.Translator(str(tmp_path / "model"), intra_threads=1)
    assert len(model.translate_batch([sentences[0].split()], max_decoding_length=3)) == 1


def test_bad_input(repro, checkpoint, tmp_path: Path, monkeypatch) -> None:
    def refused(*options: object) -> str:
        said = repro("export", *options)
        assert said.status == 2
        assert said.err.count("\n") == 1
        return said.err

    there = ("--checkpoint", checkpoint, "--out", tmp_path)
    assert "already exists" in refused("ctranslate2", *there)
    assert "invalid choice" in refused("onnx", *there)
    assert "invalid choice" in refused("ctranslate2", *there, "--quantization", "int2")
    assert "does not exist" in refused("ctranslate2", "--checkpoint", tmp_path / "none", "--out", tmp_path / "model")
    for name in [name for name in sys.modules if name.startswith(("ctranslate2", "repro.weights.ctranslate2"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    assert "pip install -e '.[export]'" in refused(
        "ctranslate2", "--checkpoint", checkpoint, "--out", tmp_path / "model"
    )


@pytest.mark.slow
def test_the_same_translations_of_the_built_in_text(repro, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = [
        *("--config", "model/tiny", "--config", "data/builtin", "--config", "trainer/builtin", "--out", "run"),
        *("--model.network.init_args.d_model", "64", "--model.network.init_args.d_ff", "128"),
        *("--model.network.init_args.N", "2", "--model.network.init_args.P_drop", "0", "--threads", "1"),
        *("--data.builtin.train", "10000", "--data.builtin.dev", "20", "--data.builtin.test", "100"),
        *("--trainer.max_steps", "400", "--decoding.resamples", "10"),
    ]
    assert main(["fit", *options]) == 0
    checkpoint = tmp_path / "run" / "attempt-1" / "averaged.ckpt"
    (store,) = (tmp_path / "prepared").glob("builtin-*")
    lines = (store / "test.source.txt").read_text().rstrip("\n").split("\n")
    (tmp_path / "text.gz").write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))

    def exported(*quantization: str) -> list[str]:
        folder = tmp_path / ("model" + "".join(quantization))
        assert repro("export", "ctranslate2", "--checkpoint", checkpoint, "--out", folder, *quantization).status == 0
        vocabulary = Vocabulary.load(folder / "vocabulary.model")
        pieces = [[vocabulary.pieces[i] for i in ids] for ids in vocabulary.encode(lines)]
        model = ctranslate2.Translator(str(folder), intra_threads=1)
        found = model.translate_batch(pieces, beam_size=4, length_penalty=0.6, disable_unk=True)
        ids = [[vocabulary.pieces.index(piece) for piece in each.hypotheses[0]] for each in found]
        return vocabulary.decode(ids)

    translate = ("translate", tmp_path / "text.gz", "--checkpoint", checkpoint, "--threads", "1")
    mine = repro(*translate, "--penalty", "length").out.rstrip("\n").split("\n")
    assert len(mine) == len(lines)
    for quantization, least in (((), 0.97), (("--quantization", "int8"), 0.8)):
        theirs = exported(*quantization)
        assert sum(a == b for a, b in zip(mine, theirs, strict=True)) >= least * len(lines)
