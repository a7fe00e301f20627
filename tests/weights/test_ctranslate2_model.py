"""That CTranslate2 computes the same from an exported model: this project's search is its oracle, and it is its."""

from pathlib import Path
from typing import Any

import pytest
import torch

from repro.data.vocabulary import BOS, EOS, UNK, WordVocabulary, learn_words
from repro.decoding.beam import beam_search
from repro.errors import BadInput
from repro.models import RecurrentSeq2Seq, Transformer

ctranslate2 = pytest.importorskip("ctranslate2")

from repro.weights.ctranslate2_model import specification, write_ctranslate2  # noqa: E402

WORDS = [f"w{i:02}" for i in range(40)]
SIZES: dict[str, Any] = {"N": 2, "d_model": 32, "d_ff": 48, "h": 4, "P_drop": 0.0}


@pytest.fixture(scope="module")
def vocabulary() -> WordVocabulary:
    return learn_words(WORDS, len(WORDS))


def network(vocabulary: WordVocabulary, **options: Any) -> Transformer:
    """Random weights, large enough that next tokens are far from equally probable; gains and biases too."""
    made = Transformer(len(vocabulary), 1, **{**SIZES, **options})
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            parameter += (0.3 if parameter.ndim == 1 else 0.1) * torch.randn(parameter.shape, generator=generator)
            if name == "embedding.weight":
                parameter *= 1.5
    return made.eval()


def translator(made: Transformer, vocabulary: WordVocabulary, folder: Path, quantization: str | None = None) -> Any:
    write_ctranslate2(made, vocabulary, folder / "model", quantization)
    return ctranslate2.Translator(str(folder / "model"), intra_threads=1)


SENTENCES = [[f"w{(7 * i + 3 * k) % 40:02}" for i in range(3 + 2 * k)] for k in range(6)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"norm": "pre"},
        {"positions": "learned", "longest": 64},
        {"positions": "none"},
        {"positions": "sinusoidal-halves"},
        {"scale": "none"},
        {"d_k": 12, "d_v": 12},
        {"norm_epsilon": 0.1},
    ],
    ids=str,
)
def test_greedy_translations_and_their_scores_are_the_same(
    options: dict[str, Any], vocabulary: WordVocabulary, tmp_path: Path
) -> None:
    made = network(vocabulary, **options)
    steps = 8
    found = translator(made, vocabulary, tmp_path).translate_batch(
        SENTENCES,
        beam_size=1,
        length_penalty=0,
        min_decoding_length=steps,
        max_decoding_length=steps,
        return_scores=True,
    )
    for sentence, theirs in zip(SENTENCES, found, strict=True):
        tokens = [BOS] + [vocabulary.pieces.index(piece) for piece in theirs.hypotheses[0]]
        assert len(tokens) == steps + 1
        src = torch.tensor([[*vocabulary.encode([" ".join(sentence)])[0], EOS]])
        with torch.no_grad():
            log_p = made(src, torch.tensor([tokens[:-1]]))[0].log_softmax(-1)
        allowed = log_p.clone()
        allowed[:, EOS] = -torch.inf  # by the least length
        assert allowed.argmax(-1).tolist() == tokens[1:]
        # That it may not end costs nothing there: what is ruled out gives its probability to the others.
        rest = log_p - torch.log1p(-log_p[:, EOS].exp())[:, None]
        expected = float(rest[torch.arange(steps), tokens[1:]].sum())
        assert theirs.scores[0] == pytest.approx(expected, rel=1e-4)


def test_beam_search_finds_the_same(vocabulary: WordVocabulary, tmp_path: Path) -> None:
    """Of translations of a given length, since the two end a search by different rules."""
    made = network(vocabulary)
    model = translator(made, vocabulary, tmp_path)
    same = 0
    for sentence in SENTENCES:
        src = torch.tensor([[*vocabulary.encode([" ".join(sentence)])[0], EOS]])
        steps = src.shape[1] + 5
        (mine,) = beam_search(made, src, beam=4, max_extra=6, forbidden=(EOS, UNK))
        options = {"beam_size": 4, "min_decoding_length": steps, "max_decoding_length": steps, "disable_unk": True}
        (theirs,) = model.translate_batch([sentence], suppress_sequences=[["<pad>"], ["<s>"]], **options)
        same += mine[0].tokens == [vocabulary.pieces.index(piece) for piece in theirs.hypotheses[0]]
    assert same >= len(SENTENCES) - 1  # two hypotheses may be equally good in float32


def test_int8_is_near_and_leaves_the_network_alone(vocabulary: WordVocabulary, tmp_path: Path) -> None:
    made = network(vocabulary)
    before = {name: value.clone() for name, value in made.state_dict().items()}
    exact = translator(made, vocabulary, tmp_path / "float").translate_batch(SENTENCES, beam_size=1, return_scores=True)
    rough = translator(made, vocabulary, tmp_path / "int8", "int8")
    assert all(torch.equal(value, made.state_dict()[name]) for name, value in before.items())
    assert rough.compute_type == "int8_float32"
    found = rough.translate_batch(SENTENCES, beam_size=1, return_scores=True)
    first = [(a.hypotheses[0][:1], b.hypotheses[0][:1]) for a, b in zip(exact, found, strict=True)]
    assert sum(a == b for a, b in first) >= len(first) - 1
    sizes = [(tmp_path / name / "model" / "model.bin").stat().st_size for name in ("float", "int8")]
    assert sizes[1] < sizes[0]


def test_the_vocabulary_comes_along(vocabulary: WordVocabulary, tmp_path: Path) -> None:
    write_ctranslate2(network(vocabulary), vocabulary, tmp_path / "model")
    assert type(vocabulary).load(tmp_path / "model" / "vocabulary.model").pieces == vocabulary.pieces
    with pytest.raises(BadInput, match="already exists"):
        write_ctranslate2(network(vocabulary), vocabulary, tmp_path / "model")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoder": "convolution"}, "no encoder of convolutions"),
        ({"causal": False}, "no decoder without its causal mask"),
        ({"compatibility": "additive"}, "no additive attention"),
        ({"d_k": 4, "d_v": 8}, "d_k is 4, d_v 8"),
    ],
)
def test_what_ctranslate2_has_not_is_refused(options: dict[str, Any], message: str, vocabulary: WordVocabulary) -> None:
    with pytest.raises(BadInput, match=message):
        specification(network(vocabulary, **options), vocabulary.pieces)


def test_a_recurrent_model_is_refused(vocabulary: WordVocabulary) -> None:
    with pytest.raises(BadInput, match="no RecurrentSeq2Seq"):
        specification(RecurrentSeq2Seq(len(vocabulary), 1), vocabulary.pieces)
