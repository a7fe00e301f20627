"""Tests stand in the folders of what they test, and every module has one beside it that uses it by name."""

import ast
from functools import cache
from pathlib import Path

from tests.test_architecture import MODULES

TESTS = Path(__file__).parent
OF_THE_WHOLE = {"docs", "system"}
"""Folders of tests that mirror no package: of the documents, and of whole commands."""
SEEN_ELSEWHERE = {
    "ablations.complexity.metric_declarations": "reports/claims/test_metrics.py",
    "ablations.counting.metric_declarations": "reports/claims/test_metrics.py",
    "ablations.explanation.data.babi": "ablations/explanation/data/test_corpora.py",
    "ablations.explanation.data.cuts": "ablations/explanation/data/test_corpora.py",
    "ablations.explanation.data.labelled_texts": "ablations/explanation/data/test_corpora.py",
    "ablations.explanation.data.text_dataset": "ablations/explanation/data/test_corpora.py",
    "ablations.explanation.data.words": "ablations/explanation/data/test_corpora.py",
    "ablations.explanation.experiments.examples": "ablations/explanation/test_experiment.py",
    "ablations.explanation.experiments.metrics": "ablations/explanation/test_experiment.py",
    "ablations.explanation.metric_declarations": "reports/claims/test_metrics.py",
    "ablations.repeat.originals": "reports/verdicts/test_repeat_commands.py",
    "ablations.selection": "ablations/test_cli.py",
    "ablations.throughput.metric_declarations": "reports/claims/test_metrics.py",
    "ablations.throughput.peers.ctranslate2_": "ablations/throughput/peers/test_libraries.py",
    "ablations.throughput.peers.fairseq_": "ablations/throughput/peers/test_libraries.py",
    "ablations.throughput.peers.joeynmt_": "ablations/throughput/peers/test_libraries.py",
    "ablations.throughput.peers.sockeye_": "ablations/throughput/peers/test_libraries.py",
    "ablations.throughput.peers.marian": "ablations/throughput/peers/test_libraries.py",
    "ablations.throughput.peers.opennmt": "ablations/throughput/peers/test_libraries.py",
    "ablations.throughput.peers.x_transformers_": "ablations/throughput/peers/test_libraries.py",
    "reports.figures.explanation.tables": "reports/figures/explanation/test_section.py",
    "reports.figures.models": "reports/page/test_sections.py",
    "reports.page.origins": "reports/page/test_sections.py",
    "reports.verdicts.answer": "reports/verdicts/test_verdict.py",
    "reports.verdicts.attachments": "reports/test_build.py",
    "reports.verdicts.difference": "reports/test_cli.py",
    "repro.cli.lightning": "cli/test_commands.py",
    "repro.cli.prepare": "cli/test_commands.py",
    "repro.cli.score": "cli/test_commands.py",
    "repro.console.command": "cli/test_bad_input.py",
    "repro.console.repetitions": "ablations/repeat/test_command.py",
    "repro.data.builtin.german": "data/builtin/test_grammar.py",
    "repro.data.builtin.inflection": "data/builtin/test_grammar.py",
    "repro.data.compression": "data/test_text.py",
    "repro.decoding.hypothesis": "decoding/test_beam.py",
    "repro.inspection.inspection": "inspection/test_sentence.py",
    "repro.ledger.grids.condition": "ledger/comparing/test_soundness.py",
    "repro.ledger.grids.earlier": "ablations/test_identity.py",
    "repro.ledger.grids.grid_questions": "ledger/grids/test_grid_file.py",
    "repro.ledger.grids.grid_keys": "ledger/grids/test_grid_file.py",
    "repro.ledger.grids.grid_rows": "ledger/grids/test_grid_file.py",
    "repro.ledger.grids.row_configuration": "ledger/grids/test_grid_file.py",
    "repro.ledger.records.attempts": "ledger/running/test_run.py",
    "repro.ledger.records.cell_file": "ledger/running/test_run.py",
    "repro.ledger.records.published_cells": "ledger/running/test_publishing.py",
    "repro.ledger.records.record": "ledger/running/test_run.py",
    "repro.ledger.records.originals": "reports/verdicts/test_repeat_commands.py",
    "repro.ledger.grids.parameters": "ledger/grids/test_grid_file.py",
    "repro.models.layouts.pairing": "models/layouts/test_packing.py",
    "repro.models.seq2seq": "models/test_transformer.py",
    "repro.training.data_module": "training/test_fitting.py",
    "repro.training.metric_declarations": "reports/claims/test_metrics.py",
    "repro.training.observe.attention_picture": "training/test_fitting.py",
    "repro.training.parser_messages": "cli/test_bad_input.py",
    "repro.training.pending": "training/observe/test_meter.py",
}
"""Modules without a test of their name, which no test beside them imports -> the test that goes through them."""


def folder_of(module: str) -> Path:
    """Where tests of a module stand: the engine's lie at the top."""
    parts = module.split(".")
    if MODULES[module].stem != "__init__":
        parts = parts[:-1]
    return TESTS.joinpath(*(parts[1:] if parts[0] == "repro" else parts))


@cache
def names_in(path: Path) -> frozenset[str]:
    """The modules of the project that a test file imports or names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value.partition(":")[0])  # such as "repro.cli.check", which a test runs or patches
    return frozenset(found)


def test_folders_of_tests_are_those_of_packages() -> None:
    folders = {folder_of(module) for module in MODULES}
    own = {path.parent for path in TESTS.rglob("test_*.py")}
    assert {path.relative_to(TESTS).parts[0] for path in own - folders - {TESTS}} == OF_THE_WHOLE


def on_its_own(module: str) -> bool:
    """Whether a test has the module's name, or one beside it imports it."""
    folder, name = folder_of(module), module.rpartition(".")[2]
    beside = [*folder.glob("test_*.py"), *folder.glob("*/test_*.py")]
    return (folder / f"test_{name}.py").is_file() or any(
        module in names_in(path) for path in beside if path.name != Path(__file__).name
    )


def test_every_module_has_a_test_beside_it() -> None:
    modules = [name for name, path in MODULES.items() if path.stem not in ("__init__", "__main__")]
    without = {module for module in modules if not on_its_own(module)}
    assert without == SEEN_ELSEWHERE.keys()
    assert [path for path in SEEN_ELSEWHERE.values() if not (TESTS / path).is_file()] == []
