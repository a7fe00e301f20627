import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from repro.data.vocabulary import PAD
from repro.errors import BadInput
from repro.ledger.cell import Cell
from repro.ledger.record import read_record
from repro.ledger.run import run_cell
from repro.models import Transformer
from repro.models.attention import AttentionRecord, recorded_attention
from repro.models.masks import causal_mask
from repro.training.module import TranslationModule
from repro.training.observe.attention_statistics import (
    COLUMNS,
    FILE,
    SENTENCES,
    AttentionStatistics,
    attention_summary,
    dev_batch,
    dot_product_variance,
    entropy,
    gradient_norm,
    gradient_norms,
    largest_weight,
    read_attention,
    relative_entropy,
)
from tests.training.batches import RandomSplit
from tests.training.kills import after_saving, at_update, before_training_is_noted, killed
from tests.training.runs import FIT, assert_equal_runs, plain_config, run

STATISTICS = (dot_product_variance, entropy, relative_entropy, largest_weight)


# ---- the functions


def record(Q, K, mask, scale=1.0):
    """A record with the weights that these queries and keys give; a query without keys has none."""
    scores = (Q @ K.transpose(-2, -1) * scale).expand(*Q.shape[:-1], K.shape[-2])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1).nan_to_num(0.0)
    nothing = torch.zeros(())
    return AttentionRecord(Q, K, nothing, scale, mask, weights, nothing, nothing)


def drawn(B, h, m, n, d_k, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(B, h, length, d_k, generator=generator) for length in (m, n))


def one_query_at_a_time(Q, K, mask, queries, scale):
    """All four statistics in NumPy and float64, with loops and nothing that is masked."""
    dots, entropies, relative, largest = [], [], [], []
    for b, head, i in np.ndindex(*Q.shape[:3]):
        keys = [j for j in range(K.shape[2]) if mask[b, head, i, j]]
        if not queries[b, i] or not keys:
            continue
        scores = np.array([np.dot(Q[b, head, i], K[b, head, j]) for j in keys])
        dots += list(scores)
        weights = np.exp(scale * scores - (scale * scores).max())
        weights /= weights.sum()
        entropies.append(-sum(w * math.log(w) for w in weights if w > 0))
        largest.append(max(weights))
        if len(keys) > 1:
            relative.append(entropies[-1] / math.log(len(keys)))
    return np.var(dots), np.mean(entropies), np.mean(relative), np.mean(largest)


def masks(kind, B, h, m, n):
    generator = torch.Generator().manual_seed(4)
    lengths = torch.tensor([n, n - 3, 1])[:B]
    if kind == "padding":
        return torch.arange(n)[None, None, None] < lengths[:, None, None, None]
    if kind == "causal":
        return causal_mask(m)
    if kind == "any, with queries that may see nothing":
        mask = torch.rand(B, h, m, n, generator=generator) < 0.5
        mask[0, :, 1], mask[1] = False, mask[1] & (torch.arange(m) != 2)[:, None]
        return mask
    return None


@pytest.mark.parametrize("kind", ["none", "padding", "causal", "any, with queries that may see nothing"])
@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_one_query_at_a_time(kind, scale):
    B, h, m, n, d_k = 3, 2, 5, 5 if kind == "causal" else 6, 4
    Q, K = drawn(B, h, m, n, d_k)
    mask = masks(kind, B, h, m, n)
    queries = torch.arange(m) < torch.tensor([m, 3, 1])[:, None]
    everything = torch.ones(B, h, m, n, dtype=torch.bool)
    expected = one_query_at_a_time(
        Q.double().numpy(),
        K.double().numpy(),
        (everything if mask is None else everything & mask).numpy(),
        queries.numpy(),
        scale,
    )
    call = record(Q, K, mask, scale)
    assert [statistic(call, queries) for statistic in STATISTICS] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("d_k", [4, 16, 64])
def test_q_k_has_variance_d_k_where_both_have_unit_variance(d_k):
    """Footnote 4 of section 3.2.1, whatever the scale. Within 5 standard errors.

    Of N queries with as many keys, sum q_i^2 has a relative deviation of sqrt(2 / d_k) each.
    """
    B, h, m = 400, 2, 6
    Q, K = drawn(B, h, m, m, d_k, seed=d_k)
    everything = torch.ones(B, m, dtype=torch.bool)
    error = math.sqrt(2 * 2 / (d_k * B * h * m) + (2 + 6 / d_k) / (B * h * m * m))
    measured = dot_product_variance(record(Q, K, None, d_k**-0.5), everything)
    assert measured == pytest.approx(d_k, rel=5 * error)
    assert error < 0.02


