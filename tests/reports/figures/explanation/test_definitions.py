"""Answers under each definition of explanation."""

import re

import pytest

from ablations.explanation.definitions import DEFINITIONS, JAIN, NEITHER, WIEGREFFE
from reports.figures.explanation import definitions
from repro.texts import LANGUAGES, texts_of


def test_answers_are_those_of_all_seeds(models):
    assert definitions.answer_of(models, "average", "uniform_loss").word == "unmeasured"
    assert definitions.answer_of(models, "bilstm-additive", "uniform_loss").word == "yes"
    assert definitions.answer_of(models, "average", "adversary_jsd").word == "no"
    mixed = definitions.answer_of(models, "average", "gradient_agreement")
    assert (mixed.word, mixed.met, mixed.of) == ("seeds_differ", 3, 5)
    assert mixed.value == pytest.approx(0)


def test_the_table_has_a_row_a_definition_and_a_column_a_model(found):
    start = found.html.index('<table class="numbers definitions">')
    rows = re.findall(r'<tr><th scope="row">(.*?)<small.*?</th>(.*?)</tr>', found.html[start:], re.DOTALL)
    cells = {
        name: [
            re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", it)).strip()
            for it in re.findall(r"<td>(.*?)</td>", rest, re.DOTALL)
        ]
        for name, rest in rows
    }
    assert len(cells) == len(DEFINITIONS)
    assert cells["is needed"] == ["✓ yes 0.08", "–"]
    assert cells["has no alternative, text by text"] == ["✗ no 0.53", "✗ no 0.53"]
    assert cells["agrees with gradients"][1].startswith("≈ seeds differ")
    assert cells["agrees with gradients"][1].endswith("(3/5)")


def test_the_experiments_definitions_have_their_texts():
    papers = {JAIN: "jain2019", WIEGREFFE: "wiegreffe2019", NEITHER: "neither"}
    assert list(definitions.DEFINITIONS) == [each.key for each in DEFINITIONS]
    for each in DEFINITIONS:
        paper, place = definitions.DEFINITIONS[each.key]
        assert paper == papers[each.paper]
        assert not place or re.match(rf"section {re.escape(place)}(,|$)", each.place)
        for language in LANGUAGES:
            rule = texts_of("reports.figures.explanation", language)[f"explanation.definition.{each.key}.rule"]
            assert ("≥ {threshold:g}" if each.at_least else "< {threshold:g}") in rule
