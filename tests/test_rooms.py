"""The rooms above the engine: what they may import, and that no files import each other in a circle."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import repro

TOP = Path(repro.__file__).parent.parent
ROOMS = ("repro", "ablations", "reports")
MODULES = {
    ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__"): path
    for room in ROOMS
    for path in sorted((TOP / room).rglob("*.py"))
}
RECORDS = {
    "errors",
    "files",
    "json_file",
    "metric_declaration",
    "paths",
    "presets",
    "progress",
    "streams",
    "table",
    "templates",
    "texts",
    "statistics",
    "cell_directory",
    "ledger",
    "inspection",
    "cli",
}
"""What reports may use of the engine: records and what reads them, statistics, inspections; and commands' manners."""


@cache
def imports(module: str) -> tuple[str, ...]:
    """All that a module imports, wherever in it."""
    return tuple(_imports(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else node.module


def of(room: str) -> list[str]:
    return [name for name in MODULES if name.split(".")[0] == room]


@pytest.mark.parametrize("module", of("ablations"))
def test_ablations_know_no_reports(module: str) -> None:
    assert [name for name in imports(module) if name.split(".")[0] == "reports"] == []


@pytest.mark.parametrize("module", of("reports"))
def test_reports_know_records_alone(module: str) -> None:
    named = imports(module)
    assert [name for name in named if name.split(".")[0] in ("ablations", "torch", "pytorch_lightning")] == []
    engine = [name.split(".")[1] for name in named if name.startswith("repro.")]
    assert set(engine) - RECORDS == set()


FLOORS = ("claims", "verdicts", "figures", "page")
"""Of reports, from the lowest."""


@pytest.mark.parametrize("module", [name for name in of("reports") if {*name.split(".")[1:2]} & {*FLOORS}])
def test_a_floor_of_reports_imports_only_lower_ones(module: str) -> None:
    allowed = FLOORS[: FLOORS.index(module.split(".")[1]) + 1]
    floors = {name.split(".")[1] for name in imports(module) if name.startswith("reports.")}
    assert floors & set(FLOORS) <= set(allowed)


def test_no_files_know_each_other_in_a_circle() -> None:
    """Annotations count too: two files that need each other's names are one, or want a third."""
    graph = {module: {name for name in imports(module) if name in MODULES and name != module} for module in MODULES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the files


def test_a_circle_would_be_seen() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}).prepare()
