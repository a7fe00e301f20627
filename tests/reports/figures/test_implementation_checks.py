"""The checks that `repro check --json` left beside the runs."""

import json
from dataclasses import replace

import pytest

from reports.figures import (
    implementation_checks,
)
from reports.verdicts.records import StoredRecord
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of


def with_checks(tmp_path, content: str):
    (tmp_path / "checks.json").write_text(content)
    report = report_of(plant.main()[:1])
    [found] = report.records.counted
    directory = tmp_path.joinpath(*found.path.split("/")[:-1])
    return replace(
        report, records=replace(report.records, counted=(StoredRecord(found.record, found.path, directory),))
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
