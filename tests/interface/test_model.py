"""`repro.load`: which model, its translations, its weights, and its intermediates."""

from pathlib import Path

import numpy as np
import pytest

import repro
from repro.cli.main import main
from repro.weights.shipped import shipped_model
from tests.interface.conftest import TINY, Trained


@pytest.fixture(scope="module")
def shipped() -> repro.Model:
    return repro.load()


def test_the_folder_of_a_run_and_a_checkpoint_are_loaded(trained: Trained) -> None:
    checkpoint = trained.folder / "run" / "attempt-1" / "averaged.ckpt"
    for what in (trained.folder / "run", checkpoint.parent, str(checkpoint)):
        model = repro.load(what)
        assert model.path == checkpoint
        assert model.record == trained.record
        assert model.config["model"]["network"]["init_args"]["d_model"] == TINY["d_model"]
        assert not model.network.training
    assert repr(model).startswith("Model(Transformer, ")


def test_without_a_name_the_model_of_the_package_is_loaded(shipped: repro.Model) -> None:
    assert shipped.path == shipped_model().weights
    assert shipped.record is not None
    assert f"{shipped.record.metrics['test.exact_match']['value']:g}%" in shipped_model().quality


def test_a_checkpoint_without_a_record_has_none(trained: Trained, tmp_path: Path) -> None:
    alone = tmp_path / "alone.ckpt"
    alone.write_bytes((trained.folder / "run" / "attempt-1" / "averaged.ckpt").read_bytes())
    assert repro.load(alone).record is None


def test_what_is_not_there_is_told_as_the_command_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = str(tmp_path / "nowhere")
    with pytest.raises(repro.BadInput) as refused:
        repro.load(nowhere)
    assert main(["translate", "--checkpoint", nowhere, nowhere]) == 2
    assert capsys.readouterr().err == f"repro: {refused.value}\n"


def test_translations_are_those_of_the_command(
    shipped: repro.Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [*shipped_model().sentences, ""]
    source = tmp_path / "source.txt"
    source.write_text("".join(f"{line}\n" for line in lines))
    assert main(["translate", str(source), "--threads", "1"]) == 0
    translated = shipped.translate(lines)
    assert translated == capsys.readouterr().out.split("\n")[:-1]
    assert translated[-1] == ""
    with source.open() as file:  # whose lines end in line feeds
        assert shipped.translate(file) == translated
    assert shipped.translate(lines[0]) == translated[0]
    assert shipped.translate([]) == []


def test_what_is_no_text_or_no_number_is_refused_in_one_sentence(shipped: repro.Model) -> None:
    for wrong, said in (
        ([5], "line 1 is 5, which is not text"),
        (["a", None], "line 2 is None"),
        (5, "lines is 5; give a list"),
        ("\ud800", "line 1 has"),
    ):
        with pytest.raises(repro.BadInput, match=said):
            shipped.translate(wrong)
    for options, said in (
        ({"beam": "x"}, "beam is 'x'; it must be a whole number"),
        ({"beam": True}, "beam is True; it must be a whole number"),
        ({"max_extra": 1.5}, "max_extra is 1.5; it must be a whole number"),
        ({"alpha": "x"}, "alpha is 'x'; it must be between"),
    ):
        with pytest.raises(repro.BadInput, match=said):
            shipped.translate("a", **options)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "memory ran out while checkpoint .* was used; give shorter lines, or a smaller beam"),
        (FloatingPointError("planted"), "checkpoint .* gives no numbers, because its training diverged"),
    ],
)
def test_what_ends_a_translation_is_one_sentence(
    shipped: repro.Model, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def failing(*arguments: object, **more: object) -> None:
        raise error

    monkeypatch.setattr("repro.decoding.translate.beam_search", failing)
    with pytest.raises(repro.BadInput, match=said):
        shipped.translate("the dog sees a cat")


@pytest.mark.slow  # that of the command is quicker, by a smaller model
def test_a_line_of_millions_is_cut_with_a_word(shipped: repro.Model, capsys: pytest.CaptureFixture[str]) -> None:
    shipped.translate("a" * 30_000, beam=1, max_extra=0)
    assert "only its first 1,000 are translated" in capsys.readouterr().err


def test_a_line_feed_within_a_line_is_refused(shipped: repro.Model) -> None:
    with pytest.raises(repro.BadInput, match="line 2 has a line feed in it"):
        shipped.translate(["one", "two\nthree"])
    with pytest.raises(repro.BadInput, match="beam is 0; it must be at least 1"):
        shipped.translate("one", beam=0)


def test_the_arrays_are_the_models_own(shipped: repro.Model) -> None:
    walk = shipped.inspect(shipped_model().sentences[0])
    assert walk.arrays is not None
    assert walk.translation == shipped.translate(walk.sentence)
    n, m = len(walk.source), len(walk.target)
    attention = walk.arrays.decoder.attention(-1, "cross-attention")
    assert attention.weights.shape == (8, m, n)
    assert walk.arrays.logits.shape == (m, len(shipped.vocabulary))
    side = walk.arrays.encoder
    read, weight = side.sub_layer(0, "self-attention").read, shipped.weights["encoder.0.self_attention.W_Q.weight"]
    Q = side.attention(0).Q  # (h, n, d_k)
    np.testing.assert_allclose(Q.swapaxes(0, 1).reshape(n, -1), read @ weight.T, rtol=1e-4, atol=1e-4)
    assert walk.page().startswith("<!")


def test_a_layer_that_is_not_there_is_told(shipped: repro.Model) -> None:
    walk = shipped.inspect(shipped_model().sentences[0])
    assert walk.arrays is not None
    with pytest.raises(repro.BadInput, match="layer is 2; there are 2, the first one is 0"):
        walk.arrays.encoder.attention(2)
    with pytest.raises(
        repro.BadInput, match="layer 0 has no sub-layer 'cross-attention'; there are feed-forward, self-attention"
    ):
        walk.arrays.encoder.attention(0, "cross-attention")
    with pytest.raises(repro.BadInput, match="feed-forward is not a kind of attention"):
        walk.arrays.encoder.attention(0, "feed-forward")
