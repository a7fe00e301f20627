"""Where claims stand: each in one place, other systems' figures in no total."""

from dataclasses import replace

import pytest

from reports.catalogue import needs_gpu
from reports.claims.claim import Corpora
from reports.claims.claim_file import shipped_claims
from reports.verdicts.report import Report
from reports.verdicts.standing import STANDINGS, count_stands, count_ways, judgeable, stand_of
from reports.verdicts.verdict import judge_claims
from repro.ledger.grids.condition import Condition
from repro.metric_declaration import MetricDeclaration
from tests.reports.judging import BASE, LOW, PAPER, QUESTION, claim
from tests.reports.records import metric, planted, records_of, runs_of


def stand(made, *planted_records):
    records = records_of(list(planted_records))
    (judged,) = judge_claims([made], records)
    return stand_of(judged, records)


@pytest.fixture(scope="module")
def report():
    records = records_of(
        [
            *runs_of("essentials", "base", "test.exact_match", [98.0, 98.2, 97.8, 98.1, 97.9]),
            *runs_of("essentials", "no-positions", "test.exact_match", [25.0, 25.2, 24.8, 25.1, 24.9]),
            planted("complexity", "operations-self-attention", 1, {"operations.n": metric(2.0, interval=[1.99, 2.01])}),
            planted("counting", "fraction", 1, {"value": metric(0.34)}),
        ]
    )
    return Report(tuple(judge_claims(shipped_claims(), records)), records, "digest")


def test_each_claim_stands_in_one_place_and_all_add_up(report):
    counts = count_stands(report.stands.values())
    assert set(report.stands) == {claim.id for claim in shipped_claims()}
    assert sum(counts.values()) == len(shipped_claims())
    assert all(counts.values()), counts
    assert judgeable(counts) == len(shipped_claims()) - counts["shown"]
    assert sum(count_ways(report.stands.values()).values()) == counts["decided"] == 3
    assert {stand.standing for stand in report.stands.values() if stand.way is None} == set(STANDINGS) - {"decided"}


def test_how_claims_were_decided(report):
    ways = {name: stand.way for name, stand in report.stands.items() if stand.standing == "decided"}
    assert ways["vaswani2017-positions-needed"] == "trained"
    assert ways["vaswani2017-table1-self-attention-operations-n"] == "counted"
    assert ways["vaswani2017-arithmetic-fraction"] == "arithmetic"


def test_what_training_decides_is_not_counted_among_counts():
    """The rule exact reads what each run says, of counts as of trained models."""
    asked = replace(
        QUESTION, grid="recurrence", rows=("self-attention",), base=None, expected=1.0, metric="m", margin=0.0
    )
    runs = runs_of("recurrence", "self-attention", "m", [1.0] * 5)
    assert stand(claim("exact", replace(asked, declared=MetricDeclaration("m"))), *runs).way == "trained"
    assert stand(claim("exact", replace(asked, declared=MetricDeclaration("m", exact=True))), *runs).way == "counted"
    few = stand(claim("exact", replace(asked, declared=MetricDeclaration("m"))), *runs[:1])
    assert few.standing == "runnable"


def test_other_systems_are_never_in_the_denominator(report):
    foreign = [claim for claim in shipped_claims() if "another system" in (claim.why_not or "")]
    assert len([claim for claim in foreign if claim.place == "Table 4"]) == 10
    assert len([claim for claim in foreign if claim.place == "Table 2"]) == 13
    assert {report.stands[claim.id].standing for claim in foreign} == {"shown"}
    own = [claim for claim in shipped_claims() if claim.id.startswith("vaswani2017-table4-transformer")]
    assert [report.stands[claim.id].standing for claim in own] == ["unavailable"] * 2


def test_what_can_run_says_by_which_command(report):
    for name, stand in report.stands.items():
        if stand.standing in ("runnable", "large") and "section5-schedule" not in name:  # those need 8 P100
            assert stand.next_run is not None, name
            assert stand.next_run.command.startswith(("ablate run ", "repro fit ")), name
            assert stand.next_run.scale is None or needs_gpu(stand.next_run.scale) == (stand.standing == "large"), name


def test_what_a_file_states_goes_before_what_follows():
    bare = replace(claim("worse"), test=None, why_not="a description")
    assert stand(bare).standing == "shown"
    assert stand(replace(bare, why_not=None, waits_for="summaries")).standing == "unavailable"
    assert stand(replace(bare, command="repro fit")).standing == "runnable"
    assert stand(replace(bare, command="repro fit", standing="large")).standing == "large"
    assert bare.paper is PAPER


