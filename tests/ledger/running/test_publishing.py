"""Finished cells are copied whole or not at all, as often as asked with the same bytes, and never over others."""

import gzip
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from repro import locks
from repro.cell_directory import AVERAGED, attempts
from repro.data.corpora import CORPORA, TEXT_LICENCES
from repro.data.vocabulary import learn_words
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.records.record import read_record
from repro.ledger.running import publishing
from repro.ledger.running.plan import place, plan
from repro.ledger.running.publishing import check_writable, publication, publish, texts_may_be_published
from repro.weights.checkpoint_file import read_checkpoint, record_of, write_checkpoint
from tests.ledger.campaign import change_record, content, publish_all, run_all, small_grid, with_seeds

FILES = {
    "metrics__csv": "step,loss\n1,2.0\n",
    "inspection__json": "{}\n",
    "hypotheses__test__txt": "Ein Satz.\n" * 50,
    "hypotheses__test__minute-10__txt": "Ein.\n",
    "checkpoint__pt": "weights",
}


def test_the_counting_attempts_are_copied_with_their_curves(tmp_path: Path) -> None:
    grid = small_grid(seeds=[1, 2])
    made = run_all(grid, tmp_path / "runs", **FILES)
    assert publish_all(with_seeds(grid, 1, 2, 3), tmp_path / "runs", tmp_path / "to") == (
        "g at s: 2 published, 0 there already, 1 not done"
    )
    for attempt in made:
        target = tmp_path / "to" / attempt.relative_to(tmp_path / "runs")
        assert sorted(path.name for path in target.iterdir()) == ["metrics.csv", "record.json"]
        assert (target / "metrics.csv").read_bytes() == (attempt / "metrics.csv").read_bytes()
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["s"]


def test_a_later_attempt_that_is_done_is_the_one_that_is_copied(tmp_path: Path) -> None:
    grid = small_grid(seeds=[1])
    (attempt,) = run_all(grid, tmp_path / "runs")
    shutil.copytree(attempt, attempt.with_name("attempt-2"))
    change_record(attempt, status="failed", error="planted")
    change_record(attempt.with_name("attempt-2"), attempt=2)
    publish_all(grid, tmp_path / "runs", tmp_path / "to")
    (cell,) = (tmp_path / "to/s/g").iterdir()
    assert [path.name for path in attempts(cell)] == ["attempt-2"]
    change_record(attempt, status="done")
    publish_all(grid, tmp_path / "runs", tmp_path / "both")
    (cell,) = (tmp_path / "both/s/g").iterdir()
    assert [path.name for path in attempts(cell)] == ["attempt-2"]


def test_texts_are_published_only_where_their_licence_allows_it(tmp_path: Path) -> None:
    for corpus in ("builtin", "multi30k"):
        grid = small_grid(corpus, seeds=[1], data={"corpus": corpus})
        (attempt,) = run_all(grid, tmp_path / "runs", **FILES)
        change_record(attempt, details={"examples": [{"words": ["a"]}], "tau": 1})
        publish_all(grid, tmp_path / "runs", tmp_path / "to")
    published = content(tmp_path / "to")
    names = {(Path(path).parts[1], Path(path).name) for path in published}
    both = {"metrics.csv", "record.json"}
    of_builtin = {*both, "inspection.json", "hypotheses.test.txt.gz"}
    assert names == {("builtin", name) for name in of_builtin} | {("multi30k", name) for name in both}
    packed = next(data for path, data in published.items() if path.endswith(".gz"))
    assert gzip.decompress(packed).decode() == FILES["hypotheses__test__txt"]
    assert packed[4:8] == bytes(4)  # RFC 1952: MTIME
    details = {Path(path).parts[1]: json.loads(data)["details"] for path, data in published.items() if "record" in path}
    assert details == {"builtin": {"examples": [{"words": ["a"]}], "tau": 1}, "multi30k": {"tau": 1}}


