"""BLEU's brevity penalty, taken out of recorded scores, against sacreBLEU."""

import math

import numpy as np
import pytest
from sacrebleu.metrics import BLEU
from scipy import stats

from repro.ledger.comparing.brevity import brevities
from tests.reports.records import metric, planted

REFERENCES = ["the cat sat on the mat in the sun today", "a dog ran over the field to the river"]
SHORT = ["the cat sat on the mat in the sun", "a dog ran over the field"]
LONG = ["the cat sat on the mat in the sun today again", "a dog ran over the field to the river bank"]


def record(row: str, seed: int, translations: list[str], **changed):
    score = BLEU().corpus_score(translations, [REFERENCES])
    ratio = score.sys_len / score.ref_len
    return planted("heads", row, seed, {"test.bleu": metric(score.score, details={"length_ratio": ratio})}, **changed)


def test_a_short_translation_without_its_penalty_has_the_geometric_mean_of_sacrebleus_precisions():
    score = BLEU().corpus_score(SHORT, [REFERENCES])
    found = brevities({"one": {1: record("one", 1, SHORT)}}, "test.bleu")["one"]
    assert score.bp < 0.9
    assert found.unpenalised == pytest.approx(score.score / score.bp)
    assert found.unpenalised == pytest.approx(math.prod(score.precisions) ** (1 / 4))
    assert found.length == pytest.approx(score.sys_len / score.ref_len)


def test_a_translation_that_is_longer_has_no_penalty():
    long = BLEU().corpus_score(LONG, [REFERENCES])
    rows = {"one": {1: record("one", 1, SHORT)}, "base": {1: record("base", 1, LONG)}}
    assert brevities(rows, "test.bleu")["base"].unpenalised == pytest.approx(long.score)


def test_nothing_is_said_where_no_row_is_short():
    assert brevities({"base": {1: record("base", 1, LONG)}}, "test.bleu") == {}


def test_seeds_are_averaged_and_runs_without_a_score_or_a_length_are_left_out():
    runs = {
        1: record("one", 1, SHORT),
        2: record("one", 2, LONG),
        3: record("one", 3, LONG, status="diverged"),
        4: planted("heads", "one", 4, {"test.bleu": metric(20.0)}),
        5: planted("heads", "one", 5, {"dev.nll": metric(2.0)}),
    }
    found = brevities({"one": runs}, "test.bleu")["one"]
    scores = [BLEU().corpus_score(translations, [REFERENCES]) for translations in (SHORT, LONG)]
    assert found.length == pytest.approx(sum(score.sys_len / score.ref_len for score in scores) / 2)
    assert found.unpenalised == pytest.approx(sum(score.score / score.bp for score in scores) / 2)
    assert brevities({"one": {5: runs[5]}}, "test.bleu") == {}


@pytest.mark.parametrize("length", [1e-3, 0, -1, "x", True, float("nan")])
def test_a_length_that_no_score_can_be_divided_by_is_left_out(length):
    """Of hardly any translation, the penalty itself is smaller than any number."""
    broken = planted("heads", "one", 2, {"test.bleu": metric(0.0, details={"length_ratio": length})})
    assert brevities({"one": {2: broken}}, "test.bleu") == {}


def test_differences_without_the_penalty_are_over_common_seeds_or_of_means():
    """The base has a seed more, whose score lies apart: what is shown beside a paired difference leaves it out."""
    rng = np.random.default_rng(3)
    runs = {
        row: {
            seed: planted("heads", row, seed, {"test.bleu": metric(score, details={"length_ratio": 0.9})})
            for seed, score in enumerate(scores, 1)
        }
        for row, scores in {"one": rng.normal(20, 1, 4), "base": [*rng.normal(25, 1, 4), 60.0]}.items()
    }
    found = brevities(runs, "test.bleu")
    one, base = (np.array(list(found[row].by_seed.values())) for row in ("one", "base"))
    np.testing.assert_allclose(base[4], 60 / math.exp(1 - 1 / 0.9))
    paired = found["one"].minus(found["base"], paired=True)
    expected = stats.ttest_rel(one, base[:4]).confidence_interval()
    assert (paired.low, paired.high) == pytest.approx(tuple(expected))
    means = found["one"].minus(found["base"], paired=False)
    expected = stats.ttest_ind(one, base, equal_var=False).confidence_interval()
    assert (means.low, means.high) == pytest.approx(tuple(expected))
    assert means.estimate == pytest.approx(one.mean() - base.mean())
