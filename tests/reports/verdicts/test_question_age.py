"""Questions before answers: a question that is younger than its data is told, everywhere that a verdict stands."""

import json
from dataclasses import asdict, replace

import pytest

from reports.build import WRITERS
from reports.claims.claim import Corpora
from reports.claims.question_log import Change
from reports.formatting import question_text
from reports.status import status_of
from reports.verdicts import question_age
from reports.verdicts.question_age import QuestionAge, age_of, age_together
from reports.verdicts.report import Report
from reports.verdicts.verdict import judge_claims
from repro.texts import texts_of
from tests.reports.judging import LOW, PAPER, QUESTION, claim
from tests.reports.records import records_of, runs_of, write

CHANGED = "2026-02-01T12:00:00+00:00"
COMMIT = "0123456789ab"


@pytest.fixture(autouse=True)
def _logged(monkeypatch):
    """Every shipped question last changed on the first of February."""
    change = Change("digest", CHANGED, COMMIT)
    monkeypatch.setattr(question_age, "last_change", lambda claim, scale: change if claim.paper.shipped else None)


def age(*began, **more):
    runs = [replace(run, started=time) for run, time in zip(runs_of("g", "row", "m", LOW, **more), began, strict=False)]
    return age_of(claim("worse"), "builtin", records_of(runs).counted)


def test_a_question_is_older_or_younger_than_the_first_of_its_records():
    early, late = "2026-01-31T23:59:00+00:00", "2026-02-02T00:00:00+00:00"
    assert age(late) == QuestionAge("before data", CHANGED, COMMIT, late)
    assert age(late, early) == QuestionAge("after data", CHANGED, COMMIT, early)
    assert age(CHANGED).order == "before data"
    assert age("2026-02-01T13:30:00+02:00").order == "after data"  # 11:30 in UTC
    assert age("2026-02-01T11:00:00").order == "after data"


@pytest.mark.parametrize("more", [{"commit": None}, {"dirty": True}, {"dirty": None}])
def test_data_of_unknown_code_have_no_date(more):
    assert age("2026-02-02T00:00:00+00:00", **more) == QuestionAge("unknown", CHANGED, COMMIT, None)
    clean, unknown = records_of(runs_of("g", "row", "m", LOW[:2])).counted
    unknown = replace(unknown, record=replace(unknown.record, **more))
    assert age_of(claim("worse"), "builtin", [clean, unknown]).order == "after data"  # one of them is enough


def test_a_time_that_is_none_has_no_order():
    assert age("yesterday").order == "unknown"
    assert age().order == "unknown"


def test_claims_of_ones_own_have_no_log_and_say_so():
    own = replace(claim("worse"), paper=replace(PAPER, shipped=False))
    found = age_of(own, "builtin", records_of(runs_of("g", "row", "m", LOW)).counted)
    assert found == QuestionAge("not logged")
    assert question_text(found, texts_of("reports", "en")) == "no log says when it last changed"
    assert question_text(found, texts_of("reports", "ko")) == "변경 이력에 없어 마지막 변경 시점을 알 수 없음"


def test_data_sets_together_have_the_least_favourable_age_of_theirs():
    """Both dates are of one data set: the last change may be younger than data that it does not concern."""
    early = QuestionAge("before data", "2026-01-01T00:00:00+00:00", COMMIT, "2026-01-02T00:00:00+00:00")
    late = age("2026-02-02T00:00:00+00:00")
    after, unknown = age("2026-01-31T00:00:00+00:00"), age("2026-02-02T00:00:00+00:00", dirty=True)
    unlogged = QuestionAge("not logged")
    assert age_together([early, late]) == age_together([late, early]) == late
    later = replace(late, first_data="2026-03-01T00:00:00+00:00")
    assert age_together([later, late]) == late
    worsening = [late, unknown, unlogged, after]
    assert [age_together(worsening[: count + 1]) for count in range(4)] == worsening


