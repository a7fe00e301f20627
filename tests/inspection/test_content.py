"""The plain data: rounded, bounded, true to the model, and refused where it is damaged."""

import json

import numpy as np
import pytest
import torch

from repro.data.vocabulary import BOS, EOS
from repro.errors import BadInput
from repro.inspection import inspect_network, read, write
from repro.inspection.content import as_json
from repro.inspection.intermediates import intermediates
from tests.inspection.by_hand import softmax
from tests.inspection.conftest import SENTENCE, SIZES

KEPT_FROM = [
    (("encoder", "pieces"), []),
    (("encoder", "pieces"), "no list"),
    (("encoder", "sum"), [[1.0]]),
    (("encoder", "layers"), []),
    (("encoder", "layers", 0, 0, "attention", "weights"), [[[1.0]]]),
    (("encoder", "layers", 0, 0, "attention", "mask"), "</script>"),
    (("encoder", "layers", 0, 0, "attention", "scale"), "big"),
    (("decoder", "layers", 1, 2, "active"), ["much"]),
    (("decoder", "next"), [[["a", "b"]]]),
    (("decoder", "written"), None),
    (("model", "h"), 300),
    (("model", "norm"), None),
    (("sentence",), 7),
    (("shown",), {}),
]
"""Places in the data, and what damages them."""


def test_reading_gives_what_was_written(inspection, tmp_path):
    write(inspection.content, tmp_path / "inspection.json")
    assert read(tmp_path / "inspection.json") == inspection.content


def test_additive_attention_has_no_scale(make, vocabulary, tmp_path):
    found = inspect_network(make(compatibility="additive"), vocabulary, SENTENCE)
    write(found.content, tmp_path / "inspection.json")
    content = read(tmp_path / "inspection.json")
    assert content == found.content
    assert content["encoder"]["layers"][0][0]["attention"]["scale"] is None


@pytest.mark.parametrize(("place", "value"), KEPT_FROM)
def test_what_is_damaged_is_refused(inspection, tmp_path, place, value):
    content = json.loads(as_json(inspection.content))
    inside = content
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    write(content, tmp_path / "inspection.json")
    with pytest.raises(BadInput, match=r"inspection\.json is damaged"):
        read(tmp_path / "inspection.json")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is damaged"),
        (b"\xff", "is damaged"),
        (b'{"format": 1', "is damaged"),
        (b"[]", "not an inspection of format 1"),
        (b'{"format": 2}', "not an inspection of format 1"),
        (b'{"format": 1}', "is damaged"),
    ],
)
def test_what_is_no_inspection_is_refused(tmp_path, data, sentence):
    (tmp_path / "inspection.json").write_bytes(data)
    with pytest.raises(BadInput, match=sentence):
        read(tmp_path / "inspection.json")


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "nothing.json")


def test_numbers_are_the_intermediates_rounded_and_cut(make, vocabulary, inspection):
    (ids,) = vocabulary.encode([SENTENCE])
    content = inspection.content
    written = [vocabulary.pieces.index(piece) for piece, _ in content["decoder"]["written"]]
    found = intermediates(make(), [*ids, EOS], [BOS, *written[:-1]])
    assert content["shown"] == {"d_model": 16, "d_ff": 16, "d_k": 8, "d_v": 4}
    ours, theirs = content["decoder"]["layers"][1][1]["attention"], found.decoder.layers[1][1].attention
    for name, width in {"Q": 8, "K": 8, "V": 4, "heads": 4, "scores": None}.items():
        np.testing.assert_allclose(ours[name], getattr(theirs, name)[..., :width], rtol=1e-3)
    np.testing.assert_allclose(ours["weights"], theirs.weights, atol=5.1e-5)
    assert [layer[0]["attention"]["mask"] for layer in content["decoder"]["layers"]] == ["causal", "causal"]
    assert content["decoder"]["layers"][0][1]["attention"]["mask"] is None


def test_the_next_token_is_the_softmax_of_the_models_own_step(make, vocabulary, inspection):
    """Step by step with cached keys and values, as translations are made."""
    (ids,) = vocabulary.encode([SENTENCE])
    decoder, network = inspection.content["decoder"], make()
    with torch.inference_mode():
        state = network.start(torch.tensor([[*ids, EOS]]), 1)
        for piece, best, (written, p) in zip(decoder["pieces"], decoder["next"], decoder["written"], strict=True):
            token = torch.tensor([[vocabulary.pieces.index(piece)]])
            probabilities = softmax(network.step(token, state)[0, 0].double().numpy())
            order = np.argsort(-probabilities)[:8]
            assert [name for name, _ in best] == [vocabulary.pieces[i] for i in order]
            np.testing.assert_allclose([share for _, share in best], probabilities[order], atol=6e-5)
            assert p == pytest.approx(probabilities[vocabulary.pieces.index(written)], abs=6e-5)
    assert decoder["pieces"][0] == "<s>"
    assert [piece for piece, _ in decoder["written"]][:-1] == decoder["pieces"][1:]


def test_small_widths_are_kept_whole(make, vocabulary):
    content = inspect_network(make(d_model=6, d_ff=5, h=3, d_k=None, d_v=None), vocabulary, SENTENCE).content
    assert content["shown"] == {"d_model": 6, "d_ff": 5, "d_k": 2, "d_v": 2}
    assert np.shape(content["encoder"]["sum"])[1] == 6


def test_its_size_is_bounded(make, vocabulary):
    """The paper's base model has 6 layers of 8 heads; with the longest sentence the data stay under 12 MB."""
    network = make(N=6, d_model=32, h=8, d_k=4, d_v=4)
    longest = " ".join(["cat"] * 60)
    ids = vocabulary.encode([longest])[0]
    sentence = vocabulary.decode([ids[:47]])[0]
    content = inspect_network(network, vocabulary, sentence).content
    assert len(content["encoder"]["pieces"]) == 48
    assert len(content["decoder"]["pieces"]) <= 48
    assert len(as_json(content)) < 12e6


def test_the_model_is_told(inspection):
    about = inspection.content["model"]
    assert {name: about[name] for name in SIZES} == SIZES
    assert (about["norm"], about["positions"], about["causal"]) == ("post", "sinusoidal", True)
