"""The figure of times: one panel a width and mode, a line a layer, and the crossing where two lines cross."""

import re
from pathlib import Path
from typing import Any

import pytest

from ablations.complexity.__main__ import main
from ablations.complexity.figure import Machine, draw, machines
from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_path
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale


def points(layer: str, slope: float, at_256: float, d: int = 64, mode: str = "forward") -> list[dict[str, Any]]:
    """Seconds that grow as n^slope, with 10% to each side."""
    found = []
    for n in (64, 256, 1024):
        median = at_256 * (n / 256) ** slope
        about = {"layer": layer, "d": d, "mode": mode, "n": n, "device": "cpu", "seconds": [median]}
        found.append({**about, "median": median, "low": 0.9 * median, "high": 1.1 * median})
    return found


def test_points_of_records_are_sorted_by_device() -> None:
    details = {"devices": ["cpu"], "threads": 1, "points": points("recurrent", 1, 0.01)}
    (machine,) = machines(
        [(details, {"cpu": "A processor"}), ({"agrees": True}, {}), (details, {"cpu": "A processor"})]
    )
    assert machine.name == "A processor, 1 thread"
    assert len(machine.points) == 6


def test_lines_and_their_crossing_are_drawn(tmp_path: Path) -> None:
    both = [*points("self-attention", 2, 0.01), *points("recurrent", 1, 0.01), *points("lstm", 1, 0.02, 1024)]
    draw([Machine("one", both), Machine("two", both)], tmp_path / "time.svg")
    text = (tmp_path / "time.svg").read_text()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", text)
    assert words.count("d = 64, forward") == 2
    assert words.count("d = 1024, forward") == 2
    assert words.count("n = 256") == 2, "both grow through 0.01 s there, by their slopes"
    assert {"self-attention", "recurrent", "lstm", "length n"} <= set(words)


def test_the_command_draws_the_layers_of_table_1_only(tmp_path: Path) -> None:
    """Cells that time additive attention have points, too, of other widths and of one layer twice."""
    published = Path(__file__).parents[3] / "reports" / "published"
    assert main([str(published), "--figure", str(tmp_path / "time.svg")]) == 0
    titles = re.findall(r">d = (\d+), ", (tmp_path / "time.svg").read_text())
    widths = {
        row.config["d"][0]
        for row in read_grid(grid_path("complexity"), read_scale("builtin")).rows
        if row.config["measurement"] == "time"
    }
    assert set(map(int, titles)) == widths


def test_no_time_or_random_name_is_in_the_file(tmp_path: Path) -> None:
    for name in ("time.svg", "again.svg"):
        draw([Machine("one", points("recurrent", 1, 0.01))], tmp_path / name)
    assert (tmp_path / "again.svg").read_text() == (tmp_path / "time.svg").read_text()


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_other_kinds_of_files(tmp_path: Path, kind: str) -> None:
    draw([Machine("one", points("recurrent", 1, 0.01))], tmp_path / f"time.{kind}")
    begins = {"pdf": b"%PDF", "png": b"\x89PNG"}[kind]
    assert (tmp_path / f"time.{kind}").read_bytes().startswith(begins)


def test_what_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"ends with one of \.svg, \.pdf, \.png"):
        draw([], tmp_path / "time.gif")
    with pytest.raises(BadInput, match="no record of a time row yet"):
        draw([Machine("one", [])], tmp_path / "time.svg")
    assert list(tmp_path.iterdir()) == []