def checkpoint(path: Path) -> None:
    """Averaged weights of a model, as a training leaves them."""
    vocabulary = learn_words(["The dog sees a cat."], 100)
    config = {"out": "/home/somebody/runs/one", "data": {"root": "/home/somebody/prepared", "corpus": "builtin"}}
    weights = {"network.a": torch.arange(6.0).reshape(2, 3), "network.b": torch.ones(4)}
    write_checkpoint({"state_dict": weights, "repro": record_of(config, vocabulary, 1, {})}, path)


def test_weights_are_handed_on_where_the_licence_of_their_text_allows_it(tmp_path: Path) -> None:
    said = []
    for corpus in ("builtin", "multi30k"):
        grid = small_grid(corpus, seeds=[1, 2], data={"corpus": corpus})
        first, _ = run_all(grid, tmp_path / "runs", **FILES)
        checkpoint(first / AVERAGED)
        found = publication(plan(grid, tmp_path / "runs"), tmp_path / "to", with_weights=True)
        publish([found], tmp_path / "to")
        said.append(found.summary().partition("; ")[2])
    assert said == [
        "weights of 1, 1 without (averaged.ckpt is no longer there)",
        "weights of 0, 2 without (no licence of the training text is known that allows it)",
    ]
    (weights,) = (tmp_path / "to").rglob(AVERAGED)
    original = torch.load(next((tmp_path / "runs" / "s" / "builtin").rglob(AVERAGED)), weights_only=True)
    copied = read_checkpoint(weights)
    assert copied["repro"]["config"] == {"out": "one", "data": {"root": "prepared", "corpus": "builtin"}}
    assert all(torch.equal(copied["state_dict"][name], weight) for name, weight in original["state_dict"].items())
    about = json.loads((weights.parent / "weights.json").read_text())
    assert about["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert (about["bytes"], about["parameters"]) == (weights.stat().st_size, 10)
    assert about["text_licence"] == TEXT_LICENCES["builtin"]


def test_weights_are_not_added_to_what_was_published_without_them(tmp_path: Path) -> None:
    grid = small_grid("builtin", seeds=[1], data={"corpus": "builtin"})
    (attempt,) = run_all(grid, tmp_path / "runs", **FILES)
    checkpoint(attempt / AVERAGED)
    publish_all(grid, tmp_path / "runs", tmp_path / "to")
    with pytest.raises(BadInput, match="was published without its weights; publish to another folder with --to"):
        publication(plan(grid, tmp_path / "runs"), tmp_path / "to", with_weights=True)
    publish([publication(plan(grid, tmp_path / "runs"), tmp_path / "own", with_weights=True)], tmp_path / "own")
    assert publication(plan(grid, tmp_path / "runs"), tmp_path / "own", with_weights=True).published_before == 1


def test_damaged_weights_are_refused_and_nothing_is_half_written(tmp_path: Path) -> None:
    grid = small_grid("builtin", seeds=[1], data={"corpus": "builtin"})
    (attempt,) = run_all(grid, tmp_path / "runs", **FILES)
    (attempt / AVERAGED).write_bytes(b"no checkpoint")
    with pytest.raises(BadInput, match="is damaged or not a checkpoint"):
        publish([publication(plan(grid, tmp_path / "runs"), tmp_path / "to", with_weights=True)], tmp_path / "to")
    assert not list((tmp_path / "to").rglob("attempt-1"))


@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        ({"data": {"corpus": "builtin", "train": None}}, True),
        ({"data": {"corpus": "help"}}, True),
        ({"data": {"corpus": "help", "train": ["mine.tsv"]}}, False),
        ({"data": {"corpus": "multi30k"}}, False),
        ({"data": {"corpus": "help"}, "initial": {"weights": None, "sha256": None}}, True),
        ({"data": {"corpus": "help"}, "initial": {"weights": "of-other-text.ckpt", "sha256": "0"}}, False),
        ({"data": {"corpus": "help", "vocabulary": {"file": None}}}, True),
        ({"data": {"corpus": "help", "vocabulary": {"file": "of-other-text.model"}}}, False),
        ({"data": "reviews", "files": None}, True),
        ({"data": "reviews", "files": {"train": "mine.tsv"}}, False),
        ({"data": "sst2"}, False),
        ({}, False),
    ],
)
def test_whose_texts_may_be_published(tmp_path: Path, config: dict[str, object], allowed: bool) -> None:
    (attempt,) = run_all(small_grid(seeds=[1]), tmp_path)
    change_record(attempt, config=config)
    assert texts_may_be_published(read_record(attempt)) is allowed
    assert not {"multi30k", "news", "europarl", "tatoeba-en-de", "wmt14-en-de"} & TEXT_LICENCES.keys()
    assert TEXT_LICENCES.keys() - {"builtin", "reviews"} <= CORPORA.keys()


