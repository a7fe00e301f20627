"""A mean over seeds against a published number."""

import pytest

from reports.claims.claim import Published, Question
from tests.reports.judging import claim, verdict_of
from tests.reports.records import metric, planted

PUBLISHED = Published("27.3 BLEU", 27.3, unit="BLEU", definition="bleu_compound", corpus="wmt14-en-de", lines=3003)


VALUE = Question("main", "wmt14", ("t",), None, "test.bleu_compound", "higher", margin=0.5, expected=27.3)


def value_records(values, corpus="wmt14-en-de", lines=3003):
    bleu = [metric(v, "BLEU, 0 to 100", "as of get_ende_bleu.sh", details={"lines": lines}) for v in values]
    data = {"corpus": corpus}
    return [
        planted("main", "t", seed, {"test.bleu_compound": it}, scale="wmt14", data=data)
        for seed, it in enumerate(bleu, 1)
    ]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([27.25, 27.4, 27.2, 27.35, 27.3], "reproduced"),
        ([25.2, 25.4, 25.1, 25.3, 25.3], "contradicted"),
        ([27.0, 28.9, 26.1, 27.9, 26.6], "inconclusive"),
        ([27.3], "inconclusive"),
    ],
)
def test_a_published_number(values, word):
    made = claim("value", VALUE, decides_at=("wmt14",), published=PUBLISHED)
    found = verdict_of(made, *value_records(values))
    assert found.verdict == word
    assert found.measured.value == pytest.approx(sum(values) / len(values))


@pytest.mark.parametrize(("changes", "why"), [({"corpus": "news"}, "another test"), ({"lines": 2737}, "test set")])
def test_other_data_are_never_judged(changes, why):
    made = claim("value", VALUE, decides_at=("wmt14",), published=PUBLISHED)
    found = verdict_of(made, *value_records([27.25, 27.4, 27.2, 27.35, 27.3], **changes))
    assert found.verdict == "inconclusive"
    assert why in found.reason


def test_a_finished_run_without_a_value_leaves_a_published_number_open():
    made = claim("value", VALUE, decides_at=("wmt14",), published=PUBLISHED)
    found = verdict_of(made, *value_records([27.25, 27.4, 27.2, 27.35, 27.3, None]))
    assert found.verdict == "inconclusive"
    assert "has no value in 1 of 6 runs" in found.reason
