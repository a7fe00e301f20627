"""A record's cell is run by its own code, and what differs is told apart: numbers, data, processor, code."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from repro.errors import BadInput, Interrupted
from repro.ledger.records.originals import Original
from repro.ledger.running import machine
from repro.verification import verify as verification
from repro.verification.environment import Environment, Wanted
from repro.verification.verify import Wishes, verify
from tests.verification.conftest import Publish, git, with_updates

Named = Callable[[Path], Original]


def test_an_equal_record_is_verified_and_nothing_is_left(
    publish: Publish, named: Named, wishes: Wishes, asked_for: list[Wanted], capsys: pytest.CaptureFixture[str]
) -> None:
    judgement = verify(named(publish()), wishes)
    assert (judgement.status, judgement.verdict) == (0, "verified: its one number is equal to the last bit")
    assert not list((wishes.cache / "rooms").iterdir())
    (asked,) = asked_for
    assert asked.requirements == ["numpy==2.0", "numpy>=1", "setuptools"]
    assert asked.constraints == ["other_one==3"]
    assert "versions without hashes, so pip chose these wheels on 2026-01-02" in capsys.readouterr().err


@pytest.mark.parametrize("value", [11.0000001, 500.0])
def test_an_edited_metric_is_off_even_within_the_spread(
    publish: Publish, named: Named, wishes: Wishes, value: float
) -> None:
    for seed in (2, 3, 4):
        publish(seed)
    judgement = verify(named(publish(value=value)), wishes)
    assert judgement.status == 1
    assert "total" in judgement.verdict
    assert ("within the spread" in judgement.verdict) == (value < 12)


def test_on_another_processor_the_spread_decides(
    publish: Publish, named: Named, wishes: Wishes, capsys: pytest.CaptureFixture[str]
) -> None:
    others = {"cpu": "another", "cores": 1, "memory_bytes": 1, "gpus": []}
    alone = verify(named(publish(value=11.5, hardware=others)), wishes)
    assert (
        alone.status,
        "it takes 3 records of other seeds that have the number, and the row has 0" in alone.verdict,
    ) == (2, True)
    assert "is not the record's (another): numbers need not be equal to the last bit" in capsys.readouterr().err
    for seed in (2, 3, 4):
        publish(seed)
    path = next((wishes.cache.parent / "published/s/g").glob("r-seed1-*")) / "attempt-1/record.json"
    near = verify(named(path), wishes)
    assert (
        near.verdict == "verified: of 1 numbers, 0 are equal to the last bit and 1 within the spread of 3 other seeds"
    )
    path.write_text(path.read_text().replace("11.5", "99.5"))
    assert verify(named(path), wishes).status == 1


@pytest.mark.parametrize(
    ("changes", "anyway"),
    [
        ({"versions": {"python": "{here}.99", "platform": "p", "numpy": "2.0"}}, False),
        ({"versions": {"python": sys.version.split()[0], "platform": "p", "numpy": "2.0+cpu"}}, True),
        ({"hardware": {"cpu": machine.hardware()["cpu"], "cores": 2, "memory_bytes": 5, "gpus": ["H200"]}}, False),
    ],
    ids=["another patch of Python", "another build", "a GPU"],
)
def test_under_other_conditions_the_spread_decides(
    publish: Publish,
    named: Named,
    wishes: Wishes,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, dict[str, str]],
    anyway: bool,
) -> None:
    standing_in = verification.environment

    def without_builds(asked: Wanted, *others: object) -> Environment:
        if any("+" in requirement for requirement in asked.requirements):
            raise BadInput("no wheel of numpy 2.0+cpu")
        return standing_in(asked, *others)

    monkeypatch.setattr(verification, "environment", without_builds)
    if "versions" in changes:
        here = "{}.{}".format(*sys.version_info)
        changes = {"versions": {name: it.format(here=here) for name, it in changes["versions"].items()}}
    for seed in (2, 3, 4):
        publish(seed)
    judgement = verify(named(publish(value=11.5, **changes)), replace(wishes, anyway=anyway))
    assert "1 within the spread of 3 other seeds" in judgement.verdict
    assert (judgement.status, judgement.content["as_recorded"]) == (0, False)


def test_other_data_stops_the_training_and_a_right_copy_is_read_later(
    publish: Publish, named: Named, wishes: Wishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = named(publish())
    monkeypatch.setenv("SMALL_TEXT", "b")
    monkeypatch.setenv("SMALL_SECONDS", "60")
    began = time.monotonic()
    judgement = verify(original, wishes)
    assert judgement.status == 2
    assert "the data here differ from the record's: sources.train.0.sha256 is 3e23e8160039" in judgement.verdict
    assert time.monotonic() - began < 30
    monkeypatch.setenv("SMALL_TEXT", "a")
    monkeypatch.setenv("SMALL_SECONDS", "0")
    assert verify(original, wishes).status == 0


def test_the_first_updates_are_compared_and_the_rest_is_not_run(
    publish: Publish, named: Named, wishes: Wishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = publish()
    monkeypatch.setenv("SMALL_SECONDS", "0.3")
    judgement = verify(named(path), replace(with_updates(wishes, 2), keep=True))
    assert (judgement.status, len(judgement.content["curve"])) == (0, 2)
    (room,) = (wishes.cache / "rooms").iterdir()
    assert (room / "quick/attempt-1/metrics.csv").is_file()
    assert not (room / "quick/attempt-1/record.json").exists()
    curve = path.parent / "metrics.csv"
    curve.write_text(curve.read_text().replace("2,train,1.5,", "2,train,1.50000001,"))
    judgement = verify(named(path), with_updates(wishes, 2))
    assert judgement.status == 1
    assert "nll of train after 2 updates" in judgement.verdict
    curve.unlink()
    with pytest.raises(BadInput, match="no learning curve"):
        verify(named(path), with_updates(wishes, 2))


def test_what_was_stopped_goes_on_and_what_is_done_is_not_run_again(
    publish: Publish, named: Named, wishes: Wishes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    original, wishes = named(publish()), replace(wishes, into=tmp_path / "room")
    attempt = tmp_path / "room/run/attempt-1"
    monkeypatch.setenv("SMALL_SECONDS", "60")
    threading.Thread(target=_interrupt_once_there, args=(attempt / "metrics.csv",), daemon=True).start()
    began = time.monotonic()
    with pytest.raises(Interrupted, match="the same command continues"):
        verify(original, wishes)
    assert time.monotonic() - began < 30
    monkeypatch.setenv("SMALL_SECONDS", "0")
    assert verify(original, wishes).status == 0
    assert verify(original, wishes).status == 0
    assert (attempt / "calls").read_text() == "xx"


def _interrupt_once_there(path: Path) -> None:
    while not path.is_file():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dirty": True}, "with uncommitted changes"),
        ({"commit": None}, "has no commit"),
        ({"commit": "0" * 40}, "cannot be fetched from"),
        ({"commit": "--upload-pack=x"}, "needs a full commit name"),
        ({"status": "failed"}, "holds no number to verify"),
        ({"metrics": {"time": {"value": 1.0, "unit": "s", "definition": "Time."}}}, "depend on the machine"),
        ({"versions": {"python": "2.7.1"}}, "was made by Python 2.7.1"),
        ({"versions": {}}, "has no version of Python"),
        ({"cell": "0" * 12}, "no known function gives its configuration the id"),
        ({"config": {"refuses": True}}, "the corpus small is not in REPRO_DATA"),
    ],
)
def test_what_cannot_be_verified_is_one_sentence(
    publish: Publish, named: Named, wishes: Wishes, changes: dict, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence) as error:
        verify(named(publish(**changes)), wishes)
    assert "\n" not in str(error.value)
    assert not list((wishes.cache / "rooms").glob("*"))


def test_a_gpu_is_missed_in_time(
    publish: Publish, named: Named, wishes: Wishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repro.ledger.running.machine.GPUS", wishes.cache / "none")
    hardware = {"cpu": "c", "cores": 1, "memory_bytes": 1, "gpus": ["H200"]}
    with pytest.raises(BadInput, match="made on H200, but there is no GPU here"):
        verify(named(publish(config={"device": "gpu"}, hardware=hardware)), wishes)


def test_changed_code_is_had_without_its_changes_where_that_is_wanted(
    publish: Publish, named: Named, wishes: Wishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = named(publish(dirty=True))
    assert verify(original, replace(wishes, anyway=True)).status == 0
    monkeypatch.setenv("SMALL_SHIFT", "0.5")
    judgement = verify(original, replace(wishes, anyway=True))
    assert (judgement.status, "Under these conditions they need not be" in judgement.verdict) == (2, True)


def test_a_commit_without_the_command_says_so(
    publish: Publish, named: Named, wishes: Wishes, repository: tuple[Path, str]
) -> None:
    original = named(publish(commit=git(repository[0], "rev-parse", "HEAD")))
    with pytest.raises(BadInput, match="no command `repro cell`"):
        verify(original, wishes)


def test_a_failed_cell_is_no_finding_and_is_run_again(
    publish: Publish, named: Named, wishes: Wishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = named(publish())
    monkeypatch.setenv("SMALL_STATUS", "failed")
    with pytest.raises(BadInput, match="the cell failed in the room: failed"):
        verify(original, wishes)
    monkeypatch.setenv("SMALL_STATUS", "done")
    assert verify(original, wishes).status == 0


def test_a_record_that_diverged_must_diverge(publish: Publish, named: Named, wishes: Wishes, monkeypatch) -> None:
    path = publish()
    path.write_text(json.dumps({**json.loads(path.read_text()), "status": "diverged"}))
    judgement = verify(named(path), wishes)
    assert (judgement.status, judgement.verdict) == (
        1,
        "off: its record says diverged, but the repetition has ended as done",
    )
    monkeypatch.setenv("SMALL_STATUS", "diverged")
    assert verify(named(path), replace(wishes, into=wishes.cache / "other")).status == 0


def test_files_that_a_record_names_by_relative_paths_are_found_from_its_room(
    publish: Publish, named: Named, wishes: Wishes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.tsv").touch()
    monkeypatch.chdir(tmp_path)
    data = {"corpus": "small", "root": "elsewhere", "train": ["a.tsv"], "sha256": {"a.tsv": "0"}}
    assert verify(named(publish(config={"data": data})), replace(wishes, keep=True)).status == 0
    (claim,) = wishes.cache.glob("rooms/*/run/cell.json")
    assert json.loads(claim.read_text())["config"]["data"] == {
        **{"corpus": "small", "root": "prepared"},
        **{"train": [f"{tmp_path}/a.tsv"], "sha256": {f"{tmp_path}/a.tsv": "0"}},
    }
