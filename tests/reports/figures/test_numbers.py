"""What the sections show is what the records have, read back from the HTML."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from reports.catalogue import grid_at
from reports.figures import (
    bleu,
    chains,
    complexity,
    curves,
    distance,
    implementation_checks,
    learning,
    pace,
    scaling,
    table3,
    throughput,
)
from reports.figures.measurements import over_seeds, rows_of, thinned
from reports.section import Section
from reports.verdicts.records import StoredRecord
from repro.ledger.comparison import compare
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of
from tests.reports.records import metric, planted


def drawings(found: Section | None) -> list[str]:
    assert found is not None
    return re.findall(r'<svg class="drawing".*?</svg>', found.html, re.DOTALL)


def markers(svg: str) -> dict[str, list[tuple[float, float]]]:
    """Colour -> places of its markers in the drawing, y downwards: closed paths, unlike ends of intervals."""
    closed = {
        name for name, d in re.findall(r'<path id="([^"]+)" d="([^"]+)"', svg) if d.rstrip().lower().endswith("z")
    }
    found: dict[str, list[tuple[float, float]]] = {}
    for name, x, y, style in re.findall(r'<use href="#([^"]+)" x="([-\d.]+)" y="([-\d.]+)" style="([^"]+)"', svg):
        colour = re.search(r"var\((--c\d)\)", style)
        if colour and name in closed and x != "0":  # bands are placed at 0
            found.setdefault(colour[1], []).append((float(x), float(y)))
    return found


# --- Table 3 ---


def test_table3_has_the_differences_beside_the_papers_and_whether_signs_agree():
    cells = cells_of(table3.section(report_of(plant.table3()), "en"))
    _, published, measured, interval, finding, smallest, ppl_published, ppl_measured, _, ppl_finding, _ = cells["A1"]
    assert (published, measured) == ("-0.90", "-4.00 ✓")
    # One deviation for the runs of all three rows: 12 degrees of freedom.
    scores = [[90.0 + seed for seed in range(1, 6)], [86.0 + seed for seed in range(1, 6)]]
    scores.append([90.5 + seed + (seed % 3 - 1) / 10 for seed in range(1, 6)])
    pooled = math.sqrt(np.mean([np.var(row, ddof=1) for row in scores]))
    half = float(stats.t.isf(0.025, 12)) * pooled * math.sqrt(2 / 5)
    assert interval == f"{-4 - half:+.2f} … {-4 + half:+.2f}"
    assert finding == "worse n = 5"
    records = report_of(plant.table3()).evidence
    results = compare(grid_at("table3", "builtin"), rows_of(records, "table3", "builtin"))
    (of_a1,) = (each for each in results if each.name == "A1")
    assert smallest == f"{of_a1.difference.smallest_detectable:.2g}"
    assert (ppl_published, ppl_measured) == ("+0.37", "+0.25 ✓")
    assert ppl_finding == "worse n = 5"
    # D3: the paper has -0.5 BLEU and a better perplexity.
    assert cells["D3"][2] == "+0.52 ✗"
    assert cells["D3"][3] == f"{0.52 - half:+.2f} … {0.52 + half:+.2f}"
    assert cells["D3"][7] == "-0.50 ✓"
    assert "base" not in cells


def test_table3_compares_losses_in_nats_where_they_are_measured():
    """The paper's perplexities of 4.92 and 5.29 are ln(5.29 / 4.92) nats apart."""
    records = []
    for seed in range(1, 6):
        for row, loss in (("base", 0.60), ("A1", 0.65)):
            wobble = (seed % 3 - 1) / 1000
            metrics = {"dev.exact_match": 90.0 + seed, "dev.nll": metric(loss + wobble, "nats per target token", "ln")}
            records.append(planted("table3", row, seed, metrics))
    found = table3.section(report_of(records), "en")
    cells = cells_of(found)
    assert cells["A1"][6] == f"{math.log(5.29 / 4.92):+.2g}"
    assert cells["A1"][7] == "+0.05 ✓"
    assert "loss on the dev set: 1 of 1 differences have the paper's sign" in text_of(found)


def test_table3_says_signs_and_order():
    text = text_of(table3.section(report_of(plant.table3()), "en"))
    assert "exact match %: 1 of 2 differences have the paper's sign" in text
    assert "perplexity: 2 of 2 differences have the paper's sign" in text
    assert text.count("tau-b = 1.00 (p = 1, 2 rows)") == 2


