"""Speed beside other libraries."""

import re
from dataclasses import replace

from reports.figures import (
    throughput,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, markers, report_of, text_of


def test_other_libraries_stand_right_of_1_where_they_take_longer():
    found = throughput.section(report_of(plant.throughput()), "en")
    training, decoding = (markers(svg) for svg in drawings(found))
    assert set(training) == set(decoding) == {"--c1"}  # JoeyNMT is lost, and ours is the line at 1
    assert len(training["--c1"]) == len(decoding["--c1"]) == 1
    assert found is not None
    rows = re.findall(r"<tr><th scope=\"row\">training-tiny-fp32-15</th>(.*?)</tr>", found.html, re.DOTALL)
    ours, marian, joey = (re.sub(r"<[^>]+>", " ", row).split() for row in rows)
    assert ours == ["ours", "8,000", "–", "1,024", "MiB", "46%"]
    assert marian == ["marian+settings", "4,000", "2.00", "[1.80,", "2.20]", "–", "–"]
    assert joey == ["joeynmt", "not", "measured:", "&lt;gone&gt;"]
    assert cells_of(found)["median of `repro --help`"] == ["0.125 s"]
    assert cells_of(found)["memory of `repro --help`"] == ["2 MiB"]
    assert "a processor, 2 threads" in text_of(found)


def test_a_library_that_takes_half_as_long_stands_as_far_left_as_one_that_takes_twice_right():
    records = [*plant.throughput()]
    twice, half = (markers(svg)["--c1"][0][0] for svg in drawings(throughput.section(report_of(records), "en")))
    assert half < twice


def test_a_library_looks_alike_in_all_drawings():
    """Marian is first in the second drawing, but has the colour that it has in the first, where others come before."""
    records = plant.throughput()
    training = records[0].metrics
    training = {"tokens_per_second.plain": training["tokens_per_second.marian+settings"]} | training
    training["speedup.plain"] = training["speedup.marian+settings"]
    records[0] = replace(records[0], metrics=training)
    first, second = (markers(svg) for svg in drawings(throughput.section(report_of(records), "en")))
    assert set(first) == {"--c1", "--c2"}
    assert set(second) == {"--c2"}


def test_a_cpu_s_times_are_not_called_a_gpu_s():
    """Records name every GPU of the machine, whatever the run used."""
    gpus = {"cpu": "a processor", "cores": 2, "gpus": ["NVIDIA H200"]}
    records = [replace(it, hardware=gpus, config=it.config | {"device": "cpu"}) for it in plant.throughput()]
    text = text_of(throughput.section(report_of(records), "en"))
    assert "a processor, 2 threads" in text
    assert "H200" not in text


def test_the_caption_names_every_number_of_threads():
    records = plant.throughput()
    records[1] = replace(records[1], config=records[1].config | {"threads": 1})
    assert "a processor, 1 or 2 threads" in text_of(throughput.section(report_of(records), "en"))