def test_the_same_bytes_come_out_each_time(tmp_path: Path) -> None:
    grid = small_grid(data={"corpus": "builtin"})
    run_all(grid, tmp_path / "runs", **FILES)
    publish_all(grid, tmp_path / "runs", tmp_path / "one")
    for path in (tmp_path / "runs").rglob("hypotheses*"):
        os.utime(path, (1, 1))
    publish_all(grid, tmp_path / "runs", tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_paths_of_the_machine_are_cut_and_the_rest_is_copied_byte_by_byte(tmp_path: Path) -> None:
    grid = small_grid(seeds=[1], data={"corpus": "builtin", "root": "/home/me/prepared"}, out="/home/me/run")
    (attempt,) = run_all(grid, tmp_path / "runs")
    old = {"reused_from": "/home/me/runs/s/first/q-seed1-0123456789ab"}
    command = "ablate run g --out /home/me/runs --data.root=/home/me/prepared --x 'a b'"
    change_record(attempt, command=command, details=old)
    publish_all(grid, tmp_path / "runs", tmp_path / "to")
    target = tmp_path / "to" / attempt.relative_to(tmp_path / "runs")
    before, after = read_record(attempt), read_record(target)
    assert b"/home" not in (target / "record.json").read_bytes()
    assert after.command == "ablate run g --out runs --data.root=prepared --x 'a b'"
    assert after.details == {"reused_from": {"grid": "first", "row": "q", "cell": "0123456789ab"}}
    assert after.config == {**before.config, "out": "run", "data": {"corpus": "builtin", "root": "prepared"}}
    assert (after.metrics, after.cell, after.started) == (before.metrics, before.cell, before.started)
    assert publish_all(grid, tmp_path / "runs", tmp_path / "to").startswith("g at s: 0 published, 1 there already")

    relative = small_grid("h", seeds=[1])
    (attempt,) = run_all(relative, tmp_path / "runs")
    change_record(attempt, command="ablate run  h --out runs")
    publish_all(relative, tmp_path / "runs", tmp_path / "to")
    target = tmp_path / "to" / attempt.relative_to(tmp_path / "runs")
    assert (target / "record.json").read_bytes() == (attempt / "record.json").read_bytes()


def published_config(tmp_path: Path, **config: object) -> tuple[str, dict[str, object], dict[str, object]]:
    """The text of a cell's published record, its configuration, and the one of before; both have the cell's id."""
    grid = small_grid(seeds=[1], **config)
    (attempt,) = run_all(grid, tmp_path / "runs")
    publish_all(grid, tmp_path / "runs", tmp_path / "to")
    target = tmp_path / "to" / attempt.relative_to(tmp_path / "runs")
    before, after = read_record(attempt), read_record(target)
    assert Cell(grid.function, after.config).id == after.cell == before.cell
    return (target / "record.json").read_text(), dict(after.config), dict(before.config)


def test_paths_of_files_of_one_s_own_are_cut_where_their_content_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = "/home/me/a.en,/home/me/a.de"
    vocabulary = {"file": "/home/me/v.model"}
    data = {"train": [entry, "/home/me/b.tsv"], "dev": ["c.en,c.de"], "test": None, "vocabulary": vocabulary}
    text, after, _ = published_config(
        tmp_path,
        data={**data, "sha256": {entry: "1,2", "/home/me/b.tsv": "3", "c.en,c.de": "4,5", vocabulary["file"]: "9"}},
        files={"train": "/home/me/d.tsv"},
        files_sha256={"train": "6"},
        vectors={"root": "/home/me/made", "text": "/home/me/e.txt", "sha256": "7"},
        initial={"weights": "/home/me/f.ckpt", "sha256": "8"},
    )
    assert "/home" not in text
    assert after["initial"] == {"weights": "f.ckpt", "sha256": "8"}
    assert after["data"] == {
        "train": ["a.en,a.de", "b.tsv"],
        "dev": ["c.en,c.de"],
        "test": None,
        "vocabulary": {"file": "v.model"},
        "sha256": {"a.en,a.de": "1,2", "b.tsv": "3", "c.en,c.de": "4,5", "v.model": "9"},
    }
    assert after["files"] == {"train": "d.tsv"}
    assert after["vectors"] == {"root": "made", "text": "e.txt", "sha256": "7"}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        ({"data": {"train": ["/home/me/a.tsv"], "root": "/home/me/p"}}, "data.train"),
        (
            {"data": {"train": ["/x/a.tsv", "/y/a.tsv"], "sha256": {"/x/a.tsv": "1", "/y/a.tsv": "2"}}},
            "data.train, data.sha256",
        ),
        ({"files": {"train": "/home/me/a.tsv"}}, "files"),
        ({"vectors": {"text": "/home/me/a.txt"}}, "vectors.text"),
        ({"initial": {"weights": "/home/me/a.ckpt", "sha256": None}}, "initial.weights"),
        ({"data": {"vocabulary": {"file": "/home/me/v.model"}, "root": "/home/me/p"}}, "data.vocabulary.file"),
    ],
    ids=[
        "no digests",
        "one name of two files",
        "no digests of files",
        "no digest of a text",
        "no digest of weights",
        "no digest of a vocabulary",
    ],
)
def test_paths_that_an_id_goes_by_stay_and_are_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: dict[str, dict[str, object]], kept: str
) -> None:
    _, after, before = published_config(tmp_path, **config)
    assert f"records of g keep the absolute paths of {kept}, which are part of their ids" in capsys.readouterr().err
    for section, values in config.items():
        assert after[section] == {**before[section], **({"root": "p"} if "root" in values else {})}