def test_the_mean_of_q_k_is_no_variance():
    Q, K = torch.ones(1, 1, 3, 4), torch.ones(1, 1, 5, 4)
    assert dot_product_variance(record(Q, K, None), torch.ones(1, 3, dtype=torch.bool)) == 0.0


@pytest.mark.parametrize("kind", ["padding", "causal"])
def test_uniform_weights(kind):
    """Entropy log n, as large as it can be."""
    m = n = 6
    Q = torch.zeros(3, 2, m, 4)
    mask = masks(kind, 3, 2, m, n)
    call, queries = record(Q, Q, mask), torch.ones(3, m, dtype=torch.bool)
    keys = [n, n - 3, 1] if kind == "padding" else range(1, n + 1)
    assert entropy(call, queries) == pytest.approx(np.mean([math.log(k) for k in keys]))
    assert largest_weight(call, queries) == pytest.approx(np.mean([1 / k for k in keys]))
    assert relative_entropy(call, queries) == pytest.approx(1.0)
    assert dot_product_variance(call, queries) == 0.0


def test_one_hot_weights():
    Q = K = 100 * torch.eye(5)[None, None]
    call, queries = record(Q, K, None), torch.ones(1, 5, dtype=torch.bool)
    assert largest_weight(call, queries) == 1.0
    assert entropy(call, queries) == pytest.approx(0.0, abs=1e-12)
    assert relative_entropy(call, queries) == pytest.approx(0.0, abs=1e-12)


def test_padding_does_not_count():
    """Neither as a query nor as a key: the same numbers as without it."""
    Q, K = drawn(2, 2, 4, 4, 8)
    queries = torch.ones(2, 4, dtype=torch.bool)
    alone = [statistic(record(Q, K, None), queries) for statistic in STATISTICS]
    filler_q, filler_k = drawn(2, 2, 3, 3, 8, seed=1)
    Q, K = torch.cat([Q, 9 * filler_q], dim=2), torch.cat([K, 9 * filler_k], dim=2)
    real = torch.arange(7) < 4
    call = record(Q, K, real[None, None, None])
    assert [statistic(call, real.expand(2, 7)) for statistic in STATISTICS] == pytest.approx(alone, rel=1e-6)
    everything = torch.ones(2, 7, dtype=torch.bool)
    for statistic, value in zip(STATISTICS, alone, strict=True):
        assert statistic(call, everything) != pytest.approx(value, rel=1e-3)


def test_queries_of_one_key_have_no_relative_entropy():
    """Under a causal mask the first position has no choice: it would count as 0 / 0."""
    Q, K = drawn(1, 1, 2, 2, 4)
    queries = torch.ones(1, 2, dtype=torch.bool)
    call = record(Q, K, causal_mask(2))
    assert relative_entropy(call, queries) == pytest.approx(2 * entropy(call, queries) / math.log(2))
    assert math.isnan(relative_entropy(record(Q, K[:, :, :1], None), queries))


def test_gradient_norms_layer_by_layer():
    network = Transformer(V=20, N=2, d_model=8, d_ff=12, h=2, seed=3)
    src, tgt = torch.tensor([[4, 5, 2], [7, 2, 0]]), torch.tensor([[1, 8], [1, 5]])
    network(src, tgt).pow(2).sum().backward()

    def flat(prefix):
        parts = [p.grad.double().numpy().ravel() for name, p in network.named_parameters() if name.startswith(prefix)]
        return np.linalg.norm(np.concatenate(parts))

    names = [f"encoder.{i}.self_attention" for i in range(2)]
    names += [f"decoder.{i}.{kind}_attention" for i in range(2) for kind in ("self", "cross")]
    norms = gradient_norms(network, names)
    assert list(norms) == names
    for name, (of_layer, of_qk) in norms.items():
        assert float(of_layer) == pytest.approx(flat(".".join(name.split(".")[:2]) + "."), rel=1e-5)
        assert float(of_qk) == pytest.approx(math.hypot(flat(f"{name}.W_Q"), flat(f"{name}.W_K")), rel=1e-5)
    network.zero_grad()
    assert float(gradient_norm(network)) == 0.0


# ---- on a network, without a trainer


def test_the_sentences_are_spread_over_the_dev_set():
    few, many = RandomSplit(10), RandomSplit(1000)
    batch = dev_batch(few)
    assert [row[row != PAD].tolist() for row in batch.src] == few._source
    batch = dev_batch(many)
    assert len(batch.src) == SENTENCES
    expected = [many._source[round(i * 999 / (SENTENCES - 1))] for i in range(SENTENCES)]
    assert [row[row != PAD].tolist() for row in batch.src] == expected