# --- Table 1 ---


def test_table1_has_law_agreement_and_note():
    cells = cells_of(complexity.section(report_of(plant.complexity()), "en"))
    operations, sequential, path = cells["self-attention"]
    assert operations == "O(n 2 d) ✗ n 1.87 [1.85, 1.89] a planted note"
    assert sequential == "not measured"
    assert path == "O(1) ✓ 3"


def test_crossings_stand_beside_n_d():
    cells = cells_of(complexity.section(report_of(plant.complexity()), "en"))
    assert cells["operations"] == ["n = d = 64", "n = 63"]
    assert cells["forward, cpu"] == ["n = d = 64", "n = 77"]


def test_time_is_drawn_as_powers_on_logarithmic_axes():
    svg = drawings(complexity.section(report_of(plant.complexity()), "en"))[0]
    lines = markers(svg)
    slopes = []
    for colour in ("--c1", "--c2"):
        (x0, y0), (x1, y1), (x2, y2) = sorted(lines[colour])
        assert (y1 - y0) / (x1 - x0) == pytest.approx((y2 - y1) / (x2 - x1), rel=1e-3)
        slopes.append((y0 - y2) / (x2 - x0))
    assert slopes[0] == pytest.approx(2 * slopes[1], rel=1e-3)


# --- Table 2 ---


def test_scores_are_means_over_seeds_under_each_definition():
    cells = cells_of(bleu.section(report_of(plant.main()), "en"))
    half = 12.7062047 * math.sqrt(0.5) / math.sqrt(2)
    assert cells["test.bleu in words sacreBLEU tok:13a"] == [f"31.50 {31.5 - half:.2f} … {31.5 + half:.2f}, over seeds"]
    assert cells["test.bleu_compound in words compounds split compound"][0].startswith("33.00 ")


def test_a_single_run_has_its_interval_over_sentences():
    one = planted("fit", "", 1, {"test.bleu": metric(12.5, "BLEU", "sacreBLEU", interval=[11.25, 14.0])})
    cells = cells_of(bleu.section(report_of([one]), "en"))
    assert cells["test.bleu in words sacreBLEU"] == ["12.50 11.25 … 14.00, over sentences"]


def test_the_waterfall_has_every_step():
    svg = drawings(bleu.section(report_of(plant.main()), "en"))[0]
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
    for label in ("last checkpoint, greedy", "30.00", "beam 4", "31.25 (+1.25)", "bleu_compound", "31.00 (-0.25)"):
        assert label in texts


def test_the_bill_counts_as_the_paper_and_as_operations():
    cells = cells_of(bleu.section(report_of(plant.main()), "en"))
    assert "= 3.28e+18 FLOPs (the paper prints 3.3e18)" in cells["the paper's base"][0]
    assert "= 2.30e+19 FLOPs (the paper prints 2.3e19)" in cells["the paper's big"][0]
    assert cells["the paper's base"][1] == "6 × 65e6 × 2.5e+09 = 9.75e+17 FLOPs"
    assert cells["transformer, builtin"][1] == "6 × 3e+06 × 1e+08 = 1.80e+15 FLOPs"
    assert cells["transformer, builtin"][0].startswith("1 h × 2 × ")


def test_nothing_is_projected_from_another_model_than_base():
    assert "not measured. No record has the throughput of base" in text_of(bleu.section(report_of(plant.main()), "en"))


@pytest.mark.parametrize("made", ["trained", "throughput"])
def test_base_is_projected_from_its_own_throughput(made):
    base = plant.main(config=plant.network(d_model=512, d_ff=2048, N=6, h=8))
    rate = metric(50_000.0, "target tokens a second", "median")
    config = {"size": "base", "task": "training"}
    measured = planted("throughput", "training-base", 1, {"tokens_per_second.ours": rate}, config=config)
    text = text_of(bleu.section(report_of(base if made == "trained" else [*plant.main(), measured]), "en"))
    # 2.5e9 tokens at 50,000 a second are 50,000 seconds
    assert "50,000 target tokens per second, 13.9 hours" in text


# --- the footnote ---


