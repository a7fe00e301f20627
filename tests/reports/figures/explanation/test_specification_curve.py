"""The drawing of the specification curve, and its tables."""

import re

import pytest

from reports.figures import explanation
from reports.figures.explanation import specification_curve
from reports.figures.explanation.models import models_at
from reports.figures.explanation.specifications import most_disagreeing
from tests.reports.figures import planted as plant
from tests.reports.records import records_of


@pytest.fixture(scope="module")
def sst():
    return models_at(records_of(plant.explanation("sst2", "sst2")), "sst2")


@pytest.mark.parametrize(("language", "holds"), [("en", "does not hold"), ("ko", "성립하지 않음")])
def test_every_dot_is_drawn_and_has_its_line_in_the_table(language, holds, sst):
    made = str(specification_curve.part(sst, language))
    curve = most_disagreeing(sst)[0]
    count = len(curve.specifications)
    first, second = re.findall(r"<tbody>(.*?)</tbody>", made, re.DOTALL)
    assert first.count("<tr>") == count
    assert first.count(f"<td>{holds}</td>") == curve.counts()["false"]
    assert second.count("<tr>") == len(most_disagreeing(sst))
    assert f"{curve.disagreement:.2f}" in second
    marks = re.findall(r'<use href="#[^"]+" x="([-\d.]+)" y="([-\d.]+)"', made)
    ticks = count * len(curve.choices)  # one in each choice, under its dot
    assert len(marks) >= count + ticks
    columns = {x for x, _ in marks}
    assert len(columns) >= count


def test_what_is_missing_is_named(sst):
    made = str(specification_curve.part(sst, "en"))
    absent = most_disagreeing(sst)[0].absent
    assert (f"no record holds the metric: {absent} combinations" in made) == bool(absent)
    assert "Word vectors are not among the choices" in made


def test_other_data_than_the_papers_have_no_curve(models):
    assert specification_curve.part(models, "en") is None
    assert specification_curve.part in [each.part for each in explanation.PARTS]