def trainer_and_module(network, sentences, step=0):
    """As much of both as the callback looks at."""
    data = SimpleNamespace(store=SimpleNamespace(split=lambda name: {"dev": sentences}[name]))
    trainer = SimpleNamespace(is_global_zero=True, global_step=step, max_steps=100, should_stop=False, datamodule=data)
    return trainer, SimpleNamespace(network=network, device=torch.device("cpu"))


def test_observing_leaves_everything_as_it_was(tmp_path):
    network = Transformer(V=20, N=1, d_model=8, d_ff=8, h=2, P_drop=0.5, attention_dropout=0.5)
    network.train()
    network.encoder[0].eval()
    src, tgt = torch.tensor([[4, 5, 2]]), torch.tensor([[1, 8]])
    network(src, tgt).sum().backward()

    def state():
        return (
            [part.training for part in network.modules()],
            [parameter.clone() for parameter in network.parameters()],
            [parameter.grad.clone() for parameter in network.parameters()],
            [parameter.requires_grad for parameter in network.parameters()],
            [torch.get_rng_state()],
            [part.records for name, part in network.named_modules() if name.endswith("attention")],
        )

    def same(one, other):
        return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other

    before = state()
    trainer, module = trainer_and_module(network, RandomSplit(10))
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    assert len(read_attention(tmp_path / FILE)) == 3
    for one, other in zip(before, state(), strict=True):
        assert all(map(same, one, other))


@pytest.mark.parametrize("causal", [True, False])
def test_rows_are_of_real_tokens(tmp_path, causal):
    """Each row from the records of sentences one at a time, which have no padding."""
    network = Transformer(V=20, N=2, d_model=8, d_ff=8, h=2, causal=causal)
    sentences = RandomSplit(7)
    trainer, module = trainer_and_module(network, sentences)
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    network.eval()
    entropies: dict[str, list[float]] = {}
    dots: dict[str, list[float]] = {}
    for i in range(7):
        src = torch.tensor([sentences.source(i).tolist()])
        tgt = torch.tensor([[1, *sentences.target(i)[:-1].tolist()]])
        with torch.no_grad(), recorded_attention(network) as records:
            network(src, tgt)
        for name, (call,) in records.items():
            hidden = causal and name.startswith("decoder") and "self" in name
            for head, q in np.ndindex(*call.weights.shape[1:3]):
                weights = call.weights[0, head, q].double().numpy()
                seen = slice(0, q + 1) if hidden else slice(None)
                entropies.setdefault(name, []).append(-sum(w * math.log(w) for w in weights if w > 0))
                dots.setdefault(name, []).extend((call.K[0, head, seen] @ call.Q[0, head, q]).tolist())
    rows = read_attention(tmp_path / FILE)
    assert [row["layer"] for row in rows] == list(entropies)
    for row in rows:
        assert row["entropy"] == pytest.approx(np.mean(entropies[row["layer"]]), rel=1e-5)
        assert row["var_qk"] == pytest.approx(np.var(dots[row["layer"]]), rel=1e-4)


def test_other_ranks_write_nothing(tmp_path):
    trainer, module = trainer_and_module(Transformer(V=20, N=1, d_model=8, d_ff=8, h=2), RandomSplit(3))
    trainer.is_global_zero = False
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    observer.on_train_end(trainer, module)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_not_finite_is_none(tmp_path):
    network = Transformer(V=20, N=1, d_model=8, d_ff=8, h=2)
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, torch.inf)
    trainer, module = trainer_and_module(network, RandomSplit(3))
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    rows, metrics = attention_summary(tmp_path / FILE)
    assert all(row["gradient_norm"] is None and row["entropy"] > 0 for row in rows)
    assert metrics["attention.gradient_norm.step0"].value is None
    assert metrics["attention.gradient_norm.step0"].details["reason"] == "not finite in every layer"


def test_without_a_file_there_is_nothing_to_say(tmp_path):
    assert attention_summary(tmp_path / FILE) == ([], {})
    (tmp_path / FILE).write_text(",".join(COLUMNS) + "\n")
    assert attention_summary(tmp_path / FILE) == ([], {})


# ---- in training

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


@pytest.mark.parametrize(("clip", "precision"), [(None, "32-true"), (0.01, "32-true"), (0.01, "bf16-mixed")], ids=str)
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


QUICK_KILLS = ("between rows", "after the last checkpoint")


@pytest.mark.parametrize(
    "moment", [name if name in QUICK_KILLS else pytest.param(name, marks=pytest.mark.slow) for name in KILLS]
)
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


@pytest.mark.parametrize("torn", [30, *(pytest.param(torn, marks=pytest.mark.slow) for torn in (1, 200))])
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


@pytest.mark.parametrize(
    "changes",
    [
        {"--trainer.accumulate_grad_batches": 3},
        pytest.param({"--trainer.precision": "bf16-mixed"}, marks=pytest.mark.slow),
    ],
    ids=str,
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
