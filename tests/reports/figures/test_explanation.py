"""What the section on attention as explanation shows is what the records have, read back from the HTML."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

import reports
from ablations.explanation.definitions import DEFINITIONS, JAIN, NEITHER, WIEGREFFE
from ablations.explanation.summaries import by_largest_weight
from reports.figures import explanation
from reports.figures.explanation import bins, definitions, heat_maps, shapes, trained
from reports.figures.explanation.models import GRID, MOST, Models, models_at
from reports.section import Section
from reports.verdicts.records import read_records
from reports.verdicts.report import Report
from repro.texts import LANGUAGES, texts_of
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of
from tests.reports.figures.test_numbers import drawings, markers
from tests.reports.records import planted, records_of

HALF = 2.7764451 * np.std([0.01, 0.02, 0.03, 0.04, 0.05], ddof=1) / math.sqrt(5)
"""Of Student's t interval over the planted shifts of 5 seeds."""


@pytest.fixture(scope="module")
def models() -> Models:
    return models_at(records_of(plant.explanation()), "builtin")


@pytest.fixture(scope="module")
def found() -> Section | None:
    return explanation.section(report_of(plant.explanation()), "en")


def drawn(found: Section | None, name: str) -> str:
    """The drawing whose label begins so."""
    [svg] = [svg for svg in drawings(found) if f'aria-label="{name}' in svg]
    return svg


def ink(svg: str) -> list[tuple[float, float]]:
    """Places of marks in the colour of text."""
    closed = {name for name, d in re.findall(r'<path id="([^"]+)" d="([^"]+)"', svg) if d.rstrip().lower()[-1] == "z"}
    uses = re.findall(r'<use href="#([^"]+)" x="([-\d.]+)" y="([-\d.]+)" style="([^"]+)"', svg)
    return [(float(x), float(y)) for name, x, y, style in uses if name in closed and "var(--ink)" in style]


def interval(mean: float, half: float = HALF, digits: int = 3) -> str:
    return f"{mean:.{digits}f} [{mean - half:.{digits}f}, {mean + half:.{digits}f}]"


def test_claims_are_counted():
    report = report_of([])
    text = text_of(explanation.section(report, "en"))
    for key in explanation.KEYS:
        count = sum(each.claim.paper.key == key for each in report.judged)
        assert count > 0
        assert f"{count} claims, " in text
    assert "`ablate run explanation` makes them" in text


def test_the_base_comes_first_and_no_more_models_than_can_be_told_apart(models):
    assert list(models.records) == ["bilstm-additive", "average"]
    many = [planted(GRID, f"row{number:02}", 1, {}) for number in range(20)]
    assert len(models_at(records_of(many), "builtin").records) == MOST


# --- heat maps ---


def test_each_word_has_its_weight_and_evidence_is_underlined(found):
    start = found.html.index('<div class="heat">')
    lines = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", found.html[start:], re.DOTALL)
    names = [re.sub(r"<.*", "", head) for head, _ in lines]
    assert names == ["learned", "shuffled", "clauses reordered"]  # weights of the other seed do not fit the words
    words = [re.findall(r'<span( class="planted")?.*?data-w="([\d.]+)">(.*?)</span>', line) for _, line in lines]
    p = ' class="planted"'
    assert words[0] == [(p, "0.640", "dull"), ("", "0.010", ","), ("", "0.000", "but"), (p, "0.350", "bright")]
    assert words[1] == [(p, "0.350", "dull"), ("", "0.000", ","), ("", "0.010", "but"), (p, "0.640", "bright")]
    assert [word for _, _, word in words[2]] == ["bright", ",", "but", "dull"]
    assert [mark for mark, _, _ in words[2]] == [p, "", "", p]
    assert "p(praise) = 0.875" in lines[0][0]
    assert "p(praise) = 0.125" in lines[2][0]


def test_colour_is_the_square_root_of_the_weight():
    assert heat_maps.Word("a", 0.25, False, True).colour == heat_maps.FULL / 2
    assert heat_maps.Word("a", 1.0, False, True).colour == heat_maps.FULL
    assert heat_maps.Word("a", 0.0, False, True).colour == 0


# --- correlation ---


def test_histograms_share_their_fullest_bin_and_leave_out_what_is_undefined():
    edges = np.array([-1.0, 0.0, 0.5, 1.0])
    values = np.array([-0.5, 0.1, 0.2, 0.3, 0.4, 1.0, 1.0000001, np.nan])
    np.testing.assert_allclose(shapes.heights(values, edges), [0.25, 1.0, 0.5])
    np.testing.assert_allclose(shapes.heights(np.array([np.nan]), edges), [0, 0, 0])


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
    rows = [row for row in _rows(found, "bilstm-additive") if row[0] in ("all texts", "blame", "praise")]
    for mean, (every, blame, praise) in zip((0.28, 0.18, 0.48), (rows[:3], rows[3:6], rows[6:]), strict=True):
        assert every == ["all texts", f"{interval(mean, digits=2)} ± 0.12", "0.50 [0.50, 0.50]", "5 / 20"]
        assert blame == ["blame", "–", "–", "–"]
        assert praise == ["praise", interval(mean + 0.1, digits=2), "–", "–"]


