import itertools
import math
import random

import pytest
import torch

from repro.data.text import lines
from repro.data.vocabulary import learn_bpe, learn_words
from repro.decoding.translate import Translator
from repro.errors import BadInput
from repro.models import Transformer
from tests.decoding.oracles import PlantedModel, copy_rule

WORDS = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
VOCABULARY = learn_words(WORDS, 10)
V = len(VOCABULARY)


def copying(**options):
    return Translator(PlantedModel(V, copy_rule(V)), VOCABULARY, **options)


def random_lines(count, seed=1):
    rng = random.Random(seed)
    return [
        " ".join(rng.choices(WORDS, k=rng.randint(1, 9))) if rng.random() < 0.8 else rng.choice(["", "  ", "\t"])
        for _ in range(count)
    ]


@pytest.mark.parametrize("options", [{}, {"window": 7}, {"batch_tokens": 1}, {"window": 16, "batch_tokens": 30}])
def test_order_and_number_of_lines(options):
    lines = random_lines(60)
    assert list(copying(**options).translate(lines)) == [line.strip() for line in lines]
    assert list(copying(**options).translate(iter(lines))) == [line.strip() for line in lines]


def test_blank_lines_never_reach_the_model():
    translator = copying()
    assert list(translator.translate(["", "   ", "\u2003", "\t"])) == [""] * 4
    assert translator.model.rows_computed == 0
    assert list(translator.translate([])) == []


def test_batches_hold_so_many_tokens_and_every_line_once():
    lengths = [3, 50, 7, 7, 1, 12, 30, 2, 2, 2]
    translator = copying(batch_tokens=30)
    batches = list(translator._batches([[4] * n for n in lengths], 30))
    assert sorted(itertools.chain(*batches)) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 30
    assert len(batches) < len(lengths)


def test_endless_input_is_read_window_by_window():
    read = 0

    def endless():
        nonlocal read
        while True:
            read += 1
            yield WORDS[read % 10]

    translations = list(itertools.islice(copying(window=5).translate(endless()), 8))
    assert translations == [WORDS[i % 10] for i in range(1, 9)]
    assert read == 10


def test_n_best():
    model = Transformer(V=V, N=1, d_model=16, d_ff=16, h=2)
    translator = Translator(model, VOCABULARY, beam=3, max_extra=3)
    first, blank = translator.translate_n_best(["eins zwei", ""], 3)
    scores = [translation.score for translation in first]
    assert len(first) == 3
    assert scores == sorted(scores, reverse=True)
    assert all(math.isfinite(score) for score in scores)
    assert [(translation.text, translation.score) for translation in blank] == [("", 0.0)]
    assert next(translator.translate(["eins zwei"])) == first[0].text


def test_evaluation_mode_within_and_the_former_modes_after():
    model = Transformer(V=V, N=1, d_model=16, d_ff=16, h=2, P_drop=0.5)
    model.train()
    model.encoder.eval()
    before = {name: part.training for name, part in model.named_modules()}
    lines = ["eins zwei drei", "vier"]
    translator = Translator(model, VOCABULARY, max_extra=5)
    translated = translator.translate(lines)
    first = [next(translated)]
    assert {name: part.training for name, part in model.named_modules()} == before  # between two lines
    assert not torch.is_inference_mode_enabled()
    first += translated
    assert [list(translator.translate(lines)) for _ in range(5)] == [first] * 5  # no dropout
    model(torch.tensor([[4, 2]]), torch.tensor([[1, 4]])).sum().backward()  # training goes on


def test_a_line_too_long_for_learned_positions_is_named():
    model = Transformer(V=V, N=1, d_model=16, d_ff=16, h=2, positions="learned", longest=6)
    translator = Translator(model, VOCABULARY, window=2)
    assert len(list(translator.translate(["eins " * 5]))) == 1  # with its end symbol 6 tokens
    with pytest.raises(BadInput, match=r"^line 4 has 7 tokens, .* only 6 positions"):
        list(translator.translate(["eins", "", "zwei", "eins " * 6]))


def test_a_long_line_is_translated_in_full():
    line = " ".join(WORDS * 70)
    assert list(copying(beam=1).translate([line])) == [line]


def test_a_line_end_spelt_in_bytes_does_not_shift_lines():
    text = ["ein Haus am See", "zwei Häuser am Meer", "drei Schafe im Schnee"] * 4
    vocabulary = learn_bpe(text, 300)
    newline = vocabulary.pieces.index("<0x0A>")
    rule = copy_rule(len(vocabulary))

    def breaking(source, prefix):
        return rule([newline, *source], prefix)

    translator = Translator(PlantedModel(len(vocabulary), breaking), vocabulary, beam=1)
    (translation,) = translator.translate(["ein See"])
    assert "\n" not in translation
    assert translation.strip() == "ein See"


@pytest.mark.parametrize(
    ("before", "after"), [("", "<0x0D>"), ("", "<0x0D><0x0A><0x0D>"), ("<0xEF><0xBB><0xBF>", ""), ("<0x0A>", "<0x0A>")]
)
def test_a_translation_is_read_back_from_a_file_as_it_is(tmp_path, before, after):
    vocabulary = learn_bpe(["ein Haus am See", "zwei Häuser am Meer", "drei Schafe im Schnee"] * 4, 300)
    first, last = ([vocabulary.pieces.index(f"{piece}>") for piece in part.split(">")[:-1]] for part in (before, after))
    rule = copy_rule(len(vocabulary))

    def spelling(source, prefix):
        return rule([*first, *source[:-1], *last, source[-1]], prefix)

    translator = Translator(PlantedModel(len(vocabulary), spelling), vocabulary, beam=1)
    translations = list(translator.translate(["ein See", "zwei"]))
    (tmp_path / "translations").write_text("".join(f"{text}\n" for text in translations), newline="")
    assert list(lines(tmp_path / "translations")) == translations
    assert [text.split() for text in translations] == [["ein", "See"], ["zwei"]]


def test_the_vocabulary_s_complaint_comes_through():
    with pytest.raises(BadInput, match="zehn"):
        list(copying().translate(["eins", "zehn"]))


def test_a_penalty_beyond_any_use():
    with pytest.raises(BadInput, match="alpha is inf"):
        copying(alpha=float("inf"))


@pytest.mark.parametrize("name", ["beam", "batch_tokens", "window"])
def test_bad_numbers(name):
    with pytest.raises(BadInput, match=f"{name} is 0"):
        copying(**{name: 0})
