"""From a sentence to its inspection: which checkpoint, and what is refused."""

import os

import pytest
import torch

from repro.data.vocabulary import learn_words
from repro.decoding.translate import Translator
from repro.errors import BadInput
from repro.inspection import inspect_network, inspect_sentence
from repro.inspection.sentence import LONGEST, newest_checkpoint
from repro.models import RecurrentSeq2Seq
from repro.weights.shipped import shipped_model
from tests.inspection.conftest import SENTENCE, SIZES, TEXT


@pytest.fixture
def runs(tmp_path, make, save, vocabulary):
    """Averaged weights of four runs, from the oldest: two Transformers, a recurrent model, one of words.

    Beside them lie files that stop nothing: one cut short, a dangling link, and one whose vocabulary is none.
    """
    words = learn_words(TEXT, 100)
    found = {
        "old": save(make(), tmp_path / "runs/a/attempt-1/averaged.ckpt", SIZES),
        "new": save(make(N=1), tmp_path / "runs/grid/b/attempt-2/averaged.ckpt", {**SIZES, "N": 1}),
        "recurrent": save(RecurrentSeq2Seq(len(vocabulary), 1), tmp_path / "runs/c/attempt-1/averaged.ckpt", {}),
        "words": save(make(), tmp_path / "runs/d/attempt-1/averaged.ckpt", SIZES, words),
    }
    damaged = tmp_path / "runs/e/attempt-1/averaged.ckpt"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"PK")
    content = torch.load(found["new"], weights_only=True)
    content["repro"]["vocabulary"] = None
    without = tmp_path / "runs/f/attempt-1/averaged.ckpt"
    without.parent.mkdir(parents=True)
    torch.save(content, without)
    dangling = tmp_path / "runs/g/attempt-1/averaged.ckpt"
    dangling.parent.mkdir(parents=True)
    dangling.symlink_to(tmp_path / "gone")
    for age, path in enumerate([damaged, without, *reversed(found.values())]):
        os.utime(path, (1e9 - age, 1e9 - age))
    return found


def test_the_newest_transformer_that_takes_any_text_is_taken(runs, tmp_path):
    assert newest_checkpoint(tmp_path / "runs") == runs["new"]
    os.utime(runs["old"])
    assert newest_checkpoint(tmp_path / "runs") == runs["old"]
    inspection = inspect_sentence(SENTENCE, runs=tmp_path / "runs")
    assert inspection.content["model"]["checkpoint"] == str(runs["old"])


def test_without_any_the_one_that_comes_with_the_package_is_taken(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    content = inspect_sentence(shipped_model().sentences[0], runs=tmp_path).content
    assert content["model"]["checkpoint"] == str(shipped_model().weights)


def test_a_recurrent_model_has_nothing_to_show(runs):
    with pytest.raises(BadInput, match=r"holds a RecurrentSeq2Seq, which has no heads, Q, K and V"):
        inspect_sentence(SENTENCE, runs["recurrent"])


def test_a_missing_checkpoint(tmp_path):
    with pytest.raises(BadInput, match="does not exist"):
        inspect_sentence(SENTENCE, tmp_path / "nowhere.ckpt")


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("", "is empty"),
        (" \t\n", "is empty"),
        ("one\ntwo", "several lines"),
        ("\udcff", "not valid UTF-8"),
        ("cat " * LONGEST, rf"tokens, including the end symbol; shorten it to {LONGEST}"),
    ],
)
def test_sentences_that_are_refused(make, vocabulary, sentence, reason):
    with pytest.raises(BadInput, match=reason):
        inspect_network(make(), vocabulary, sentence)


def test_learned_positions_set_an_earlier_end(make, vocabulary):
    with pytest.raises(BadInput, match="shorten it to 3"):
        inspect_network(make(positions="learned", longest=3), vocabulary, SENTENCE)


def test_a_model_without_numbers(make, vocabulary):
    network = make()
    with torch.no_grad():
        network.embedding.weight.fill_(float("nan"))
    with pytest.raises(BadInput, match="gives no numbers"):
        inspect_network(network, vocabulary, SENTENCE)


def test_the_translation_is_that_of_translate(make, vocabulary):
    network = make()
    (theirs,) = Translator(network, vocabulary).translate([SENTENCE])
    assert inspect_network(network, vocabulary, f"  {SENTENCE}\n").content["translation"] == theirs


def test_of_a_translation_that_is_too_long_the_beginning_is_shown(make, vocabulary):
    network = make()
    with torch.no_grad():  # never the end: all translations run to the length limit
        network.embedding.weight[2] = 0.0
        network.decoder[-1].residual_3.layer_norm.bias += 5 * network.embedding.weight[7]
    content = inspect_network(network, vocabulary, SENTENCE).content
    assert content["decoder"]["tokens"] > LONGEST == len(content["decoder"]["pieces"])


@pytest.mark.parametrize("changes", [{"encoder": "convolution"}, {"causal": False}, {"norm": "pre"}])
def test_every_transformer_can_be_inspected(make, vocabulary, changes):
    page = inspect_network(make(**changes), vocabulary, SENTENCE).page()
    assert ("<p>This encoder mixes positions by convolution" in page) == ("encoder" in changes)
    assert ("<p>This decoder was trained without its causal mask" in page) == ("causal" in changes)


def test_a_network_in_training_mode_is_looked_at_without_dropout_and_keeps_its_mode(make, vocabulary):
    network = make(P_drop=0.5)
    expected = inspect_network(network.eval(), vocabulary, SENTENCE).content
    network.train()
    assert inspect_network(network, vocabulary, SENTENCE).content == expected
    assert all(part.training for part in network.modules())
