import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.training.observe import wandb_logger
from repro.training.observe.wandb_logger import GuardedWandbLogger, WandbSettings, offline_parts, upload
from tests.representatives import others_slow
from tests.training.runs import run


class FakeRun:
    """What is asked of a W&B run, written down; fails at the calls named in `broken`."""

    def __init__(self, broken=()):
        self.broken, self.calls = set(broken), []
        self.summary = types.SimpleNamespace(update=lambda values: self._note("summary", values))

    def _note(self, name, *arguments):
        self.calls.append((name, *arguments))
        if name in self.broken:
            raise RuntimeError(f"planted: {name}")

    def define_metric(self, *arguments, **keywords):
        self._note("define_metric", arguments[0])

    def log(self, values, **keywords):
        self._note("log", values)

    def finish(self):
        self._note("finish")


class FakeLogger:
    """In place of Lightning's W&B logger."""

    def __init__(self, experiment):
        self.experiment = experiment

    def log_metrics(self, metrics, step):
        self.experiment._note("metrics", metrics, step)

    def log_table(self, name, columns, data):
        self.experiment._note("table", name, columns, data)

    def log_image(self, name, images):
        self.experiment._note("image", name, images)


@pytest.fixture
def fake(monkeypatch):
    """Replaces wandb; `fake.broken` says what fails, `fake.starts` what it was started with."""
    import pytorch_lightning.loggers as loggers

    fake = FakeRun()
    fake.starts = []

    def init(**options):
        fake.starts.append(options)
        fake._note("init")
        return fake

    monkeypatch.setitem(sys.modules, "wandb", types.SimpleNamespace(init=init))
    monkeypatch.setattr(loggers, "WandbLogger", FakeLogger)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    return fake


def tracking(directory, mode="offline"):
    return GuardedWandbLogger(WandbSettings(mode=mode), directory, "0123456789ab", "name", "grid", {"a": {"b": 1}})


def test_a_run_is_started_once_with_the_whole_configuration(fake, tmp_path):
    logger = tracking(tmp_path)
    logger.start()
    logger.log_metrics({"train/loss": 1.0}, 5)
    logger.log_metrics({"train/loss": 0.5}, 6)
    logger.close()
    (start,) = fake.starts
    assert start["config"] == {"a": {"b": 1}}
    assert (start["id"], start["mode"], start["resume"], start["dir"]) == ("0123456789ab", "offline", "allow", tmp_path)
    assert [call[0] for call in fake.calls] == [
        "init",
        "define_metric",
        "define_metric",
        "metrics",
        "metrics",
        "finish",
    ]


def test_online_runs_of_one_cell_are_one_run(fake, tmp_path):
    tracking(tmp_path, "online").start()
    assert (fake.starts[0]["mode"], fake.starts[0]["resume"]) == ("online", "allow")