def _rows(found: Section | None, head: str) -> list[list[str]]:
    assert found is not None
    rows = re.findall(rf'<tr><th scope="row">{re.escape(head)}</th>(.*?)</tr>', found.html, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)] for row in rows]


def test_both_versions_of_the_papers_table_stand_beside_where_the_data_are_the_papers(found):
    sst = explanation.section(report_of(plant.explanation("sst2", "sst2")), "en")
    base = [row[-2:] for row in _rows(sst, "bilstm-additive") if row[0] in ("all texts", "praise")]
    assert base[:2] == [["–", "0.35"], ["0.38 ± 0.19, 0.58", "0.36 ± 0.21, 0.49"]]
    assert base[2:4] == [["–", "0.29"], ["0.33 ± 0.19, 0.47", "0.32 ± 0.19, 0.40"]]
    assert base[4:] == [["–", "0.66"], ["–", "–"]]
    average = [row[-2:] for row in _rows(sst, "average") if row[0] == "praise"]
    assert average == [["0.69 ± 0.14, 0.94", "0.60 ± 0.21, 0.83"], ["–", "–"], ["–", "–"]]
    assert "paper, epoch by" not in text_of(found)


def test_real_records_name_their_data_as_the_papers_tables_are_looked_up():
    real = read_records([Path(reports.__file__).parent / "published" / "sst2"])
    assert models_at(real, "sst2").published_as == "sst"


# --- bins of the largest weight ---


def test_texts_are_put_into_the_bins_that_the_experiments_use():
    torch = pytest.importorskip("torch")
    largest = np.array([0.0, 0.2, 0.25, 0.4999, 0.5, 0.74, 0.75, 1.0])
    values = np.arange(8.0)
    theirs = by_largest_weight(torch.tensor(values), torch.tensor(largest))
    for ours, each in zip(bins.split(values, largest), theirs, strict=True):
        assert ours.tolist() == each.values.tolist()


def test_bins_have_their_means_and_counts(found):
    permuted, apart = (row for row in _rows(found, "bilstm-additive") if "(n = " in row[-1])
    assert permuted[0] == "0.250 [0.250, 0.250]"
    assert permuted[1:] == [f"{interval(mean + 0.03)} (n = 5)" for mean in (0.1, 0.2, 0.3, 0.4)]
    assert apart[0] == interval(0.53)
    [seeds] = _rows(found, "bilstm-additive, other seeds")
    assert seeds[0] == interval(0.33)
    assert seeds[1] == "– (n = 5)"
    assert "75% of the texts have an adversary farther than the median seed, 50% one farther than every" in text_of(
        found
    )


def test_means_of_bins_are_marked_in_order(found):
    places = sorted(ink(drawn(found, "Median change of the output")), key=lambda at: at[1])
    assert len(places) == 8
    steps = np.diff([x for x, _ in places[:4]])
    np.testing.assert_allclose(steps, steps[0], rtol=1e-3)
    assert steps[0] > 0


def test_ln_2_is_marked(found):
    assert ">ln 2<" in drawn(found, "Divergence from the learned attention")


# --- trained adversaries ---


def test_the_curve_is_the_mean_over_seeds_at_each_lambda(models):
    curve = trained.curve_of(models, "bilstm-additive")
    assert list(curve) == [0.0005, 0.002]
    tvd, jsd = curve[0.0005]
    assert (tvd.value, jsd.value) == pytest.approx((0.05, 0.33))
    assert (jsd.low, jsd.high) == pytest.approx((0.33 - HALF, 0.33 + HALF))
    assert trained.curve_of(models, "average") == {}


def test_adversaries_and_seeds_are_marked_beside_the_curve(found):
    places = markers(drawn(found, "Divergence of attention against change"))
    (x0, y0), (x1, y1) = sorted(places["--c1"])
    [(star, star_y)], [(seeds, seeds_y)] = places["--c2"], places["--c3"]
    unit_x, unit_y = (x1 - x0) / 0.2, (y1 - y0) / (0.6 - 0.33)
    assert (star - x0) / unit_x == pytest.approx(0.005 - 0.05, abs=1e-3)
    assert (seeds - x0) / unit_x == pytest.approx(0.02 - 0.05, abs=1e-3)
    assert (star_y - y0) / unit_y == pytest.approx(0.53 - 0.33, abs=1e-3)
    assert (seeds_y - y0) / unit_y == pytest.approx(0.0, abs=1e-3)
    assert "--c8" not in places


