"""All corpora together, from planted records of two."""

import re

import pytest

from ablations.explanation.definitions import DEFINITIONS
from reports.figures import explanation
from reports.figures.explanation import corpora
from reports.figures.explanation.models import Models, models_at
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import report_of
from tests.reports.records import metric, planted, records_of


def with_vectors() -> list:
    """Five seeds that start from word vectors, at SST: tau of 0.3 and 0.2."""
    metrics = {"tau.gradient": metric(0.3, "tau", "a tau"), "tau.leave_one_out": metric(0.2, "tau", "a tau")}
    data = {"corpus": "sst2", "classes": ["blame", "praise"]}
    return [
        planted("explanation", "bilstm-additive-vectors", seed, metrics, scale="sst2", data=data) for seed in (1, 2)
    ]


@pytest.fixture(scope="module")
def scales() -> list[Models]:
    records = records_of([*plant.explanation(), *plant.explanation("sst2", "sst2"), *with_vectors()])
    return [models_at(records, scale) for scale in ("sst2", "builtin")]


def test_tau_stands_beside_the_papers_on_each_corpus(scales: list[Models]) -> None:
    tau, _ = corpora.parts(scales, "en")
    first = tau[tau.index("<tbody>") : tau.index("</tbody>")]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", first)]
    assert rows[0] == ["SST", "0.28", "[0.26,", "0.30]", "0.30", "[0.30,", "0.30]", "0.28", "[0.26,", "0.30]", "0.35"]
    assert rows[1] == ["generated", "reviews", "0.28", "[0.26,", "0.30]", "–", "0.28", "[0.26,", "0.30]", "–"]
    for key in ("bilstm-additive", "bilstm-additive-vectors", "average", "paper"):
        assert corpora.figure_texts("en")[f"explanation.corpora.{key}"] in tau


def test_a_single_corpus_has_no_such_part(scales: list[Models]) -> None:
    assert corpora.parts(scales[:1], "en") == []
    alone = explanation.section(report_of(plant.explanation()), "en")
    assert alone is not None
    assert "All corpora together" not in alone.html
    both = explanation.section(report_of([*plant.explanation(), *plant.explanation("sst2", "sst2")]), "en")
    assert both is not None
    assert "All corpora together" in both.html


def test_the_table_has_an_answer_a_definition_for_each_model_and_corpus(scales: list[Models]) -> None:
    answers = corpora.answers(scales)
    assert [(each.corpus, each.row) for each in answers] == [
        (corpus, row) for corpus in ("SST", "generated reviews") for row in ("bilstm-additive", "average")
    ]  # nothing was asked of the third row at SST
    words = {each.key: answer.word for each, answer in zip(DEFINITIONS, answers[0].answers, strict=True)}
    assert (words["uniform_loss"], words["adversary_jsd"]) == ("yes", "no")
    assert (words["gradient_agreement"], words["guide_gain"]) == ("seeds_differ", "unmeasured")
    _, table = corpora.parts(scales, "ko")
    assert "생성한 리뷰" in table
    assert table.count("<tr>") == 1 + len(answers)


def test_names_from_records_are_escaped() -> None:
    hostile = plant.explanation("sst2", "<b>corpus") + plant.explanation()
    found = explanation.section(report_of(hostile), "en")
    assert found is not None
    assert "<b>corpus" not in found.html
    assert "&lt;b&gt;corpus" in found.html
