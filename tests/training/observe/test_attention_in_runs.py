"""`attention.csv` of whole runs: which rows it has, undisturbed and after a kill, and what the record says of them."""

import math

import pytest
import torch

from repro.data.vocabulary import PAD
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.records.record import read_record
from repro.ledger.running.run import run_cell
from repro.models import Transformer
from repro.models.attention import recorded_attention
from repro.training.module import TranslationModule
from repro.training.observe.attention_statistics import (
    COLUMNS,
    FILE,
    dev_batch,
    read_attention,
)
from tests.representatives import others_slow
from tests.training.kills import after_saving, at_update, before_training_is_noted, killed
from tests.training.observe.test_attention_statistics import one_query_at_a_time
from tests.training.runs import FIT, assert_equal_runs, plain_config, run

OBSERVED = {"--observe.attention_every": 5}
LAYERS = ["encoder.0.self_attention", "decoder.0.self_attention", "decoder.0.cross_attention"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Holds the prepared data of all runs of this file, and undisturbed runs."""
    torch.set_num_threads(1)
    directory = tmp_path_factory.mktemp("runs")
    assert run(directory, directory / "plain").status == "done"
    assert run(directory, directory / "observed", OBSERVED).status == "done"
    return directory


def steps(attempt):
    rows = read_attention(attempt / FILE)
    assert [row["layer"] for row in rows] == LAYERS * (len(rows) // len(LAYERS))
    return [row["step"] for row in rows[:: len(LAYERS)]]


def test_training_is_the_same_to_the_last_bit(root):
    """With dropout, so that a single random number more or less would show."""
    assert plain_config(root)["model"]["network"]["init_args"]["P_drop"] > 0
    assert_equal_runs(root / "plain", root / "observed")


def test_it_is_off_unless_asked_for(root):
    assert not (root / "plain" / "attempt-1" / FILE).exists()
    record = read_record(root / "plain" / "attempt-1")
    assert "attention" not in record.details
    assert not [name for name in record.metrics if name.startswith("attention.")]


def test_steps_and_columns(root):
    attempt = root / "observed" / "attempt-1"
    assert (attempt / FILE).read_text().split("\n")[0] == (
        "step,layer,var_qk,entropy,relative_entropy,largest_weight,gradient_norm,gradient_norm_qk"
    )
    assert steps(attempt) == [0, 5, 10, 12]
    for row in read_attention(attempt / FILE):
        assert all(0 < row[column] < math.inf for column in COLUMNS[2:])
        assert row["gradient_norm_qk"] < row["gradient_norm"]
        assert row["largest_weight"] < 1
        assert row["relative_entropy"] < 1


def test_step_0_is_the_network_as_it_was_made(root, tmp_path, monkeypatch):
    """Rows of step 0 from the initial weights, and those of step 5 from the weights after 5 updates."""
    kept = {}
    before = TranslationModule.training_step

    def keeping(self, batch, batch_idx):
        kept.setdefault(self.global_step, {k: v.clone() for k, v in self.network.state_dict().items()})
        kept["split"] = self.trainer.datamodule.store.split("dev")
        return before(self, batch, batch_idx)

    monkeypatch.setattr(TranslationModule, "training_step", keeping)
    run(root, tmp_path / "run", OBSERVED)
    rows = read_attention(tmp_path / "run" / "attempt-1" / FILE)
    V = len(kept[0]["embedding.weight"])
    network = Transformer(V=V, seed=1, N=1, d_model=16, d_ff=32, h=2).eval()
    assert all(torch.equal(value, kept[0][name]) for name, value in network.state_dict().items())
    batch = dev_batch(kept["split"])
    for step in (0, 5):
        network.load_state_dict(kept[step])
        with torch.no_grad(), recorded_attention(network) as records:
            network(batch.src, batch.tgt)
        for row in rows:
            if row["step"] == step:
                (call,) = records[row["layer"]]
                side = batch.src if row["layer"].startswith("encoder") else batch.tgt
                mask = call.mask.expand(call.weights.shape).numpy()
                numbers = one_query_at_a_time(
                    call.Q.double().numpy(), call.K.double().numpy(), mask, (side != PAD).numpy(), call.scale
                )
                assert [row[column] for column in COLUMNS[2:6]] == pytest.approx(numbers, rel=1e-5)


@pytest.mark.parametrize(
    ("clip", "precision"), others_slow([(None, "32-true"), (0.01, "32-true"), (0.01, "bf16-mixed")], [1])
)
def test_gradients_are_those_of_the_update_before_clipping(root, tmp_path, monkeypatch, clip, precision):
    """Of update s + 1 in the row of step s, and in the last row of the last update."""
    kept = {}
    before = TranslationModule.on_before_optimizer_step

    def keeping(self, optimizer):
        before(self, optimizer)
        kept[self.global_step] = {n: p.grad.double().numpy().copy() for n, p in self.network.named_parameters()}

    monkeypatch.setattr(TranslationModule, "on_before_optimizer_step", keeping)
    clipped = {"--trainer.gradient_clip_val": clip} if clip else {}
    record = run(root, tmp_path / "run", {**OBSERVED, **clipped, "--trainer.precision": precision})
    assert record.status == "done", record.error
    for row in read_attention(tmp_path / "run" / "attempt-1" / FILE):
        gradients = kept[11 if row["step"] == 12 else row["step"]]
        layer = ".".join(row["layer"].split(".")[:2]) + "."
        squares = {name: float((g**2).sum()) for name, g in gradients.items()}
        of_layer = sum(value for name, value in squares.items() if name.startswith(layer))
        of_qk = sum(squares[f"{row['layer']}.{W}.weight"] for W in ("W_Q", "W_K"))
        assert row["gradient_norm"] == pytest.approx(math.sqrt(of_layer), rel=1e-5)
        assert row["gradient_norm_qk"] == pytest.approx(math.sqrt(of_qk), rel=1e-5)


def test_the_record_has_the_first_and_the_last_rows_and_their_means(root):
    record = read_record(root / "observed" / "attempt-1")
    rows = read_attention(root / "observed" / "attempt-1" / FILE)
    assert record.details["attention"] == [row for row in rows if row["step"] in (0, 12)]
    for name, step in (("step0", 0), ("last", 12)):
        encoder, decoder, cross = (row for row in rows if row["step"] == step)
        for column in ("var_qk", "entropy", "largest_weight"):
            metric = record.metrics[f"attention.{column}.{name}"]
            assert metric["value"] == pytest.approx((encoder[column] + decoder[column] + cross[column]) / 3)
            assert ("before the first update" in metric["definition"]) == (step == 0)
            assert metric["unit"]
        assert decoder["gradient_norm"] == cross["gradient_norm"]
        metric = record.metrics[f"attention.gradient_norm.{name}"]
        assert metric["value"] == pytest.approx((encoder["gradient_norm"] + decoder["gradient_norm"]) / 2)
    assert len([name for name in record.metrics if name.startswith("attention.")]) == 8


KILLS = {
    "before any checkpoint": at_update(2),
    "between rows": at_update(9),
    "right after rows": at_update(11),
    "at the last update": at_update(12),
    "after the last checkpoint": after_saving(12),
    "before training is noted": before_training_is_noted(),
}


@pytest.mark.parametrize("moment", others_slow(KILLS, [1]))
def test_a_killed_run_continues_to_the_same_rows(root, tmp_path, moment):
    killed(root, tmp_path / "run", OBSERVED, KILLS[moment])
    record = run(root, tmp_path / "run", OBSERVED)
    assert_equal_runs(root / "observed", tmp_path / "run")
    files = [directory / "attempt-1" / FILE for directory in (root / "observed", tmp_path / "run")]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert {row["step"] for row in record.details["attention"]} == {0, 12}


def test_rows_at_the_step_of_a_checkpoint_are_not_doubled(root, tmp_path):
    """Checkpoints come every 3 updates: rows of step 6 are written after the checkpoint they are resumed from."""
    changes = {"--observe.attention_every": 3}
    killed(root, tmp_path / "run", changes, at_update(8))
    assert steps(tmp_path / "run" / "attempt-1") == [0, 3, 6]
    run(root, tmp_path / "run", changes)
    assert steps(tmp_path / "run" / "attempt-1") == [0, 3, 6, 9, 12]


@pytest.mark.slow
@pytest.mark.parametrize("torn", [30, 1, 200])
def test_a_torn_write_is_made_whole(root, tmp_path, torn):
    killed(root, tmp_path / "run", OBSERVED, at_update(11))
    path = tmp_path / "run" / "attempt-1" / FILE
    path.write_bytes(path.read_bytes()[:-torn])
    run(root, tmp_path / "run", OBSERVED)
    assert path.read_bytes() == (root / "observed" / "attempt-1" / FILE).read_bytes()


def test_a_run_stopped_by_the_clock_ends_with_its_last_step(root, tmp_path):
    changes = {**OBSERVED, "--trainer.max_steps": -1, "--trainer.max_time": "00:00:00:01"}
    record = run(root, tmp_path / "run", changes)
    last = record.metrics["train.updates"]["value"]
    expected = [*range(0, last, 5), last]
    assert steps(tmp_path / "run" / "attempt-1") == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [{"--trainer.accumulate_grad_batches": 3}, {"--trainer.precision": "bf16-mixed"}], ids=str
)
def test_other_ways_of_training(root, tmp_path, changes):
    changes = {**changes, "--trainer.max_steps": 6, "--trainer.val_check_interval": 6}
    run(root, tmp_path / "plain", changes)
    run(root, tmp_path / "observed", {**OBSERVED, **changes})
    assert_equal_runs(tmp_path / "plain", tmp_path / "observed")
    assert steps(tmp_path / "observed" / "attempt-1") == [0, 5, 6]


def test_a_convolutional_encoder_has_rows_of_its_decoder_only(root, tmp_path):
    run(root, tmp_path / "run", {**OBSERVED, "--model.network.init_args.encoder": "convolution"})
    rows = read_attention(tmp_path / "run" / "attempt-1" / FILE)
    assert [row["layer"] for row in rows] == LAYERS[1:] * 4


def test_a_network_without_attention_says_so_once(root, tmp_path, capsys):
    config = plain_config(root, OBSERVED)
    config["model"]["network"] = {"class_path": "repro.models.RecurrentSeq2Seq", "init_args": {"N": 1, "d_model": 16}}
    record = run_cell(Cell(FIT, config), tmp_path / "run", "repro fit ...")
    assert record.status == "done"
    assert "attention" not in record.details
    assert not (tmp_path / "run" / "attempt-1" / FILE).exists()
    told = "the network has no multi-head attention; observe.attention_every records nothing"
    assert capsys.readouterr().err.count(told) == 1


@pytest.mark.parametrize("every", [0, -5])
def test_a_rhythm_without_sense_is_refused(root, every):
    with pytest.raises(BadInput, match=f"observe.attention_every is {every}; it must be at least 1"):
        plain_config(root, {"--observe.attention_every": every})