def test_a_verdict_over_data_sets_carries_the_age_of_its_question(tmp_path):
    corpora = Corpora(("sst2", "imdb"), 2)
    asked = claim("worse", *(replace(QUESTION, scale=scale, corpora=corpora) for scale in corpora.scales))
    runs = [
        run
        for scale, began in (("sst2", "2026-01-31T00:00:00+00:00"), ("imdb", "2026-02-02T00:00:00+00:00"))
        for row, values in (("row", LOW), ("base", [90.1, 90.4, 89.8, 90.2, 90.0]))
        for run in runs_of("g", row, "m", values, scale=scale, started=began)
    ]
    records = records_of(runs)
    report = Report(tuple(judge_claims([asked], records)), records, "")
    [told] = json.loads(WRITERS["claims.json"](report, "en"))
    assert told["scale"] is None
    assert told["question"] == asdict(QuestionAge("after data", CHANGED, COMMIT, "2026-01-31T00:00:00+00:00"))
    shown = WRITERS["index.html"](report, "en")
    assert shown.count("question changed after the data") == 1
    # Of the claim, and of its data set; the text has it of the claim alone.
    said = "last changed 2026-02-01 12:00 UTC (0123456789ab), after the first of"
    assert (shown.count(said), WRITERS["report.md"](report, "en").count(said)) == (2, 1)


@pytest.fixture
def report():
    base = [90.1, 90.4, 89.8, 90.2, 90.0]
    late = {"started": "2026-02-02T00:00:00+00:00"}
    asked = [
        claim("worse", name="early"),
        claim("worse", replace(QUESTION, rows=("new",), base="new base"), name="late"),
        claim("worse", replace(QUESTION, rows=("absent",)), name="absent"),
    ]
    runs = [*runs_of("g", "row", "m", LOW), *runs_of("g", "base", "m", base)]
    runs += [*runs_of("g", "new", "m", LOW, **late), *runs_of("g", "new base", "m", base, **late)]
    records = records_of(runs)
    return Report(tuple(judge_claims(asked, records)), records, "")


@pytest.mark.parametrize(
    ("language", "flag", "said"),
    [
        (
            "en",
            "question changed after the data",
            "last changed 2026-02-01 12:00 UTC (0123456789ab), after the first of",
        ),
        ("ko", "데이터를 얻은 뒤 질문이 변경됨", "마지막 변경: 2026-02-01 12:00 UTC (0123456789ab). 첫 기록이 그 전에"),
    ],
)
def test_a_question_changed_after_the_data_stands_beside_its_verdict(report, language, flag, said):
    page = WRITERS["index.html"](report, language)
    early, late = (page[page.index(f'id="claim-{name}"') :].split("</li>")[0] for name in ("early", "late"))
    assert (early.count(flag), early.count(said)) == (1, 1)
    assert "2026-01-01 00:00 UTC" in early
    assert (late.count(flag), late.count(said)) == (0, 0)
    assert "2026-02-02 00:00 UTC" in late
    text = WRITERS["report.md"](report, language)
    assert text.count(said) == 1


def test_claims_json_has_both_dates(report):
    early, late, absent = json.loads(WRITERS["claims.json"](report, "en"))
    assert early["question"] == asdict(QuestionAge("after data", CHANGED, COMMIT, "2026-01-01T00:00:00+00:00"))
    assert late["question"]["order"] == "before data"
    assert early["scales"][0]["question"] == early["question"]
    assert absent["question"] is None


def test_status_counts_them(tmp_path):
    rows = ("base", "no-positions")
    for run in (run for row in rows for run in runs_of("essentials", row, "test.exact_match", LOW)):
        write(tmp_path / "runs", run)
    lines, _ = status_of([tmp_path / "runs"], tmp_path / "report")
    [said] = [line for line in lines if "changed after the first of their data" in line]
    count, of = said.split(" of ")[0], said.split(" of ")[1].split()[0]
    assert count == of
    assert int(count) > 0
