"""`report compare` as it is typed: what it prints, its exit status, and one sentence for each wrong call."""

import json
from pathlib import Path

import pytest

from reports.cli import main
from reports.comparison.references import published_records
from tests.reports.records import metric, planted, write

VALUES = {1: 90.0, 2: 91.0, 3: 92.0, 4: 93.0, 5: 94.0}
NAMED = ("--grid", "recurrence", "--scale", "builtin", "--row", "lstm")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    root = tmp_path / "published"
    for seed, value in VALUES.items():
        write(root, planted("recurrence", "lstm", seed, {"test.exact_match": value, "dev.perplexity": 2.0}))
    published_records.cache_clear()
    return root


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["compare", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_typed_number_inside(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, 92.5, *NAMED, "--from", published)
    assert status == 0
    # 92 -+ t(0.975, 4) * sqrt(2.5) * sqrt(1.2) = 2.7764 * 1.5811 * 1.0954
    assert "test.exact_match   92.5              92     87.19 to 96.81  inside" in out
    assert "compared with 5 published runs (seeds 1, 2, 3, 4, 5) of recurrence, row lstm, at the scale builtin" in out
    assert "is based on 5 runs and extends 4.809 to each side" in out
    assert "ablate run recurrence --scale builtin --rows 'lstm' --seeds 6-10" in out


def test_the_interval_ends_at_100_percent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, value in {1: 96.0, 2: 99.0, 3: 98.0}.items():
        write(tmp_path / "published", planted("recurrence", "lstm", seed, {"test.exact_match": value}))
    published_records.cache_clear()
    _, out, _ = run(capsys, 99, *NAMED, "--from", tmp_path / "published")
    assert " to 100  inside" in out


def test_a_typed_number_outside(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, 60, *NAMED, "--from", published)
    assert status == 1
    assert "below" in out
    assert "Outside: 1 of 1." in out


def test_a_record_finds_its_own_runs(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = write(tmp_path / "runs", planted("recurrence", "lstm", 3, {"test.exact_match": 92.0}))
    status, out, _ = run(capsys, mine / "record.json", "--from", published)
    assert status == 0
    assert "compared with 4 published runs (seeds 1, 2, 4, 5)" in out
    assert out.split("published, your seed")[1].split("\n")[1].split()[-1] == "92"


def test_many_runs_share_a_table(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, published, "--from", published)
    assert status == 0
    assert out.count("inside") == len(VALUES)
    # The columns of the grid: test.exact_match and dev.perplexity, of five runs.
    assert f"0 of {2 * len(VALUES)} numbers are outside; one in twenty is expected by chance" in out


def test_nothing_to_compare_with_is_no_count(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(1, 6):
        write(tmp_path / f"runs/{seed}", planted("recurrence", "mine", seed, {"mine.metric": 1.0}))
    status, out, _ = run(capsys, tmp_path / "runs", "--from", published)
    assert status == 1
    assert out.count("no number was compared") == 1
    (mine,) = (tmp_path / "runs/1").rglob("record.json")
    status, out, _ = run(capsys, mine, "--from", published)
    assert status == 1
    assert "no published run has its configuration; choose runs to compare it with by --grid" in out
    assert out.endswith("\n\nno number was compared\n")
    assert run(capsys, mine, next(published.rglob("record.json")), "--from", published)[0] == 0


def test_everything_as_json(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, 60, *NAMED, "--from", published, "--json", tmp_path / "out.json")
    (entry,) = json.loads((tmp_path / "out.json").read_text())
    assert (entry["grid"], entry["row"], entry["metrics"][0]["finding"]) == ("recurrence", "lstm", "below")
    assert entry["metrics"][0]["published"] == {str(seed): value for seed, value in VALUES.items()}


def test_one_published_run_says_nothing_and_what_would_help(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "published", planted("recurrence", "lstm", 1, {"test.exact_match": 90.0}))
    published_records.cache_clear()
    status, out, _ = run(capsys, 60, *NAMED, "--from", tmp_path / "published")
    assert status == 0
    assert "One published run shows no spread, so there is no interval." in out
    assert "--seeds 2-5" in out


def test_equal_published_runs_say_nothing_of_one_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (1, 2):
        write(tmp_path / "published", planted("recurrence", "lstm", seed, {"test.exact_match": 100.0}))
    published_records.cache_clear()
    status, out, _ = run(capsys, 99, *NAMED, "--from", tmp_path / "published")
    assert status == 0
    assert "All published runs are equal in test.exact_match, which shows no spread, so there is no interval." in out
    assert "Inside" not in out


def test_a_typed_time_is_refused_as_a_record_s_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, seconds in VALUES.items():
        metrics = {"train.seconds": metric(seconds, unit="s")}
        write(tmp_path / "published", planted("recurrence", "lstm", seed, metrics))
    published_records.cache_clear()
    status, out, _ = run(capsys, 500, *NAMED, "--metric", "train.seconds", "--from", tmp_path / "published")
    assert status == 1
    assert "train.seconds is not compared: it depends on the machine" in out


def test_a_configuration_that_nobody_published(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = write(tmp_path / "runs", planted("own", "row", 3, {"m": 92.0}, config={"d": 1, "seed": 3}))
    status, out, _ = run(capsys, mine / "record.json", "--from", published)
    assert status == 1
    assert "no published run has its configuration; choose runs to compare it with by --grid, --scale and --row" in out


def test_names_are_shown_and_not_printed(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a\x1b[31mb"
    mine = write(folder, planted("recurrence", "lstm", 3, {"test.exact_match": 92.0}))
    _, out, _ = run(capsys, mine / "record.json", "--from", published)
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["27.3"], "27.3 does not say which runs to compare it with; add --grid, --scale, --row"),
        (["nan", *NAMED], "nan is not a finite number"),
        (["1e999", *NAMED], "1e999 is not a finite number"),
        (["27.3", *NAMED[:4], "--row", "lstn"], "the row 'lstn' is published; did you mean lstm?"),
        (["27.3", *NAMED, "--metric", "test.exact"], "has test.exact; did you mean test.exact_match?"),
        (["nowhere.json"], "nowhere.json cannot be read"),
        (["~nobody-at-all/x"], "~nobody-at-all/x begins with an unknown home folder; write the path in full"),
    ],
)
def test_wrong_calls(published: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    status, _, err = run(capsys, *arguments, "--from", published)
    assert status == 2
    assert said in err
    assert err.count("\n") == 1