def test_the_slider_has_the_draws_and_static_states_are_their_softmax():
    found = scaling.section(report_of(plant.footnote()), "en")
    z = np.array(json.loads(re.search(r'id="scaling-draws">(.*?)</script>', found.html)[1]))
    assert len(z) == 32
    static = found.html[found.html.index('id="scaling-static"') :]
    blocks = re.findall(r'data-side="(\w+)".*?data-entropy>([\d.]+)<.*?data-largest>([\d.]+)<', static, re.DOTALL)
    heights = re.findall(r'height="([\d.]+)"/>', static)
    assert [side for side, *_ in blocks] == ["scaled", "unscaled"] * 3
    for place, (d_k, (side, entropy, largest)) in enumerate(zip((1, 1, 64, 64, 1024, 1024), blocks, strict=True)):
        p = np.exp(z * (1 if side == "scaled" else d_k**0.5))
        p /= p.sum()
        assert float(entropy) == pytest.approx(-(p * np.log(p + 1e-300)).sum(), abs=0.0051)
        assert float(largest) == pytest.approx(p.max(), abs=0.00051)
        shown = [float(it) / 100 for it in heights[32 * place : 32 * place + 32]]
        np.testing.assert_allclose(shown, p, atol=1e-5)


def test_at_a_width_of_one_both_sides_are_the_same():
    z = scaling.draws()
    np.testing.assert_array_equal(scaling.weights(z, 1, True), scaling.weights(z, 1, False))


def test_products_have_the_variance_d_k():
    """What the draws stand for: q . k of standard normal components, by drawing these."""
    q, k = np.random.default_rng(1).standard_normal((2, 20_000, 64))
    assert np.var((q * k).sum(axis=1)) == pytest.approx(64, rel=0.05)
    assert np.var(math.sqrt(64) * np.random.default_rng(2).standard_normal(20_000)) == pytest.approx(64, rel=0.05)


def test_measured_quantities_are_drawn_where_they_are():
    svgs = drawings(scaling.section(report_of(plant.footnote()), "en"))
    assert len(svgs) == 4
    points = sorted(markers(svgs[1])["--c1"])  # entropy, linear: 0.5, 16 and 512
    assert (points[0][1] - points[1][1]) / (points[0][1] - points[2][1]) == pytest.approx(15.5 / 511.5, rel=1e-2)
    assert (points[1][0] - points[0][0]) / (points[2][0] - points[0][0]) == pytest.approx(5 / 10, rel=1e-3)


def test_trained_models_have_a_line_for_each_scale():
    found = scaling.section(report_of(plant.scaling()), "en")
    assert "test.exact_match of trained models over d_k, scale builtin, initialisation unit" in text_of(found)
    assert {colour: len(points) for colour, points in markers(drawings(found)[0]).items()} == {"--c1": 2, "--c2": 2}


# --- pace ---


def test_time_to_the_goal_beside_the_base_s():
    found = pace.section(report_of(plant.pace()), "en")
    cells = cells_of(found)
    seconds = 10 + np.arange(1, 6)
    half = 2.7764451 * seconds.std(ddof=1) / math.sqrt(5)  # Student's t, 4 degrees of freedom
    assert cells["self-attention"][0] == f"{seconds.mean():.4g} [{13 - half:.4g}, {13 + half:.4g}]"
    assert cells["self-attention"][1].startswith("13,000 [")
    assert cells["self-attention"][-2:] == ["–", "5"]
    assert cells["lstm-attention"][-2:] == ["3", "5"]
    assert cells["gru-attention"] == ["24", *["not reached"] * 3, "2", "2, of which 1 reached the goal"]
    machines = "2 cores of a processor; 8 cores of another processor"
    assert f"until the dev perplexity a token was 1.3. {machines}" in text_of(found)


# --- throughput ---


def test_other_libraries_stand_right_of_1_where_they_take_longer():
    found = throughput.section(report_of(plant.throughput()), "en")
    training, decoding = (markers(svg) for svg in drawings(found))
    assert set(training) == set(decoding) == {"--c1"}  # JoeyNMT is lost, and ours is the line at 1
    assert len(training["--c1"]) == len(decoding["--c1"]) == 1
    assert found is not None
    rows = re.findall(r"<tr><th scope=\"row\">training-tiny-fp32-15</th>(.*?)</tr>", found.html, re.DOTALL)
    ours, marian, joey = (re.sub(r"<[^>]+>", " ", row).split() for row in rows)
    assert ours == ["ours", "8,000", "–", "1,024", "MiB", "46%"]
    assert marian == ["marian+settings", "4,000", "2.00", "[1.80,", "2.20]", "–", "–"]
    assert joey == ["joeynmt", "not", "measured:", "&lt;gone&gt;"]
    assert cells_of(found)["median of `repro --help`"] == ["0.125 s"]
    assert cells_of(found)["memory of `repro --help`"] == ["2 MiB"]
    assert "a processor, 2 threads" in text_of(found)


