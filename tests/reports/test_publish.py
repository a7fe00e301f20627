"""`report publish`, against a stand-in for W&B that keeps what it is given."""

import sys
from types import SimpleNamespace

import pytest

from reports.build import WRITERS
from reports.cli import main
from tests.reports.golden_report import golden_records
from tests.reports.records import write


class Refused(Exception):
    """As `wandb.Error`."""


class Stub:
    """The parts of W&B that are used."""

    Error = Refused

    def __init__(self, known=True, fails=None):
        self.known, self.fails = known, fails
        self.settings, self.logged, self.artifacts, self.finished = {}, [], [], False
        self.run = SimpleNamespace(
            log=self.logged.append,
            summary={},
            log_artifact=self.artifacts.append,
            finish=lambda: setattr(self, "finished", True),
            url="https://wandb.example/me/attention-repro/runs/report-builtin",
        )

    def login(self, prompt=True):
        assert not prompt, "nobody is there to answer"
        return self.known

    def init(self, **settings):
        if self.fails:
            raise Refused(self.fails)
        self.settings = settings
        return self.run

    @staticmethod
    def Html(text, inject):  # noqa: N802
        return SimpleNamespace(text=text, inject=inject)

    @staticmethod
    def Artifact(name, type, metadata):  # noqa: N802
        files = []
        return SimpleNamespace(name=name, type=type, metadata=metadata, files=files, add_file=files.append)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "online")
    for record in golden_records():
        write(tmp_path / "runs", record)
    return tmp_path / "runs"


def published(runs, stub, monkeypatch, *more):
    monkeypatch.setitem(sys.modules, "wandb", stub)
    return main(["publish", str(runs), "--out", str(runs.parent / "out"), *more])


def test_the_page_and_all_files_are_logged_to_one_run(runs, monkeypatch, capsys):
    stub = Stub()
    assert published(runs, stub, monkeypatch) == 0
    assert stub.settings["id"] == stub.settings["name"] == "report-builtin"
    assert stub.settings["project"] == "attention-repro"
    assert stub.settings["resume"] == "allow"
    out = runs.parent / "out"
    assert stub.logged[0]["report"].text == (out / "index.html").read_text()
    assert stub.artifacts[0].files == [str(out / name) for name in WRITERS]
    assert stub.run.summary["verdicts/reproduced"] >= 1
    assert stub.finished
    assert capsys.readouterr().out.strip() == stub.run.url


def test_the_project_can_be_chosen(runs, monkeypatch):
    stub = Stub()
    assert published(runs, stub, monkeypatch, "--project", "mine") == 0
    assert stub.settings["project"] == "mine"


@pytest.mark.parametrize("mode", ["offline", "disabled", "dryrun"])
def test_offline_is_said_in_a_sentence(runs, monkeypatch, capsys, mode):
    monkeypatch.setenv("WANDB_MODE", mode)
    stub = Stub()
    assert published(runs, stub, monkeypatch) == 2
    said = capsys.readouterr().err
    assert f"W&B is offline (WANDB_MODE={mode}); set WANDB_MODE=online" in said
    assert said.count("\n") == 1
    assert not stub.logged
    assert not (runs.parent / "out").exists()


def test_without_an_account_it_says_what_to_do(runs, monkeypatch, capsys):
    assert published(runs, Stub(known=False), monkeypatch) == 2
    said = capsys.readouterr().err
    assert "wandb login" in said
    assert said.count("\n") == 1


def test_a_refusal_is_one_sentence_and_the_report_is_kept(runs, monkeypatch, capsys):
    assert published(runs, Stub(fails="permission denied\nmore\nlines"), monkeypatch) == 2
    said = capsys.readouterr().err
    assert "permission denied" in said
    assert said.count("\n") == 1
    assert (runs.parent / "out/index.html").exists()