@pytest.mark.parametrize(
    ("word", "cut"),
    [
        ("/home/me/a.en,/home/me/a.de", "a.en,a.de"),
        ("--data.train=[/home/me/a.en,b/a.de, /home/me/c d.en]", "'--data.train=[a.en,b/a.de, c d.en]'"),
        ('["/home/me/a.en,/home/me/a.de"]', """'["a.en,a.de"]'"""),
        ("{root: /home/me/p}", "'{root: p}'"),
        ("data.root=/home/me/p", "data.root=p"),
        ("/home/me [x]/runs", "runs"),
        ("/home/me, mine/run/a.ckpt", "a.ckpt"),
        ("/home/me, mine/a.en,/home/me, mine/a.de", "a.en,a.de"),
        ("/x/a.en,b/a.de", "a.en,b/a.de"),
        ("d_k== d_model / h / 4", "'d_k== d_model / h / 4'"),
        ("scale=1/sqrt(d_k)", "'scale=1/sqrt(d_k)'"),
        ("https://host/x", "https://host/x"),
        ("/", "/"),
    ],
)
def test_each_absolute_path_of_a_command_is_cut(word: str, cut: str) -> None:
    command = f"ablate run g /home/x --set {shlex.quote(word)}"
    assert publishing._without_folders(command) == f"ablate run g x --set {cut}"


