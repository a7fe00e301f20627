"""The real W&B library against a stand-in for its server: what arrives there, online and by `repro upload`."""

import json
import re
import warnings
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.training.observe.wandb_logger import GuardedWandbLogger, WandbSettings, offline_parts, upload
from tests.training.observe.wandb_server import KEY, wandb_server
from tests.training.runs import run

RUN = "0123456789ab"


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server that the library takes for W&B's; nothing else of this machine or of the network is used."""
    import wandb

    with wandb_server() as received:
        for name, value in {
            "BASE_URL": received.address,
            "API_KEY": KEY,
            "ERROR_REPORTING": "false",
            "SILENT": "true",
            "CONFIG_DIR": str(tmp_path / "config"),
            "CACHE_DIR": str(tmp_path / "cache"),
            "DATA_DIR": str(tmp_path / "staging"),
        }.items():
            monkeypatch.setenv(f"WANDB_{name}", value)
        monkeypatch.delenv("WANDB_MODE", raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))  # where it would look for other keys
        monkeypatch.chdir(tmp_path)  # where its command leaves a log
        wandb.teardown()  # or it goes on with what it read from the environment before
        yield received
        wandb.teardown()


def log(directory, mode, steps, samples=()):
    """What a training logs; nothing of it may fail."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        logger = GuardedWandbLogger(WandbSettings(mode=mode), directory, RUN, "a name", "grid", {"a": {"b": 1}})
        logger.start()
        for step in steps:
            logger.log_metrics({"train/loss": 1 / step}, step)
        if samples:
            logger.log_samples(samples)
        logger.log_summary({"test.bleu": 12.5})
        logger.close()


def losses(received, run_id=RUN):
    rows = [row for row in received.history(run_id) if "train/loss" in row]
    return {row["trainer/global_step"]: row["train/loss"] for row in rows}


def table_in(received):
    (name,) = [name for name in received.files if re.search(r"translations.*\.table\.json$", name)]
    return json.loads(received.files[name])


def test_an_online_run_arrives_with_curve_configuration_summary_and_table(server, tmp_path):
    log(tmp_path / "run", "online", (1, 2, 4), [("a b", "c d", "e f")])
    begun = server.runs[RUN]
    assert (begun["project"], begun["groupName"], begun["displayName"]) == ("attention-repro", "grid", "a name")
    assert json.loads(begun["config"])["a"] == {"value": {"b": 1}}
    assert "RunResumeStatus" in server.operations  # later parts of a cell go on in the same run
    assert losses(server) == {1: 1, 2: 0.5, 4: 0.25}
    assert server.summary(RUN)["test.bleu"] == 12.5
    table = table_in(server)
    assert table["columns"] == ["source", "translation", "reference"]
    assert table["data"] == [["a b", "c d", "e f"]]


@pytest.mark.slow
def test_offline_parts_of_a_run_arrive_in_one_run_when_they_are_uploaded(server, tmp_path, capsys):
    log(tmp_path / "runs" / "a" / "attempt-1", "offline", (1, 2), [("a b", "c d", "e f")])
    log(tmp_path / "runs" / "a" / "attempt-2", "offline", (3, 4))
    assert server.operations == []  # offline is offline
    parts = offline_parts(tmp_path / "runs")
    assert len(parts) == 2
    assert upload(tmp_path / "runs") == 2
    assert capsys.readouterr().out == "".join(f"sent {part}\n" for part in parts)
    assert set(server.runs) == {RUN}
    assert losses(server) == {1: 1, 2: 0.5, 3: 1 / 3, 4: 0.25}
    assert server.summary(RUN)["test.bleu"] == 12.5
    assert table_in(server)["data"] == [["a b", "c d", "e f"]]


@pytest.mark.slow
def test_a_key_that_is_not_taken_is_one_sentence(server, tmp_path):
    log(tmp_path / "runs", "offline", (1,))
    server.refusing = True
    (part,) = offline_parts(tmp_path / "runs")
    with pytest.raises(BadInput) as caught:
        upload(tmp_path / "runs")
    said = str(caught.value)
    assert said.startswith(f"W&B did not accept {part}: ")
    assert "user is not logged in" in said
    assert said.endswith("; run `wandb login` and repeat")
    assert "\n" not in said


@pytest.mark.slow
def test_a_training_logs_online_what_its_record_says(server, tmp_path):
    record = run(tmp_path, tmp_path / "run", {"--trainer.max_steps": 8, "--wandb.mode": "online"})
    assert sorted(losses(server, record.cell)) == list(range(1, 9))
    assert server.summary(record.cell)["test.bleu"] == record.metrics["test.bleu"]["value"]
    assert any(name.startswith("media/images/attention") for name in server.files)
    assert len(table_in(server)["data"]) == 20
    assert list(Path(tmp_path / "run").rglob("offline-run-*")) == []
