"""Kendall's tau, drawn and as a table beside the paper's."""

import re
from dataclasses import replace

import pytest

from reports.figures.explanation import correlation
from reports.figures.explanation.models import models_at
from reports.section import Section
from tests.reports.figures import planted as plant
from tests.reports.figures.explanation.drawn import drawn, ink, interval, rows_of_table
from tests.reports.figures.sections import text_of
from tests.reports.records import records_of


def test_tau_is_marked_where_its_mean_is(found):
    (x0, y0), (x1, y1) = sorted(ink(drawn(found, "attention – gradient")), key=lambda at: at[1])
    assert (x0, y1 > y0) == (x1, True)  # both models have the same tau
    other, _ = ink(drawn(found, "gradient – leave-one-out"))
    zero, one = _axis(drawn(found, "attention – gradient"), "0.0", "1.0")
    assert (x0 - zero) / (one - zero) == pytest.approx(0.28, abs=2e-3)
    assert (other[0] - zero) / (one - zero) == pytest.approx(0.48, abs=2e-3)


def _axis(svg: str, *labels: str) -> list[float]:
    """Where ticks are along x, by their labels."""
    places = {label: float(x) for x, label in re.findall(r'<text[^>]*? x="([-\d.]+)"[^>]*>([^<]+)</text>', svg)}
    return [places[label] for label in labels]


def test_table2_has_mean_deviation_share_and_what_is_undefined(found):
    rows = [row for row in rows_of_table(found, "bilstm-additive") if row[0] in ("all texts", "blame", "praise")]
    for mean, (every, blame, praise) in zip((0.28, 0.18, 0.48), (rows[:3], rows[3:6], rows[6:]), strict=True):
        assert every == ["all texts", f"{interval(mean, digits=2)} ± 0.12", "0.50 [0.50, 0.50]", "5 / 20"]
        assert blame == ["blame", "–", "–", "–"]
        assert praise == ["praise", interval(mean + 0.1, digits=2), "–", "–"]


def test_both_versions_of_the_papers_table_stand_beside_where_the_data_are_the_papers(found, sst):
    base = [row[-2:] for row in rows_of_table(sst, "bilstm-additive") if row[0] in ("all texts", "praise")]
    assert base[:2] == [["–", "0.35"], ["0.38 ± 0.19, 0.58", "0.36 ± 0.21, 0.49"]]
    assert base[2:4] == [["–", "0.29"], ["0.33 ± 0.19, 0.47", "0.32 ± 0.19, 0.40"]]
    assert base[4:] == [["–", "0.66"], ["–", "–"]]
    average = [row[-2:] for row in rows_of_table(sst, "average") if row[0] == "praise"]
    assert average == [["0.69 ± 0.14, 0.94", "0.60 ± 0.21, 0.83"], ["–", "–"], ["–", "–"]]
    assert "paper, epoch by" not in text_of(found)


def test_of_many_answers_those_that_were_given_have_a_line_and_table2_is_of_all_texts() -> None:
    answers = ["bathroom", "garden", "kitchen"]
    runs = [replace(run, data={**run.data, "classes": answers}) for run in plant.explanation("babi1", "babi1")]
    babi = correlation.part(models_at(records_of(runs), "babi1"), "en")
    base = rows_of_table(Section("table2", "", babi), "bilstm-additive")
    assert [row[0] for row in base if row[0] in ("all texts", *answers)] == ["all texts", "garden"] * 3
    gradient, leave_one_out, measures = (row[-2:] for row in base if row[0] == "all texts")
    assert gradient == ["0.23 ± 0.19, 0.46", "0.25 ± 0.16, 0.55"]
    assert leave_one_out == ["0.23 ± 0.18, 0.45", "0.16 ± 0.14, 0.28"]
    assert measures == ["–", "0.50"]