def test_what_is_published_is_skipped_also_if_another_machine_ran_it(tmp_path: Path) -> None:
    grid = small_grid()
    run_all(grid, tmp_path / "runs")
    publish_all(grid, tmp_path / "runs", tmp_path / "to")
    before = content(tmp_path / "to")
    assert publish_all(grid, tmp_path / "runs", tmp_path / "to") == "g at s: 0 published, 2 there already, 0 not done"
    for path in (tmp_path / "runs").rglob("record.json"):
        metrics = {"total": {"value": 7.0, "unit": "points", "definition": "A sum over all steps."}}
        change_record(path.parent, started="2031-01-01T00:00:00+00:00", metrics=metrics)
    assert publish_all(grid, tmp_path / "runs", tmp_path / "to") == "g at s: 0 published, 2 there already, 0 not done"
    assert content(tmp_path / "to") == before


@pytest.mark.parametrize("moment", ["in the middle of an attempt", "before it gets its name"])
def test_an_interrupted_publishing_leaves_nothing_that_counts_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    grid = small_grid(seeds=[1, 2, 3], data={"corpus": "builtin"})
    run_all(grid, tmp_path / "runs", **FILES)
    found = publication(plan(grid, tmp_path / "runs"), tmp_path / "to")
    with monkeypatch.context() as patch:
        if moment == "in the middle of an attempt":
            written = publishing._write_synced

            def second_curve(path: Path, data: bytes) -> None:
                if path.name == "inspection.json" and list((tmp_path / "to").rglob("record.json")):
                    raise KeyboardInterrupt
                written(path, data)

            patch.setattr(publishing, "_write_synced", second_curve)
        else:
            renamed = os.replace

            def second_rename(source: Path, target: Path) -> None:
                if list((tmp_path / "to").glob("s/g/*/attempt-1")):
                    raise KeyboardInterrupt
                renamed(source, target)

            patch.setattr(os, "replace", second_rename)
        with pytest.raises(KeyboardInterrupt):
            publish([found], tmp_path / "to")
    assert len(list((tmp_path / "to").rglob("record.json"))) == 1
    assert not list((tmp_path / "to").rglob("*.tmp"))
    summary = publish_all(grid, tmp_path / "runs", tmp_path / "to")
    assert summary == "g at s: 2 published, 1 there already, 0 not done"
    publish_all(grid, tmp_path / "runs", tmp_path / "whole")
    assert content(tmp_path / "to") == content(tmp_path / "whole")


