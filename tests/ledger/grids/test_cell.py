import datetime

import pytest

from repro.errors import BadInput
from repro.ledger.grids.cell import Cell, identity, merge

CONFIG = {
    "seed_everything": 1,
    "threads": 2,
    "out": None,
    "model": {"network": {"class_path": "repro.models.Transformer", "init_args": {"N": 4, "d_k": None}}, "eps_ls": 0.1},
    "data": {"corpus": "multi30k", "tokens": 2048, "root": "prepared", "workers": 0, "vocabulary": {"size": 8000}},
    "decoding": {"beam": 4, "batch_tokens": 4000},
    "checkpoints": {"average": 5, "milestone_minutes": [10]},
    "observe": {"attention_every": None},
    "trainer": {"accelerator": "cpu", "devices": 1, "max_steps": 100, "max_time": None, "logger": None},
    "vectors": {"text": "imdb", "root": "prepared"},
    "wandb": {"mode": "offline"},
}


def cell(*changes):
    return Cell("repro.training:fit", merge(CONFIG, *changes))


def nested(key, value):
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


@pytest.mark.parametrize(
    "key",
    [
        "config",
        "out",
        "checkpoint",
        "wandb",
        "data.root",
        "data.sha256",
        "data.workers",
        "data.jobs",
        "data.evaluation_tokens",
        "decoding.batch_tokens",
        "checkpoints.milestone_minutes",
        "observe.inspect",
        "vectors.root",
        "trainer.accelerator",
        "trainer.strategy",
        "trainer.logger",
        "trainer.val_check_interval",
        "trainer.log_every_n_steps",
    ],
)
def test_where_and_how_comfortably_does_not_decide(key):
    assert cell(nested(key, "another")).id == cell().id


@pytest.mark.parametrize(
    "key",
    [
        "seed_everything",
        "threads",
        "model.eps_ls",
        "model.network.class_path",
        "model.network.init_args.N",
        "model.network.init_args.d_k",
        "data.corpus",
        "data.tokens",
        "data.vocabulary.size",
        "decoding.beam",
        "checkpoints.average",
        "trainer.accumulate_grad_batches",
        "trainer.devices",
        "trainer.gradient_clip_val",
        "trainer.max_steps",
        "trainer.max_time",
        "trainer.num_nodes",
        "trainer.precision",
    ],
)
def test_everything_else_decides(key):
    assert cell(nested(key, 7)).id != cell().id


def test_the_function_decides_and_the_place_in_a_grid_does_not():
    assert Cell("other:fit", CONFIG).id != cell().id
    assert Cell("repro.training:fit", CONFIG, grid="g", row="r", scale="s").id == cell().id


def test_order_and_absent_trainer_settings_do_not_decide():
    turned = {key: CONFIG[key] for key in reversed(CONFIG)}
    assert Cell("repro.training:fit", turned).id == cell().id
    without = {**CONFIG, "trainer": {k: v for k, v in CONFIG["trainer"].items() if v is not None}}
    assert Cell("repro.training:fit", without).id == cell().id


def test_an_id_is_stable():
    """Written down when it was introduced: another value would orphan every finished run."""
    assert Cell("m:f", {"seed": 1, "a": [1, 2.5, None], "data": {"x": "ä", "root": "r"}}).id == STABLE


def test_identity_leaves_the_configuration_as_it_is():
    before = merge(CONFIG)
    identity(CONFIG)
    assert before == CONFIG


def test_seed():
    assert cell({"seed_everything": 5}).seed == 5
    assert Cell("m:f", {"seed": 3}).seed == 3
    assert Cell("m:f", {}).seed == 0


def test_merging():
    merged = merge({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"c": 3}, "d": [2]}, {"a": {"e": None}})
    assert merged == {"a": {"b": 1, "c": 3, "e": None}, "d": [2]}
    assert merge({"a": {"b": 1}}, {"a": None}) == {"a": None}
    assert merge({"a": None}, {"a": {"b": 1}}) == {"a": {"b": 1}}


STABLE = "29eb2fb0f182"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), datetime.date(2017, 6, 12)])
def test_what_no_id_can_be_made_of_is_bad_input_that_names_the_key(value):
    with pytest.raises(BadInput, match=r"^decoding\.alpha must hold finite numbers"):
        _ = cell(nested("decoding.alpha", [value])).id
