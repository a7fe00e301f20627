"""The inspection that a run leaves: of a Transformer, if asked for, and never at the run's expense."""

import pytest

from repro.inspection import read
from repro.models import RecurrentSeq2Seq
from repro.training.observe import example_inspection as module
from tests.training.runs import run


class Lengths:
    """A vocabulary of which only the numbers of tokens matter."""

    def encode(self, lines):
        return [[7] * len(line) for line in lines]


@pytest.mark.parametrize(
    ("lengths", "chosen"), [([3, 20, 9, 8], 9), ([3, 7, 40], 7), ([100, 16, 30], 16), ([14, 8], 14), ([1], 1)]
)
def test_an_example_is_neither_short_nor_long(lengths, chosen):
    assert len(module.example(Lengths(), ["x" * length for length in lengths])) == chosen


def test_a_run_leaves_one_if_asked(root, tmp_path):
    record = run(root, tmp_path / "asked", {"--observe.inspect": "true"})
    plain = run(root, tmp_path / "plain")
    assert record.status == plain.status == "done"
    content = read(tmp_path / "asked/attempt-1/inspection.json")
    assert content["translation"] in (tmp_path / "asked/attempt-1/hypotheses.test.txt").read_text().split("\n")
    assert not (tmp_path / "plain/attempt-1/inspection.json").exists()
    assert record.cell == plain.cell


def test_a_recurrent_model_leaves_none(tmp_path, capsys):
    module.write_inspection(RecurrentSeq2Seq(16, 1, d_model=8), Lengths(), [("a", "b", "b")], tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_its_failure_is_no_failure_of_the_run(root, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise ValueError("no luck")

    monkeypatch.setattr(module, "inspect_network", fail)
    assert run(root, tmp_path / "run", {"--observe.inspect": "true"}).status == "done"
    assert "no inspection.json was left" in capsys.readouterr().err
