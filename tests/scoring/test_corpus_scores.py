"""BLEU and chrF against hand computation, sacreBLEU's command and interface, and multi-bleu written out."""

import json
import math
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from repro.scoring.corpus_scores import bleu, bleu_statistics, chrf, chrf_statistics
from repro.scoring.definitions import DEFINITIONS
from repro.scoring.tokenisation import moses_tokenise, split_compounds

REFERENCES = [
    "Der US-Präsident sagte: „Das 3,5-fache ist genug.“",
    "Ein Mann rasiert seinen Bart.",
    "Dr. Meier (45) kauft rich-text-Bücher für 3.500 Euro, oder?",
    "Die Katze läuft schnell über die E-Mail-Adresse hinweg.",
    "Das ist ein sehr langer Satz, den niemand lesen möchte, und er hört nicht auf.",
] * 3
HYPOTHESES = (
    [
        'Der US-Präsident sagte: "Das 3,5-fache reicht."',
        "Ein Mann rasiert den Bart.",
        "Dr. Meier (45) kauft Rich-Text-Bücher für 3500 Euro, oder?",
        "Die Katze läuft über die E-Mail-Adresse.",
        "Das ist ein sehr langer Satz, den keiner lesen möchte, und er hört nie auf.",
    ]
    * 2
    + REFERENCES[10:14]
    + [""]
)


def multi_bleu(hypotheses: list[str], references: list[str]) -> tuple[float, int]:
    """Unsmoothed BLEU (Papineni et al. 2002, section 2.3) of tokens between spaces; reference length."""
    matching, total, length, reference_length = [0] * 4, [0] * 4, 0, 0
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        found, wanted = hypothesis.split(), reference.split()
        length, reference_length = length + len(found), reference_length + len(wanted)
        for n in range(1, 5):
            ours = Counter(tuple(found[i : i + n]) for i in range(len(found) - n + 1))
            theirs = Counter(tuple(wanted[i : i + n]) for i in range(len(wanted) - n + 1))
            matching[n - 1] += sum(min(count, theirs[ngram]) for ngram, count in ours.items())
            total[n - 1] += sum(ours.values())
    if 0 in matching:
        return 0.0, reference_length
    brevity = min(1.0, math.exp(1 - reference_length / length))
    mean_log = sum(math.log(m / t) for m, t in zip(matching, total, strict=True)) / 4
    return 100 * brevity * math.exp(mean_log), reference_length


@pytest.mark.parametrize("name", DEFINITIONS)
def test_by_hand(name):
    # Matches 5 of 6, 3 of 5, 2 of 4, 1 of 3; equal lengths: (5/6 * 3/5 * 2/4 * 1/3)^(1/4) = (1/12)^(1/4).
    metric = bleu(["the cat sat on the mat"], ["the cat sat on a mat"], DEFINITIONS[name], "en", resamples=0)
    assert metric.value == pytest.approx(100 * (1 / 12) ** 0.25)
    assert metric.details["precisions"] == pytest.approx([500 / 6, 60, 50, 100 / 3])
    assert metric.reference_tokens == 6
    assert metric.interval is None


def test_brevity_by_hand():
    metric = bleu(["a b c d"], ["a b c d e f"], DEFINITIONS["bleu"], "en", resamples=0)
    assert metric.value == pytest.approx(100 * math.exp(1 - 6 / 4))
    assert metric.details["length_ratio"] == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("name", "prepare"),
    [
        ("bleu_tokenised", lambda line: moses_tokenise(line, "de")),
        ("bleu_tokenised_lc", lambda line: moses_tokenise(line.lower(), "de")),
        ("bleu_compound", lambda line: split_compounds(moses_tokenise(line, "de"))),
    ],
)
def test_tokenised_definitions_are_multi_bleu(name, prepare):
    score, reference_tokens = multi_bleu([*map(prepare, HYPOTHESES)], [*map(prepare, REFERENCES)])
    metric = bleu(HYPOTHESES, REFERENCES, DEFINITIONS[name], "de", resamples=0)
    assert metric.value == pytest.approx(score, rel=1e-12)
    assert metric.reference_tokens == reference_tokens