def test_a_library_that_takes_half_as_long_stands_as_far_left_as_one_that_takes_twice_right():
    records = [*plant.throughput()]
    twice, half = (markers(svg)["--c1"][0][0] for svg in drawings(throughput.section(report_of(records), "en")))
    assert half < twice


def test_a_library_looks_alike_in_all_drawings():
    """Marian is first in the second drawing, but has the colour that it has in the first, where others come before."""
    records = plant.throughput()
    training = records[0].metrics
    training = {"tokens_per_second.plain": training["tokens_per_second.marian+settings"]} | training
    training["speedup.plain"] = training["speedup.marian+settings"]
    records[0] = replace(records[0], metrics=training)
    first, second = (markers(svg) for svg in drawings(throughput.section(report_of(records), "en")))
    assert set(first) == {"--c1", "--c2"}
    assert set(second) == {"--c2"}


# --- learning ---


def test_the_fast_path_s_curve_stands_beside_the_plain_one_s():
    found = learning.section(report_of(plant.learning()), "en")
    cells = cells_of(found)
    half = 2.7764451 * np.std(np.arange(5) / 10, ddof=1) / math.sqrt(5)  # Student's t, 4 degrees of freedom
    assert cells["plain"] == [f"4.3000 [{4.3 - half:.4f}, {4.3 + half:.4f}]", "–", "5"]
    assert cells["ours"][1:] == ["-0.0100 [-0.0100, -0.0100]", "5"]
    assert "Differences below 0.02 nats count as none." in text_of(found)
    lines = markers(drawings(found)[0])
    assert len(lines["--c1"]) == len(lines["--c2"]) == 2  # what a single seed has is no mean


def test_curves_without_dropout_stand_apart_from_those_with_it():
    exact = [replace(record, grid="learning-exact") for record in plant.learning()]
    found = learning.section(report_of([*plant.learning(), *exact]), "en")
    assert [len(drawings(each)) for each in (learning.section(report_of(exact), "en"), found)] == [1, 2]
    assert "learning at the scale builtin" in text_of(found)
    assert "learning-exact at the scale builtin" in text_of(found)


# --- distance ---


def test_accuracy_is_drawn_at_each_distance():
    found = distance.section(report_of(plant.distance()), "en")
    assert "Grid recurrence, scale builtin, dependency: homonym" in text_of(found)
    assert "lstm (n = 5)" in text_of(found)
    lines = markers(drawings(found)[0])  # rows in the order of their names: lstm 90 and 43, self-attention 99 and 95
    lstm, attention = sorted(lines["--c1"]), sorted(lines["--c2"])
    unit = (lstm[1][1] - lstm[0][1]) / (90 - 43)
    assert unit > 0
    assert lstm[0][1] - attention[0][1] == pytest.approx(9 * unit, rel=1e-2)
    assert attention[1][1] - attention[0][1] == pytest.approx(4 * unit, rel=1e-2)


def test_distances_with_few_lines_are_left_out():
    record = plant.distance()[0]
    for counted in record.details["test.by_tag"]["dependencies"]["homonym"].values():
        counted["count"] = distance.LEAST_LINES - 1
    assert distance.section(report_of([record]), "en") is None


def test_chains_are_drawn_over_their_length_with_the_mean_over_seeds():
    found = chains.section(report_of(plant.chains()), "en")
    assert "N=1 (n = 5)" in text_of(found)
    (svg,) = drawings(found)
    by_colour = markers(svg)
    below, above = sorted(by_colour.values(), key=lambda points: -max(y for _, y in points))
    (x0, top), (x1, lowered) = sorted(below)
    (_, high), (_, same) = sorted(above)
    assert x0 < x1
    assert top == pytest.approx(high)
    assert same == pytest.approx(high)
    assert lowered > top
    assert chains.section(report_of([planted("chains", "N=1", 1, {})]), "en") is None


# --- curves ---

