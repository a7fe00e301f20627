"""The cost of training, as the paper counts it and as operations."""

from dataclasses import replace

import pytest

from reports.figures import bleu, cost
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.cell_directory import CURVE
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of
from tests.reports.records import metric, planted


def test_the_bill_counts_as_the_paper_and_as_operations():
    cells = cells_of(bleu.section(report_of(plant.main()), "en"))
    assert "= 3.28e+18 FLOPs (the paper prints 3.3e18)" in cells["the paper's base"][0]
    assert "= 2.30e+19 FLOPs (the paper prints 2.3e19)" in cells["the paper's big"][0]
    assert cells["the paper's base"][1] == "6 × 65e6 × 2.5e+09 = 9.75e+17 FLOPs"
    assert cells["transformer, builtin"][1] == "6 × 3e+06 × 1e+08 = 1.80e+15 FLOPs"
    assert cells["transformer, builtin"][0].startswith("1 h × 2 × ")


def test_a_training_on_the_cpu_of_a_machine_with_a_gpu_is_not_called_the_gpu_s():
    gpus = {"cpu": "a processor", "cores": 2, "gpus": ["NVIDIA H200"]}
    config = {"size": "base", "task": "training", "device": "cpu"}
    rate = metric(50_000.0, "target tokens a second", "median")
    measured = planted("throughput", "training-base", 1, {"tokens_per_second.ours": rate}, config=config, hardware=gpus)
    records = [
        replace(it, hardware=gpus, config=it.config | {"trainer": {"accelerator": "cpu"}}) for it in plant.main()
    ]
    text = text_of(bleu.section(report_of([*records, measured]), "en"))
    assert "2 cores of a processor: 50,000 target tokens per second" in text
    assert "H200" not in text


@pytest.mark.parametrize(
    ("trainer", "gpus", "devices"),
    [
        ({"devices": "2"}, [], 2),
        ({"devices": [0, 1], "num_nodes": 2}, ["a GPU"] * 4, 4),
        ({"devices": -1}, ["a GPU"] * 3, 3),
        ({"devices": "auto", "num_nodes": 2}, ["a GPU"] * 3, 6),
        ({"devices": "auto"}, [], 1),
    ],
)
def test_the_bill_counts_the_devices_as_lightning_does(trainer, gpus, devices):
    config = {**plant.network(), "trainer": trainer}
    found = [replace(record, hardware={**record.hardware, "gpus": gpus}) for record in plant.main(config=config)]
    cells = cells_of(bleu.section(report_of(found), "en"))
    assert cells["transformer, builtin"][0].startswith(f"1 h × {devices} × ")


def test_nothing_is_projected_from_another_model_than_base():
    assert "not measured. No record has the throughput of base" in text_of(bleu.section(report_of(plant.main()), "en"))


def test_base_is_projected_from_its_own_throughput():
    rate = metric(50_000.0, "target tokens a second", "median")
    config = {"size": "base", "task": "training"}
    measured = planted("throughput", "training-base", 1, {"tokens_per_second.ours": rate}, config=config)
    text = text_of(bleu.section(report_of([*plant.main(), measured]), "en"))
    # 2.5e9 tokens at 50,000 a second are 50,000 seconds
    assert "50,000 target tokens per second, 13.9 hours" in text


def test_a_training_is_projected_from_its_speed_once_warm(tmp_path):
    """Compiling for 60 s before the first entry is no part of it; 50 million tokens in 62.5 s are 800,000 a second.

    Its batches are a quarter of the paper's size, so that updates are no measure.
    """
    (tmp_path / CURVE).write_text(
        "step,split,loss,target_tokens,seconds\n100,train,9.0,1000000,60.0\n5000,train,5.0,30000000,90.0\n"
        "8100,train,3.0,51000000,122.5\n8100,dev,4.0,51000000,130.0\n"
    )
    assert cost.steady_speed(tmp_path / CURVE) == pytest.approx(800_000.0)
    (record, *others) = report_of(plant.main(config=plant.network(d_model=512, d_ff=2048, N=6, h=8))).records.counted
    records = Records((replace(record, directory=tmp_path), *others), (), (), "", index={})
    text = text_of(bleu.section(Report((), records, "digest"), "en"))
    assert "800,000 target tokens per second, 52 minutes" in text


def test_a_training_without_a_curve_is_not_projected(tmp_path):
    assert cost.steady_speed(tmp_path / CURVE) is None
    (tmp_path / CURVE).write_text("step,split,loss,seconds\n100,train,9.0,60.0\n")
    assert cost.steady_speed(tmp_path / CURVE) is None