def test_the_environment_decides_the_mode(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    tracking(tmp_path, "online").start()
    assert fake.starts[0]["mode"] == "offline"


@pytest.mark.parametrize("broken", ["init", "define_metric", "metrics", "table", "image", "summary", "finish"])
def test_whatever_fails_it_warns_once_and_is_off(fake, tmp_path, broken):
    fake.broken = {broken}
    logger = tracking(tmp_path)
    with pytest.warns(UserWarning, match="W&B failed and is off for the rest of this run: planted") as warned:  # noqa: PT031
        for _ in range(2):
            logger.log_metrics({"train/loss": 1.0}, 1)
            logger.log_samples([("a", "b", "c")])
            logger.log_picture("attention", lambda: tmp_path / "attention.png")
            logger.log_summary({"bleu": 1.0})
        logger.close()
    assert len(warned) == 1
    assert [call[0] for call in fake.calls].count(broken) <= 2


def test_a_drawing_that_fails_is_no_failure(fake, tmp_path):
    def draw():
        raise ValueError("planted: no font")

    with pytest.warns(UserWarning, match="no font"):
        tracking(tmp_path).log_picture("attention", draw)


@pytest.mark.parametrize("broken", others_slow(["init", "metrics", "finish"], [1]))
def test_training_goes_on_without_it(fake, root, tmp_path, broken):
    fake.broken = {broken}
    with pytest.warns(UserWarning, match="planted"):
        record = run(root, tmp_path / "run", {"--trainer.max_steps": 3})
    assert record.status == "done"


def test_what_a_run_logs(fake, root, tmp_path):
    record = run(root, tmp_path / "run", {"--trainer.max_steps": 8})
    assert fake.starts[0]["config"] == record.config
    assert fake.starts[0]["id"] == record.cell
    assert fake.starts[0]["dir"] == tmp_path / "run" / "attempt-1"
    rows = [call for call in fake.calls if call[0] == "metrics"]
    assert [step for _, row, step in rows if "train/loss" in row] == list(range(1, 9))
    assert [step for _, row, step in rows if "dev/loss" in row] == [4, 8]
    ((_, name, columns, data),) = [call for call in fake.calls if call[0] == "table"]
    assert (name, columns, len(data)) == ("translations", ["source", "translation", "reference"], 20)
    assert all(source == reference for source, _, reference in data)  # the probe is to copy
    ((_, _, (picture,)),) = [call for call in fake.calls if call[0] == "image"]
    assert Path(picture).read_bytes().startswith(b"\x89PNG")
    assert Path(picture) == tmp_path / "run" / "attempt-1" / "attention.png"
    ((_, summary),) = [call for call in fake.calls if call[0] == "summary"]
    assert summary["test.bleu"] == record.metrics["test.bleu"]["value"]
    assert fake.calls[-1] == ("finish",)


# ---- uploading


def parts(folder):
    names = [
        "b/attempt-1/wandb/offline-run-20250101_120000-bbb",
        "a/attempt-1/wandb/offline-run-20250103_120000-aaa",
        "a/attempt-1/wandb/offline-run-20250102_120000-aaa",
    ]
    for name in names:
        (folder / name).mkdir(parents=True)
    return [folder / name for name in (names[0], names[2], names[1])]


def test_parts_come_in_the_order_they_were_written(tmp_path):
    expected = parts(tmp_path)
    for part in expected:  # W&B's link to the newest part, which a walk may come to first
        (part.parent / "latest-run").unlink(missing_ok=True)
        (part.parent / "latest-run").symlink_to(part.name)
    (tmp_path / "a" / ".attempt-2.0f.tmp" / "wandb" / "offline-run-20250104_120000-aaa").mkdir(parents=True)
    assert offline_parts(tmp_path) == expected


@pytest.mark.parametrize("options", ["--append  Append run", ""], ids=["before", "since"])
def test_upload_appends_later_parts_of_a_run(tmp_path, monkeypatch, options):
    """Versions that must be told are told; later ones know no such option."""
    first, second, third = parts(tmp_path)
    commands = []

    def fake_run(command, **_):
        commands.append(command[4:])
        if command[-1] == "--help":
            return subprocess.CompletedProcess(command, 0, options, "")
        (Path(command[-1]) / "run.wandb.synced").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", fake_run)
    wandb_logger._has_append.cache_clear()
    assert upload(tmp_path) == 3
    wandb_logger._has_append.cache_clear()
    assert [command for command in commands if command != ["--help"]] == [
        ["--id", "bbb", str(first)],
        ["--id", "aaa", str(second)],
        ["--id", "aaa", *(["--append"] if options else []), str(third)],
    ]


def test_upload_says_what_was_refused(tmp_path, monkeypatch):
    first, *_ = parts(tmp_path)
    refusal = subprocess.CompletedProcess([], 1, "", "a\nno account")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: refusal)
    with pytest.raises(BadInput, match=f"W&B did not accept {first}: no account"):
        upload(tmp_path)


def test_nothing_to_upload(tmp_path):
    with pytest.raises(BadInput, match="holds no offline W&B data"):
        upload(tmp_path)


@pytest.mark.slow
def test_offline_by_default_without_an_account(tmp_path):
    """The real wandb, in a process of its own: it writes under the attempt and says nothing."""
    from tests.training.runs import command_line

    environment = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    arguments = command_line(tmp_path, {"--trainer.max_steps": 8})
    result = subprocess.run(
        [sys.executable, "-m", "repro", "fit", *arguments, "--out", "run"],
        cwd=tmp_path,
        env={**environment, "HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "wandb" not in result.stderr
    attempt = tmp_path / "run" / "attempt-1"
    record = json.loads((attempt / "record.json").read_text())
    (part,) = offline_parts(tmp_path)
    assert part.parent == attempt / "wandb"
    assert part.name.endswith(f"-{record['cell']}")
    assert list(part.rglob("translations*.table.json"))
    assert list(part.rglob("attention*.png"))
    assert not (tmp_path / "wandb").exists()
