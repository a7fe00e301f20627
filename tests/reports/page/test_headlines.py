"""The ten claims that the page answers first."""

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace

import pytest

import reports.page
from reports.claims.claim_file import shipped_claims
from reports.page import headlines, report_page
from reports.page.page import page_texts
from reports.verdicts.report import Report
from reports.verdicts.verdict import judge_claims
from repro.presets import read_yaml
from repro.texts import LANGUAGES
from tests.reports.golden_report import golden_records
from tests.reports.records import metric, planted, records_of


def test_headlines_answer_what_the_ten_claims_say():
    records = [
        *(record for record in golden_records() if record.grid == "essentials"),
        *(planted("counting", row, 1, {"parameters": 0.0}) for row in ("base", "C1")),
    ]
    report = Report(tuple(judge_claims(shipped_claims(), records_of(records))), records_of(records), "digest")
    for language in LANGUAGES:
        page = report_page(report, language, sections=())
        table = page[page.index('class="headlines"') : page.index("</table>")]
        assert len(re.findall("<tr><td>", table)) == 10
        papers = {name.partition("-")[0] for name in re.findall(r'href="#claim-([^"]+)"', table)}
        assert papers == {"vaswani2017", "jain2019", "wiegreffe2019"}
        (positions,) = [row for row in table.split("<tr>") if "claim-vaswani2017-positions-needed" in row]
        assert "test.exact_match" not in positions
        for part in ("25", "98", "-73 [-73.52, -72.48]", "p = ", page_texts(language)["reproduced"]):
            assert part in positions, part


def test_what_uses_no_text_is_not_said_to_be_measured_on_one():
    trained = [record for record in golden_records() if record.grid == "essentials"]
    for data, where in (({}, "no text: computed"), ({"corpus": "builtin"}, "generated text, exact answers known")):
        said = headline([replace(record, data=data) for record in trained], "claim-vaswani2017-positions-needed")
        assert where in said


def test_headlines_name_claims_that_are_there():
    patterns = read_yaml(Path(reports.page.__file__).with_name("headlines.yaml"))
    ids = [claim.id for claim in shipped_claims()]
    assert len(patterns) == 10
    assert all(any(fnmatchcase(id_, pattern) for id_ in ids) for pattern in patterns.values())


@pytest.mark.parametrize(
    ("seeds", "status", "en", "ko"),
    [
        (1, "done", "seeds so far: 1, too few to tell", "시드 1개로는 판단하기에 부족함"),
        (5, "diverged", "seeds so far: 5, not decided", "시드 5개로는 판단되지 않음"),
    ],
)
def test_an_open_claim_has_too_few_seeds_only_where_that_is_why(seeds, status, en, ko):
    records = records_of(
        [
            planted("essentials", row, seed, {"test.exact_match": 50.0 + seed}, status=row_status)
            for row, row_status in (("base", "done"), ("no-positions", status))
            for seed in range(1, seeds + 1)
        ]
    )
    report = Report(tuple(judge_claims(shipped_claims(), records)), records, "digest")
    for language, said in (("en", en), ("ko", ko)):
        page = report_page(report, language, sections=())
        table = page[page.index('class="headlines"') : page.index("</table>")]
        [positions] = [row for row in table.split("<tr>") if "claim-vaswani2017-positions-needed" in row]
        assert said in positions


def headline(records, claim):
    """The line of one question: its texts, without marks."""
    known = records_of(records)
    page = report_page(Report(tuple(judge_claims(shipped_claims(), known)), known, "digest"), "en", sections=())
    table = page[page.index('class="headlines"') : page.index("</table>")]
    [row] = [row for row in table.split("<tr>") if claim in row]
    return " ".join(re.sub("<[^>]+>", " ", row).split())


def test_five_runs_of_a_base_that_has_not_learnt_are_not_too_few():
    records = [
        planted("essentials", row, seed, {"test.exact_match": value + seed / 10})
        for row, value in (("base", 40.0), ("no-positions", 30.0))
        for seed in range(1, 6)
    ]
    line = headline(records, "claim-vaswani2017-positions-needed")
    assert "seeds so far: 5, not decided" in line
    assert "too few" not in line


def test_a_headline_tells_of_a_question_changed_after_its_data_and_of_another_outcome_elsewhere():
    """As for layers: better on the probe, and not decided on real text."""
    claim = "vaswani2017-section6.2-deeper-better"

    def cautions(order, verdict):
        shown = SimpleNamespace(
            question=SimpleNamespace(order=order), scale="builtin", verdict="holds at this scale", records=(1,)
        )
        other = SimpleNamespace(scale="multi30k", verdict=verdict, records=(1,))
        row = SimpleNamespace(
            claim=claim,
            counting=SimpleNamespace(verdict=shown),
            scales=[SimpleNamespace(verdict=it) for it in (shown, other)],
        )
        return headlines._cautions(row, page_texts("en"))

    assert cautions("before data", "reproduced") == []
    assert cautions("after data", "holds at this scale") == ["question changed after the data"]
    for verdict in ("inconclusive", "contradicted"):
        assert cautions("before data", verdict) == [f"on Multi30k English to German: {verdict}"]


def test_one_claim_that_fails_does_not_hide_behind_many_that_hold():
    rows = {"B1": -7e6, "B2": -5e6, "C1": -29e6, "C2": -1e6}  # the last is printed as 15 million fewer
    unit = "parameters"
    counts = [
        planted("counting", row, 1, {"parameters.difference": metric(value, unit)}) for row, value in rows.items()
    ]
    line = headline(counts, "parameters-difference")
    assert "within a million. contradicted" in line
    assert "3 of 7: reproduced; 3 of 7: not run; 1 of 7: contradicted" in line
    assert "reproduced" in line


def test_a_claim_over_data_sets_was_measured_on_those_of_them_that_ran():
    """On generated reviews it was measured, too; they are none of the data sets that it speaks of."""
    taus = {"tau.gradient": 0.1, "tau.leave_one_out": 0.1}
    records = [
        planted(
            "explanation",
            "bilstm-additive",
            seed,
            {name: value + seed / 100 for name, value in taus.items()},
            scale=scale,
        )
        for scale in ("sst2", "imdb", "builtin")
        for seed in range(1, 6)
    ]
    line = headline(records, "claim-jain2019-section4.1-weak-gradient")
    assert "of 6 data sets" in line
    assert line.endswith("measured on: 2 data sets")
