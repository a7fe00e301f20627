"""Learning curves from `metrics.csv`."""

from dataclasses import replace

import pytest

from reports.figures import (
    curves,
)
from reports.figures.measurements import thinned
from reports.verdicts.records import StoredRecord
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import drawings, markers, report_of

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
    assert len(dev) == curves.MAX_POINTS
    assert (dev[0]["step"], dev[-1]["step"]) == (1, 5000)
    assert thinned(range(5), 3) == [0, 2, 4]


def test_curves_are_drawn_over_updates_tokens_and_minutes(tmp_path):
    (tmp_path / "metrics.csv").write_text(
        HEAD + "".join(f"{s},dev,1,1,{4000 / s},,,,{s * 1000},{s},\n" for s in (100, 200, 400))
    )
    report = report_of(plant.main()[:1])
    [found] = report.records.counted
    report = replace(
        report, records=replace(report.records, counted=(StoredRecord(found.record, found.path, tmp_path),))
    )
    svgs = drawings(curves.section(report, "en"))
    assert len(svgs) == 4  # the last one is BLEU after 10 and 20 minutes
    for svg in svgs[:3]:
        (x0, y0), (x1, y1), (x2, y2) = sorted(markers(svg)["--c1"])
        assert y1 - y0 == pytest.approx(y2 - y1, rel=1e-3)
        assert x2 - x1 == pytest.approx(2 * (x1 - x0), rel=1e-3)