def test_of_data_sets_together_the_first_that_is_not_decided_comes_next():
    corpora = Corpora(("sst2", "babi1", "imdb"), 2)
    asked = replace(QUESTION, grid="explanation", rows=("average",), base="bilstm-additive", corpora=corpora)
    made = claim("worse", *(replace(asked, scale=scale) for scale in corpora.scales), decides_at=())

    def lower(scale):
        sides = {"average": LOW, "bilstm-additive": BASE}
        return [run for row, values in sides.items() for run in runs_of("explanation", row, "m", values, scale=scale)]

    one = stand(made, *lower("sst2"))
    assert (one.standing, one.next_run.scale) == ("runnable", "babi1")
    two = stand(made, *lower("sst2"), *lower("imdb"))
    assert (two.standing, two.way) == ("decided", "trained")


def test_the_most_authoritative_scale_without_a_gpu_comes_next():
    there = replace(QUESTION, grid="heads", rows=("one",), base="base")
    paper = replace(there, scale="wmt14")
    assert stand(claim("worse", paper)).standing == "large"
    both = claim("worse", paper, there)
    assert stand(both).next_run.scale == "builtin"
    half = [*runs_of("heads", "one", "m", LOW[:3]), *runs_of("heads", "base", "m", BASE[:3])]
    tried = stand(both, *half)
    assert (tried.standing, tried.next_run.command.split()[-2:]) == ("runnable", ["--seeds", "6"])
    untried = claim("worse", paper, replace(there, scale="multi30k"), there)
    assert stand(untried, *half).next_run.scale == "multi30k"


THERE = replace(QUESTION, grid="heads", rows=("one",), base="base")
QUALITY = MetricDeclaration("m", "higher", quality=True)
LEARNT = Condition("m", "the base has learnt too little", above=95.0)


def heads(one, base, **options):
    return [*runs_of("heads", "one", "m", one, **options), *runs_of("heads", "base", "m", base, **options)]


def test_runs_of_a_base_that_has_not_learnt_are_not_asked_for_again():
    """More seeds of the same would not decide it; a larger scale may."""
    unlearnt = replace(THERE, declared=QUALITY, conditions=(LEARNT,))
    few = heads(LOW[:3], BASE[:3])
    alone = stand(claim("worse", unlearnt), *few)
    assert (alone.standing, alone.next_run) == ("stuck", None)
    elsewhere = claim("worse", unlearnt, replace(unlearnt, scale="multi30k"))
    assert stand(elsewhere, *few).next_run.scale == "multi30k"


def test_times_of_cells_that_do_not_run_alone_are_not_asked_for():
    timed = replace(THERE, declared=MetricDeclaration("m", "lower", timed=True, unit="s"))
    assert stand(claim("worse", replace(timed, alone=False))).standing == "stuck"
    assert stand(claim("worse", timed)).standing == "runnable"


def test_an_order_needs_its_rows_first_and_then_more_seeds():
    published = {"base": 1.0, "one": 2.0, "half": 3.0, "double": 4.0, "double-wide": 5.0, "wide-keys": 6.0}
    asked = replace(THERE, rows=tuple(published), base=None, published=published)
    made = claim("order", asked)
    assert stand(made).next_run.command == "ablate run heads --scale builtin"
    values = [2.0, 5.0, 1.0, 6.0, 3.0, 4.0]
    runs = [
        planted("heads", row, seed, {"m": value})
        for row, value in zip(published, values, strict=True)
        for seed in (1, 2, 3)
    ]
    assert stand(made, *runs).next_run.command == "ablate run heads --scale builtin --seeds 6"


def test_a_lone_run_of_what_a_seed_may_change_needs_four_more():
    asked = replace(
        QUESTION, grid="recurrence", rows=("self-attention",), base=None, expected=1.0, metric="m", margin=0.0
    )
    made = claim("exact", replace(asked, declared=MetricDeclaration("m")))
    one = runs_of("recurrence", "self-attention", "m", [1.0])
    assert stand(made, *one).standing == "runnable"
    assert stand(made, *runs_of("recurrence", "self-attention", "m", [1.0, 1.0, 2.0, 1.0, 1.0])).standing == "stuck"


def test_the_time_of_a_next_run_is_that_of_the_runs_that_are_missing():
    made = claim("worse", THERE)
    half = heads(LOW[:3], BASE[:3], seconds=100.0)
    everything = stand(claim("worse", replace(THERE, rows=("half",))), *heads(LOW[:3], BASE[:3], seconds=100.0))
    assert stand(made, *half).next_run.seconds == pytest.approx(everything.next_run.seconds * 3 / 5)
