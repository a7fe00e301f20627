import json

import pytest

from ablations.throughput.step_profile import BETWEEN, OTHER, PARTS, measure_step_profile, part_of, shares_of_parts
from repro.errors import BadInput

CONFIG = {
    "size": "probe",
    "precision": "fp32",
    "mean": 8,
    "tokens": 128,
    "batches": 2,
    "turns": 1,
    "threads": 1,
    "seed": 1,
}


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("aten::mm", "products"),
        ("aten::addmm_", "products"),
        ("aten::baddbmm_", "products"),
        ("mkldnn::_linear_pointwise", "products"),
        ("aten::_softmax", "softmax"),
        ("aten::_softmax_backward_data", "softmax"),
        ("aten::_safe_softmax", "softmax"),
        ("aten::exp_", "softmax"),
        ("aten::native_layer_norm_backward", "norms"),
        ("aten::random_", "dropout"),
        ("aten::ge", "dropout"),
        ("aten::_fused_adam_", "optimiser"),
        ("Optimizer.step#Adam.step", "optimiser"),
        ("aten::_to_copy", "layout"),
        ("aten::index_select", "layout"),
        ("aten::slice_backward", "layout"),
        ("_MovedBackward", "layout"),
        ("aten::fill_", "allocation"),
        ("aten::empty_strided", "allocation"),
        ("aten::add_", "elementwise"),
        ("aten::threshold_backward", "elementwise"),
        ("aten::gelu", OTHER),
        ("aten::embedding", OTHER),
    ],
)
def test_operations_belong_to_a_part_by_their_names(operation, part):
    assert part_of(operation) == part


def test_shares_are_of_all_the_time_and_what_is_left_lies_between():
    shares = shares_of_parts([("aten::mm", 2.0), ("aten::bmm", 1.0), ("aten::add", 0.5), ("aten::gelu", 0.5)], 8.0)
    assert {part: share for part, share in shares.items() if share} == {
        "products": 0.375,
        "elementwise": 0.0625,
        OTHER: 0.0625,
        BETWEEN: 0.5,
    }
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_cell_says_where_its_time_went(tmp_path):
    outcome = measure_step_profile(CONFIG, tmp_path)
    shares = {name.removeprefix("share."): metric["value"] for name, metric in outcome.metrics.items()}
    assert set(shares) == {*PARTS, OTHER, BETWEEN}
    assert sum(shares.values()) == pytest.approx(1.0, abs=0.02)
    assert all(shares[part] > 0 for part in ("products", "softmax", "norms", "dropout", "optimiser", "layout"))
    assert outcome.details["updates"] == 2
    names = [entry["name"] for entry in outcome.details["operations"]]
    assert "aten::mm" in names
    json.dumps(outcome.details)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"tokens": 100}, "tokens is 100"), ({"precision": "int8"}, "precision"), ({"turns": 0}, "turns")],
)
def test_what_cannot_be_measured_is_refused(tmp_path, change, message):
    with pytest.raises(BadInput, match=message):
        measure_step_profile({**CONFIG, **change}, tmp_path)