HEAD = "step,split,loss,nll,perplexity,learning_rate,gradient_norm,epoch,target_tokens,seconds,tokens_per_second\n"


def test_dev_rows_are_read_and_others_are_not(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text(
        HEAD + "100,train,1,1,99,,,,1e6,60,\n200,dev,1,1,8.5,,,,2000000,120,\n100,dev,1,1,9,,,,1000000,60,\n"
    )
    assert curves.read_dev(path) == [
        {"perplexity": 9.0, "step": 100.0, "target_tokens": 1e6, "seconds": 60.0},
        {"perplexity": 8.5, "step": 200.0, "target_tokens": 2e6, "seconds": 120.0},
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"a,b\n1,2\n",
        HEAD.encode() + b"x,dev,,,nan\n1,dev,,,inf\n2,dev,,,-1\n3,dev\n",
        b'"' * 200_000,
    ],
)
def test_what_is_no_curve_is_none(tmp_path, content):
    (tmp_path / "metrics.csv").write_bytes(content)
    assert curves.read_dev(tmp_path / "metrics.csv") == []
    assert curves.read_dev(tmp_path / "nothing") == []
    assert curves.read_dev(tmp_path) == []


def test_long_curves_are_thinned_and_keep_their_ends(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text(HEAD + "".join(f"{step},dev,1,1,{1 + 1 / step},,,,{step},{step},\n" for step in range(1, 5001)))
    dev = curves.read_dev(path)
    assert len(dev) == curves.MOST_POINTS
    assert (dev[0]["step"], dev[-1]["step"]) == (1, 5000)
    assert thinned(range(5), 3) == [0, 2, 4]


def test_curves_are_drawn_over_updates_tokens_and_minutes(tmp_path):
    (tmp_path / "metrics.csv").write_text(
        HEAD + "".join(f"{s},dev,1,1,{4000 / s},,,,{s * 1000},{s},\n" for s in (100, 200, 400))
    )
    report = report_of(plant.main()[:1])
    [found] = report.records.counted
    report = replace(
        report, records=replace(report.records, records=(StoredRecord(found.record, found.path, tmp_path),))
    )
    svgs = drawings(curves.section(report, "en"))
    assert len(svgs) == 4  # the last one is BLEU after 10 and 20 minutes
    for svg in svgs[:3]:
        (x0, y0), (x1, y1), (x2, y2) = sorted(markers(svg)["--c1"])
        assert y1 - y0 == pytest.approx(y2 - y1, rel=1e-3)
        assert x2 - x1 == pytest.approx(2 * (x1 - x0), rel=1e-3)


# --- checks ---


def with_checks(tmp_path, content: str):
    (tmp_path / "checks.json").write_text(content)
    report = report_of(plant.main()[:1])
    [found] = report.records.counted
    directory = tmp_path.joinpath(*found.path.split("/")[:-1])
    return replace(
        report, records=replace(report.records, records=(StoredRecord(found.record, found.path, directory),))
    )


def test_checks_are_those_of_the_file(tmp_path):
    one = {"name": "parameters of <base>", "expected": "63", "measured": "64", "ok": False, "source": "Table 3"}
    content = json.dumps(
        {"commit": "abc", "dirty": False, "checks": [one, {**one, "name": "b", "ok": True}, {"name": "c"}]}
    )
    found = implementation_checks.section(with_checks(tmp_path, content), "en")
    assert cells_of(found)["parameters of <base>"] == ["63", "64", "✗ does not hold", "Table 3"]
    assert cells_of(found)["b"][2] == "✓"
    assert "1 of 2 checks hold. Code: abc" in text_of(found)


@pytest.mark.parametrize("content", ["", "[]", '{"checks": 3}', '{"checks": [{"ok": 1}]}', "\x00"])
def test_checks_that_cannot_be_read_are_none(tmp_path, content):
    assert implementation_checks.section(with_checks(tmp_path, content), "en") is None


def test_means_over_seeds_are_students():
    mean = over_seeds({1: 1.0, 2: 2.0, 3: 6.0})
    half = 4.3026527 * np.std([1, 2, 6], ddof=1) / math.sqrt(3)
    assert (mean.value, mean.low, mean.high) == pytest.approx((3, 3 - half, 3 + half))
    assert over_seeds({}) is None
    assert over_seeds({1: 2.0}).low is None
