"""Records that are broken in one place each, with the exact sentence that is said of them."""

import datetime
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from reports.checking.folder_check import check
from reports.checking.record_check import check_record, digests_in, function_of
from reports.claims.own_claims import OwnFiles
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from tests.reports.checking.records import changed, right_record, without, written

BLEU = "metrics/test.bleu"
RIGHT_CELL = right_record()["cell"]
TOMORROW = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=400)).isoformat(timespec="seconds")


def found_in(root: Path, content: Any, level: str, **place: str) -> list[str]:
    """What is said of a record, without the folders before its file."""
    path = written(root, content, **place)
    return [str(it).replace(str(path), "record.json") for it in check([root]).findings if it.level == level]


def test_a_record_that_is_right_has_neither_faults_nor_warnings(tmp_path: Path) -> None:
    written(tmp_path, right_record())
    checked = check([tmp_path])
    assert checked.findings == ()
    assert len(checked.records) == 1


BROKEN = {
    "a value that is text": (
        changed(f"{BLEU}/value", "high"),
        "record.json: metrics.test.bleu.value is 'high'; it must be a number or null",
    ),
    "a missing key": (without("seed"), "record.json: seed is missing"),
    "a metric without its unit": (without(f"{BLEU}/unit"), "record.json: metrics.test.bleu.unit is missing"),
    "a metric without a definition": (
        changed(f"{BLEU}/definition", " "),
        "record.json: metrics.test.bleu.definition is ' '; it must be filled in",
    ),
    "a status of one's own": (
        changed("status", "ok"),
        "record.json: status is 'ok'; it must be done, failed, diverged, timeout or killed",
    ),
    "a short commit": (
        changed("commit", "3514a57"),
        "record.json: commit is '3514a57'; it must be a commit of 40 hexadecimal digits, or null",
    ),
    "an id that is none": (
        changed("cell", "best-run"),
        "record.json: cell is 'best-run'; it must be twelve hexadecimal digits",
    ),
    "negative seconds": (changed("seconds", -3.5), "record.json: seconds is -3.5; it must be at least 0"),
    "attempt 0": (changed("attempt", 0), "record.json: attempt is 0; it must be at least 1"),
    "a seed with a point": (changed("seed", 1.0), "record.json: seed is 1.0; it must be a whole number"),
    "no versions": (changed("versions", {}), "record.json: versions is {}; it must be filled in"),
    "no processor": (without("hardware/cpu"), "record.json: hardware.cpu is missing"),
    "a time of no zone": (
        changed("started", "2026-01-31 12:00"),
        "record.json: started is '2026-01-31 12:00'; it must be a time in UTC, such as 2026-01-31T12:00:00+00:00",
    ),
    "a day of no month": (
        changed("started", "2026-02-31T12:00:00+00:00"),
        "record.json: started is '2026-02-31T12:00:00+00:00', which is not a date",
    ),
    "a day to come": (changed("started", TOMORROW), f"record.json: started is '{TOMORROW}', which is in the future"),
    "an interval of one end": (
        changed(f"{BLEU}/interval", [20.0]),
        "record.json: metrics.test.bleu.interval is [20.0]; it must be a list of exactly 2 entries",
    ),
    "an interval turned round": (
        changed(f"{BLEU}/interval", [99.0, 97.0]),
        "record.json: metrics.test.bleu.interval is [99, 97]; its lower end must come first",
    ),
    "a BLEU above 100": (
        changed(f"{BLEU}/value", 229.4),
        "record.json: metrics.test.bleu.value is 229.4; it must be from 0 to 100",
    ),
    "a BLEU without its signature": (
        changed(f"{BLEU}/signature", None),
        "record.json: metrics.test.bleu.signature is missing; a BLEU means nothing without its signature",
    ),
    "a loss below 0": (
        changed("metrics/dev.nll/value", -0.1),
        "record.json: metrics.dev.nll.value is -0.1; it must be at least 0",
    ),
    "a loss in bits": (
        changed("metrics/dev.nll/unit", "bits per target token"),
        "record.json: metrics.dev.nll.unit is 'bits per target token'; "
        "repro.training:fit measures it in 'nats per target token'",
    ),
    "a loss that is better when higher": (
        changed("metrics/dev.nll/better", "higher"),
        "record.json: metrics.dev.nll.better is 'higher'; repro.training:fit declares 'lower'",
    ),
    "parameters as quality": (
        changed("metrics/model.parameters/quality", True),
        "record.json: metrics.model.parameters.quality is true; repro.training:fit declares false",
    ),
    "more updates than planned": (
        changed("metrics/train.updates/value", 10_000_000),
        "record.json: metrics.train.updates.value is 1e+07, but config.trainer.max_steps allows only "
        f"{right_record()['config']['trainer']['max_steps']:g}",
    ),
    "done, and nothing measured": (
        changed("metrics", {}),
        "record.json: metrics is empty, but status is 'done'; a finished run has at least one metric",
    ),
    "done, and an error": (
        changed("error", "loss is nan"),
        "record.json: error is not null, but status is 'done'; one of the two is wrong",
    ),
    "another attempt's folder": (changed("attempt", 2), "record.json: attempt is 2, but its folder is attempt-1"),
    "a digest that is none": (
        changed("data/vocabulary/sha256", "8495d9"),
        "record.json: data.vocabulary.sha256 is '8495d9'; it must be a SHA-256 of 64 hexadecimal digits",
    ),
    "a newer layout": (
        changed("format", 2),
        "record.json: format is 2, but this installation reads formats up to 1; update attention-repro",
    ),
    "a number that is none": (
        changed(f"{BLEU}/value", float("nan")),
        "record.json: metrics.test.bleu.value is NaN; it must be a finite number",
    ),
    "half a file": (
        json.dumps(right_record(), indent=1)[:20].encode(),
        "record.json ends too early, on line 2; copy it again",
    ),
    "a list": (b"[]", "record.json is []; it must be keys and values"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_has_one_sentence(tmp_path: Path, name: str) -> None:
    content, sentence = BROKEN[name]
    assert found_in(tmp_path, content, "fault") == [sentence]


def test_many_ways_of_being_broken_are_tried() -> None:
    assert len(BROKEN) >= 20


def test_a_configuration_that_was_changed_afterwards(tmp_path: Path) -> None:
    """The expected id is counted here by hand, from the published record's own function and configuration."""
    content = right_record()
    content["config"]["model"]["network"]["init_args"]["h"] = 7
    gives = Cell("repro.training:fit", content["config"]).id
    assert found_in(tmp_path, content, "fault") == [
        f"record.json: cell is {RIGHT_CELL!r}, but the configuration gives {gives!r}; one of the two was changed"
    ]


def test_a_seed_that_contradicts_the_configuration(tmp_path: Path) -> None:
    assert found_in(tmp_path, changed("seed", 2), "fault") == [
        "record.json: seed is 2, but config.seed_everything is 1"
    ]


def test_a_record_in_the_folder_of_another_cell(tmp_path: Path) -> None:
    assert found_in(tmp_path, right_record(), "fault", cell="base-seed1-0123456789ab") == [
        f"record.json: cell is {RIGHT_CELL!r}, but its folder is 'base-seed1-0123456789ab'"
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (changed("dirty", True), "record.json: dirty is true: the code had uncommitted changes"),
        (changed("commit", None), "record.json: commit is null, so it is not known which code ran"),
        (without("versions/torch"), "record.json: versions.torch is missing"),
        (changed("verdict", "good"), "record.json: verdict is not a key of records, so it is ignored"),
        (
            changed("metrics/test.elegance", {"value": 1, "unit": "1", "definition": "x"}),
            "record.json: metrics.test.elegance is not among the metrics that repro.training:fit declares "
            "for this configuration",
        ),
        (
            changed("command", "repro fit --out /home/somebody/runs/x"),
            "record.json: command contains an absolute path, '/home/somebody/runs/x'; "
            "`ablate publish` shortens paths of a grid's cells",
        ),
        (
            changed("config/data/root", r"C:\data\corpora"),
            r"record.json: config.data.root contains an absolute path, 'C:\\data\\corpora'; "
            "`ablate publish` shortens paths of a grid's cells",
        ),
        (
            changed("metrics/test.bleu/interval", [1.0, 2.0]),
            f"record.json: metrics.test.bleu.interval is [1, 2], but the value "
            f"{right_record()['metrics']['test.bleu']['value']:g} is outside",
        ),
        (
            {**right_record(), "status": "failed"},
            "record.json: error is missing or empty, but status is 'failed'",
        ),
        (
            {**right_record(), "grid": "own"},
            "record.json: grid is 'own', which is not installed here, so the id and the metrics were not checked; "
            "--grids adds grids",
        ),
        (
            changed("peak_memory_bytes", 10**15),
            "record.json: peak_memory_bytes is 1,000,000,000,000,000, but the machine has only "
            f"{right_record()['hardware']['memory_bytes']:,}",
        ),
    ],
)
def test_what_a_reader_should_know_is_a_warning(tmp_path: Path, content: Any, sentence: str) -> None:
    assert found_in(tmp_path, content, "warning") == [sentence]
    assert check([tmp_path]).faults == []


def test_addresses_and_fractions_are_no_places_on_a_machine(tmp_path: Path) -> None:
    content = changed("command", "repro fit --a=https://example.org/a/b --b 1/2/3 --c runs/x/y --d a/b")
    assert found_in(tmp_path, content, "warning") == []


def test_a_file_beside_the_record_is_compared_with_its_digest(tmp_path: Path) -> None:
    content = right_record()
    content["data"]["files"] = {"extra.txt": hashlib.sha256(b"as it was").hexdigest()}
    path = written(tmp_path, content)
    (path.parent / "extra.txt").write_bytes(b"as it was")
    assert check([tmp_path]).faults == []
    (path.parent / "extra.txt").write_bytes(b"as it is")
    (found,) = check([tmp_path]).faults
    assert (
        str(found)
        == f"{path}: data.files.extra.txt is not the digest of extra.txt next to the record; one of the two was changed"
    )


def test_translations_beside_the_record_are_as_many_as_were_scored(tmp_path: Path) -> None:
    content = right_record()
    lines = content["metrics"]["test.bleu"]["details"]["lines"]
    path = written(tmp_path, content)
    beside = path.with_name("hypotheses.test.txt.gz")
    beside.write_bytes(gzip.compress(b"a line\n" * lines))
    assert check([tmp_path]).faults == []
    beside.write_bytes(gzip.compress(b"a line\n" * (lines - 1)))
    said = {it.key: it.problem for it in check([tmp_path]).faults}
    assert (
        said["metrics.test.bleu.details.lines"] == f"is {lines:,}, but hypotheses.test.txt.gz has {lines - 1:,} lines"
    )
    beside.write_bytes(beside.read_bytes()[:-9])
    assert {it.problem for it in check([tmp_path]).faults} == {
        "has hypotheses.test.txt.gz next to it, which cannot be read; copy it again"
    }


def test_digests_are_found_wherever_data_hold_them() -> None:
    data = {
        "vocabulary": {"sha256": "v"},
        "files": {"a.tsv": "f"},
        "sources": {"train": [{"files": [{"name": "t.gz", "sha256": "s"}]}]},
    }
    assert sorted(digests_in({"data": data})) == [
        ("data.files.a.tsv", "a.tsv", "f"),
        ("data.sources.train[0].files[0].sha256", "t.gz", "s"),
        ("data.vocabulary.sha256", "", "v"),
    ]


def test_what_made_a_record_follows_from_its_grid() -> None:
    assert function_of("fit") == "repro.training:fit"
    assert function_of("complexity") == "ablations.complexity:measure"
    assert function_of("nowhere") is None


def test_grids_of_ones_own_are_known_while_they_are_given(tmp_path: Path) -> None:
    grid = Path("examples/own-claim/no-warmup.yaml")
    with OwnFiles(grids=(grid,)).known():
        assert function_of("no-warmup") == "repro.training:fit"
    assert function_of("no-warmup") is None


def test_a_grid_that_extends_another_calls_what_that_one_calls(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("extends: heads\ntitle: mine\n")
    with OwnFiles(grids=(mine,)).known():
        assert function_of("mine") == "repro.training:fit"
        assert found_in(tmp_path / "runs", changed("grid", "mine"), "fault") == []
    mine.write_text("title: mine\nrows: {base: {}}\nscales: {builtin: {}}\n")
    with OwnFiles(grids=(mine,)).known(), pytest.raises(BadInput, match=r"mine\.yaml: function is missing; write one"):
        function_of("mine")


def test_every_check_is_named_once() -> None:
    from reports.checking.record_check import CHECKS

    assert len(set(CHECKS)) == len(CHECKS) > 10
    assert callable(check_record)
