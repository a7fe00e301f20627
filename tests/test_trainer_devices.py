"""Devices are counted as Lightning counts them."""

from typing import Any

import pytest
from lightning_fabric.utilities import device_parser

from repro.trainer_devices import Devices, devices_of

READ = [
    (1, Devices(1)),
    (4, Devices(4)),
    ("2", Devices(2)),
    (" 3 ", Devices(3)),
    ([0, 1], Devices(2, chosen=True)),
    ([3], Devices(1, chosen=True)),
    ("0,1", Devices(2, chosen=True)),
    ("0, 2, 5", Devices(3, chosen=True)),
    ("1,", Devices(1, chosen=True)),
    (-1, Devices("all")),
    ("-1", Devices("all")),
]


@pytest.mark.parametrize(("written", "read"), READ)
def test_every_form_is_read(written: Any, read: Devices) -> None:
    assert devices_of({"trainer": {"devices": written}}) == read


@pytest.mark.parametrize("written", [written for written, read in READ])
def test_lightning_counts_as_many(monkeypatch: pytest.MonkeyPatch, written: Any) -> None:
    monkeypatch.setattr(device_parser, "_get_all_available_gpus", lambda **kinds: list(range(8)))
    count = devices_of({"trainer": {"devices": written}}).count
    assert len(device_parser._parse_gpu_ids(written, include_cuda=True) or ()) == (8 if count == "all" else count)


@pytest.mark.parametrize("written", ["auto", None])
def test_what_is_left_to_lightning_has_no_number(written: Any) -> None:
    devices = devices_of({"trainer": {"devices": written}})
    assert (devices.count, devices.processes) == ("auto", None)


@pytest.mark.parametrize("written", [0, "0", -2, "two", "", ",", True, 1.5, []])
def test_what_lightning_refuses_counts_as_one(written: Any) -> None:
    assert devices_of({"trainer": {"devices": written}}) == Devices(1)


@pytest.mark.parametrize("config", [{}, {"trainer": None}, {"trainer": 5}, {"trainer": {}}])
def test_one_is_the_default(config: dict[str, Any]) -> None:
    assert devices_of(config) == Devices(1)


@pytest.mark.parametrize(("nodes", "processes"), [(3, 6), (1, 2), (None, 2), ("3", 2), (0, 2)])
def test_processes_are_of_all_nodes(nodes: Any, processes: int) -> None:
    assert devices_of({"trainer": {"devices": 2, "num_nodes": nodes}}).processes == processes
    assert devices_of({"trainer": {"devices": -1, "num_nodes": nodes}}).processes is None