def test_multi_bleu_does_not_smooth_and_sacrebleu_does():
    lines = ["a b c x"], ["a b c d"]
    assert multi_bleu(*lines)[0] == 0
    assert bleu(*lines, DEFINITIONS["bleu_tokenised"], "en", resamples=0).value == 0
    assert bleu(*lines, DEFINITIONS["bleu"], "en", resamples=0).value == pytest.approx(
        100 * (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** 0.25
    )


def test_definitions_differ_from_one_another():
    scores = {
        name: bleu(HYPOTHESES, REFERENCES, definition, "de", resamples=0) for name, definition in DEFINITIONS.items()
    }
    assert len({metric.value for metric in scores.values()}) == len(DEFINITIONS)
    assert len({metric.signature for metric in scores.values()}) == len(DEFINITIONS)
    assert len({metric.definition for metric in scores.values()}) == len(DEFINITIONS)
    # Splitting turns one reference token into three, at each compound.
    compounds = sum(split_compounds(line).count("##AT##-##AT##") for line in REFERENCES)
    tokenised, split = scores["bleu_tokenised"], scores["bleu_compound"]
    assert compounds == 3 * 6
    assert split.reference_tokens == tokenised.reference_tokens + 2 * compounds


@pytest.mark.parametrize(
    ("name", "options"),
    [("bleu", []), ("bleu_intl", ["-tok", "intl"]), ("bleu_intl_lc", ["-tok", "intl", "-lc"])],
)
def test_equals_the_sacrebleu_command(name, options, tmp_path):
    hypotheses, references = tmp_path / "hyp", tmp_path / "ref"
    hypotheses.write_text("\n".join(HYPOTHESES) + "\n", encoding="utf-8")
    references.write_text("\n".join(REFERENCES) + "\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "sacrebleu",
        references,
        "-i",
        hypotheses,
        "-m",
        "bleu",
        "chrf",
        "-w",
        "9",
    ]
    output = subprocess.run([*command, *options], capture_output=True, check=True, text=True).stdout
    expected = {score["name"]: score for score in json.loads(output)}
    metric = bleu(HYPOTHESES, REFERENCES, DEFINITIONS[name], "de", resamples=0)
    assert metric.value == pytest.approx(expected["BLEU"]["score"], abs=1e-9)
    assert metric.signature == expected["BLEU"]["signature"]
    assert f"ref_len = {metric.reference_tokens})" in expected["BLEU"]["verbose_score"]
    if "-lc" not in options:
        metric = chrf(HYPOTHESES, REFERENCES, resamples=0)
        assert metric.value == pytest.approx(expected["chrF2"]["score"], abs=1e-9)
        assert metric.signature == expected["chrF2"]["signature"]


def test_statistics_give_exactly_the_corpus_score():
    for name, public in {
        "bleu": BLEU(),
        "bleu_intl": BLEU(tokenize="intl"),
        "bleu_intl_lc": BLEU(tokenize="intl", lowercase=True),
    }.items():
        found = bleu_statistics(HYPOTHESES, REFERENCES, DEFINITIONS[name], "de")
        assert found.counts.shape == (len(REFERENCES), 10)
        assert found.corpus_score() == public.corpus_score(HYPOTHESES, [REFERENCES]).score
    found = chrf_statistics(HYPOTHESES, REFERENCES)
    assert found.corpus_score() == CHRF().corpus_score(HYPOTHESES, [REFERENCES]).score


def test_chrf_counts_reference_characters():
    metric = chrf(HYPOTHESES, REFERENCES, resamples=0)
    assert metric.reference_tokens == sum(len("".join(line.split())) for line in REFERENCES)


def test_interval_holds_the_score_and_follows_the_seed():
    first, again, other = (
        bleu(HYPOTHESES, REFERENCES, DEFINITIONS["bleu"], "de", resamples=200, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.interval != other.interval
    assert first.interval[0] < first.value < first.interval[1]
    assert first.details["interval"] == {
        "method": "percentile bootstrap over sentences",
        "level": 0.95,
        "resamples": 200,
        "seed": 1,
    }


def test_tokens_as_given_are_not_tokenised_again():
    given = ["„ ja “ , 3 , 5 @-@ mal"], ["„ ja “ , 3 , 5 @-@ fach"]
    metric = bleu(*given, DEFINITIONS["bleu_tokenised"], "de", pretokenised=True, resamples=0)
    assert metric.value == pytest.approx(multi_bleu(*given)[0])
    assert metric.reference_tokens == len(given[1][0].split())
    assert "as given" in metric.definition
    assert metric.signature.endswith("|tokens:given")
    again = bleu(*given, DEFINITIONS["bleu_tokenised"], "de", resamples=0)
    assert again.reference_tokens > metric.reference_tokens
    with pytest.raises(ValueError, match="detokenised"):
        bleu(*given, DEFINITIONS["bleu"], "de", pretokenised=True)


def test_lower_case_comes_before_tokens():
    # "Bart." is an abbreviation to Moses, "bart." is not.
    lines = ["Ein Mann rasiert seinen Bart."]
    cased = bleu(lines, lines, DEFINITIONS["bleu_tokenised"], "de", resamples=0)
    uncased = bleu(lines, lines, DEFINITIONS["bleu_tokenised_lc"], "de", resamples=0)
    assert (cased.reference_tokens, uncased.reference_tokens) == (5, 6)


@pytest.mark.data
def test_reference_of_the_multi30k_anchor(data_folder):
    from repro.data.text import lines

    references = list(lines(data_folder / "multi30k" / "test_2016_flickr.de.gz"))
    metric = bleu(references, references, DEFINITIONS["bleu_tokenised_lc"], "de", resamples=0)
    assert metric.reference_tokens == 12_103
    tokens = [moses_tokenise(line.lower(), "de") for line in references]
    given = bleu(tokens, tokens, DEFINITIONS["bleu_tokenised_lc"], "de", pretokenised=True, resamples=0)
    assert given.reference_tokens == 12_103


def test_nothing_to_score_is_an_error():
    with pytest.raises(ValueError, match="0 hypotheses"):
        bleu_statistics([], [], DEFINITIONS["bleu"], "de")
    with pytest.raises(ValueError, match="1 hypotheses against 2"):
        bleu_statistics(["a"], ["a", "b"], DEFINITIONS["bleu"], "de")


def test_hypotheses_without_a_match_score_zero_with_an_interval():
    metric = bleu(["x", ""], ["a b c d", "e"], DEFINITIONS["bleu"], "de", resamples=50)
    assert (metric.value, metric.interval) == (0.0, (0.0, 0.0))
    assert np.isfinite(metric.details["precisions"]).all()