def test_the_papers_adversary_is_drawn_with_its_halved_distance_doubled():
    sst = explanation.section(report_of(plant.explanation("sst2", "sst2")), "en")
    places = markers(drawn(sst, "Divergence of attention against change"))
    (x0, y0), (x1, y1) = sorted(places["--c1"])
    [(x, y)] = places["--c8"]
    assert 0.05 + 0.2 * (x - x0) / (x1 - x0) == pytest.approx(2 * 0.036, abs=1e-3)
    assert 0.33 + 0.27 * (y - y0) / (y1 - y0) == pytest.approx(0.514, abs=1e-3)


# --- guides, reordering, records ---


def test_f1_stands_beside_the_papers_which_is_marked_as_from_memory(found):
    cells = cells_of(found)
    assert cells["bilstm-additive: model: learned"] == [interval(0.93), "5"]
    assert cells["bilstm-additive: words alone: the base's"] == [interval(0.83), "5"]
    sst = cells_of(explanation.section(report_of(plant.explanation("sst2", "sst2")), "en"))
    assert sst["bilstm-additive: model: uniform"] == ["0.850 [0.850, 0.850]", "5", "0.822 *"]
    assert sst["bilstm-additive: words alone: adversary's"] == ["–", "0", "0.592 *"]


def test_reordered_reviews_have_the_control(found):
    sentences, clauses = _rows(found, "average (control)")
    assert sentences[:4] == ["sentences", "1.000 [1.000, 1.000]", "1.000 [1.000, 1.000]", "0.000 [0.000, 0.000]"]
    assert clauses[4:] == ["0.950 [0.950, 0.950]", "–"]
    places = markers(drawn(found, "Mean Kendall&#39;s tau, word by word. Right: words keep their rank"))
    (one, top), (control, below) = sorted(places["--c1"], key=lambda at: at[1])
    assert (control > one, below > top) == (True, True)


def test_evidence_is_drawn_by_way_and_model(found):
    places = markers(drawn(found, "Area under the ROC curve. 1: every word of evidence"))
    base, average = (sorted(places[colour], key=lambda at: at[1]) for colour in ("--c1", "--c2"))
    unit = (base[1][0] - base[0][0]) / (0.8 - 0.7)  # gradient and attention
    assert (base[2][0] - base[0][0]) / unit == pytest.approx(0.5 - 0.7, abs=1e-3)
    assert (average[0][0] - base[0][0]) / unit == pytest.approx(0.9 - 0.7, abs=1e-3)
    sst = plant.explanation("sst2", "sst2")
    without = [planted(GRID, it.row, it.seed, {"test.f1": 0.5}, scale="sst2") for it in sst]
    assert "planted evidence" not in text_of(explanation.section(report_of(without), "en"))


# --- definitions ---


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


# --- odd records ---

ODD = {
    "tau": {"tau.gradient": [None, "a", True, 7.0, float("inf")], "tau.measures": 3},
    "permutation": {"change": [0.5, 2.0], "largest": [None, 3.0]},
    "adversary": {"jsd": [0.5, None], "largest": [0.5]},
    "seeds": ["none"],
    "adversarial": [{"lambda": None, "jsd": 1.0}, {"lambda": -1.0, "jsd": 9.0, "tvd": -1.0}, 3],
    "definitions": [{"key": None, "met": True}, {"key": "a key", "met": True}, {"key": "uniform_loss", "met": 1}],
    "examples": [
        {"words": ["a", 3], "attention": {"base": [1.0, 0.0]}},
        {"words": ["a", "b"], "attention": {"base": ["much", -4.0], "permuted": [1.0]}, "evidence": [9, None]},
        {"words": [], "attention": {"base": []}, "reordered": 3},
    ],
}


@pytest.mark.parametrize(
    ("details", "metrics"),
    [
        ({}, {"reorder.clauses.stays": -3.0, "uniform.f1": 7.0, "evidence.auc.attention": 0.0, "tau.gradient": 4.0}),
        (dict.fromkeys(ODD, 3), {"reorder.clauses.stays": None, "uniform.f1": None, "tau.gradient": None}),
        ({key: [None, {}] for key in ODD}, {"test.f1": 1.0, "guides.f1.base": 1.0}),
        (ODD, {"adversary.tvd": 0.0, "adversary.jsd": 0.0}),
        (ODD, {}),
    ],
)
def test_odd_records_do_not_fail_the_section(details, metrics):
    odd = [planted(GRID, row, 1, metrics, details=details, scale="a b") for row in ("average", "no such row")]
    odd += [
        planted(GRID, "bilstm-additive", 1, metrics, details=details),
        planted(GRID, "average", 2, {}, status="failed"),
    ]
    for records in (odd, [*odd, *plant.explanation()[4:]]):
        assert explanation.section(Report((), records_of(records), ""), "en") is not None