def test_what_a_kill_left_is_removed_the_next_time(tmp_path: Path) -> None:
    """The process dies as it would by SIGKILL, just before the second attempt gets its name."""
    grid = small_grid(seeds=[1, 2])
    run_all(grid, tmp_path / "runs", **FILES)
    script = f"""
import os
from pathlib import Path
from repro.weights.checkpoint_file import read_checkpoint, record_of, write_checkpoint
from tests.ledger.campaign import publish_all, small_grid
rename, names = os.replace, []
def replace(source, target):
    names.append(target)
    if len(names) == 2:
        os._exit(9)
    rename(source, target)
os.replace = replace
publish_all(small_grid(seeds=[1, 2]), Path({str(tmp_path / "runs")!r}), Path({str(tmp_path / "to")!r}))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == 9
    assert len(list((tmp_path / "to").glob("s/g/*/.attempt-1.*.tmp"))) == 1
    assert len(list((tmp_path / "to").glob("s/g/*/attempt-1"))) == 1
    assert publish_all(grid, tmp_path / "runs", tmp_path / "to") == "g at s: 1 published, 1 there already, 0 not done"
    publish_all(grid, tmp_path / "runs", tmp_path / "whole")
    assert content(tmp_path / "to") == content(tmp_path / "whole")


def test_what_a_kill_left_is_removed_even_if_nothing_or_another_attempt_is_published(tmp_path: Path) -> None:
    grid = small_grid(seeds=[1])
    (attempt,) = run_all(grid, tmp_path / "runs", **FILES)
    publish_all(grid, tmp_path / "runs", tmp_path / "to")
    before = content(tmp_path / "to")
    (cell,) = (tmp_path / "to/s/g").iterdir()
    shutil.copytree(attempt, cell / ".attempt-7.0f.tmp")
    for kept in (cell / ".notes.0f.tmp", tmp_path / "to/s/other/cell/.attempt-1.0f.tmp"):  # of others
        kept.mkdir(parents=True)
    assert publish_all(grid, tmp_path / "runs", tmp_path / "to") == "g at s: 0 published, 1 there already, 0 not done"
    assert not (cell / ".attempt-7.0f.tmp").exists()
    assert (cell / ".notes.0f.tmp").exists()
    assert (tmp_path / "to/s/other/cell/.attempt-1.0f.tmp").exists()
    assert content(tmp_path / "to") == before


DAMAGES = {
    "a record cut short": (lambda run, to: (run / "record.json").write_text('{"cell": '), "is not a record"),
    "a list": (lambda run, to: (run / "record.json").write_text("[]"), "is not a record"),
    "another cell's": (lambda run, to: change_record(run, cell="0" * 12), "is the record of a different cell"),
    "a newer format": (lambda run, to: change_record(run, format=2), "was written by a newer version (format 2"),
    "other numbers of the same run": (
        lambda run, to: change_record(to, metrics={"total": {"value": 0, "unit": "points", "definition": "x"}}),
        "differs in its metrics from",
    ),
    "a published record cut short": (lambda run, to: (to / "record.json").write_text("{"), "is not a record"),
    "a published record of another cell": (lambda run, to: change_record(to, cell="0" * 12), "of a different cell"),
    "a published half": (lambda run, to: (to / "record.json").unlink(), "is half-written, without a record.json"),
    "a published failure": (lambda run, to: change_record(to, status="failed"), "of a run that is not done"),
    "a file in the way": (
        lambda run, to: (shutil.rmtree(to.parent), to.parent.write_text("")),
        "is not a folder; choose another",
    ),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_what_is_damaged_is_refused_before_anything_is_written(tmp_path: Path, case: str) -> None:
    grid = small_grid()
    first, second = run_all(grid, tmp_path / "runs")
    publish_all(with_seeds(grid, 2), tmp_path / "runs", tmp_path / "to")
    damage, said = DAMAGES[case]
    damage(second, tmp_path / "to" / second.relative_to(tmp_path / "runs"))
    before = content(tmp_path / "to")
    with pytest.raises(BadInput) as caught:
        publish_all(grid, tmp_path / "runs", tmp_path / "to")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert content(tmp_path / "to") == before
    assert not (tmp_path / "to" / first.relative_to(tmp_path / "runs")).exists()


def test_the_target_must_be_a_folder_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for to in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadInput, match=r"--to .* cannot be written: .*file is not a folder; choose another"):
            check_writable(to, to)
    check_writable(tmp_path / "new", tmp_path / "new")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(BadInput, match="may not be written to"):
        check_writable(tmp_path / "new", tmp_path / "new")


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    grid = small_grid()
    run_all(grid, tmp_path / "runs")
    (tmp_path / "to").mkdir()
    with (
        locks.directory_lock(tmp_path / "to" / publishing.PUBLISHING),
        pytest.raises(BadInput, match=r"process \d+.* is publishing to"),
    ):
        publish_all(grid, tmp_path / "runs", tmp_path / "to")


def test_a_running_cell_is_not_done(tmp_path: Path) -> None:
    grid = small_grid(seeds=[1])
    run_all(grid, tmp_path / "runs")
    with locks.directory_lock(place(tmp_path / "runs", grid.cells()[0]) / ".lock"):
        assert publish_all(grid, tmp_path / "runs", tmp_path / "to").endswith("1 not done")
    assert not (tmp_path / "to").exists()


def test_a_command_with_bytes_that_are_no_text_is_published(tmp_path: Path) -> None:
    (attempt,) = run_all(small_grid(seeds=[1]), tmp_path / "runs")
    change_record(attempt, command="ablate run g --out /d/caf\udce9/runs")
    publish_all(small_grid(seeds=[1]), tmp_path / "runs", tmp_path / "to")
    target = tmp_path / "to" / attempt.relative_to(tmp_path / "runs")
    assert read_record(target).command == "ablate run g --out runs"
