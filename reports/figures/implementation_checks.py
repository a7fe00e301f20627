"""The implementation checks of `repro check`, as its `--json` wrote them beside the runs: RUNS/checks.json."""

from pathlib import Path
from typing import Any

from reports.figures.measurements import entries, mapping
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.attachments import checks_files
from reports.verdicts.report import Report
from repro import json_file
from repro.ledger.records.record import code_of

KEYS = ("name", "expected", "measured", "source")


def section(report: Report, language: str) -> Section | None:
    """The first checks that can be read; None where there are none."""
    for place in checks_files(report.records):
        content = _read(place)
        checks = [it for it in entries(content.get("checks")) if isinstance(it.get("ok"), bool)]
        if not checks:
            continue
        texts = figure_texts(language)
        commit = content.get("commit")
        body = render(
            "implementation-checks",
            language,
            checks=[{**{key: str(it.get(key, "")) for key in KEYS}, "ok": it["ok"]} for it in checks],
            holding=sum(it["ok"] for it in checks),
            commit=code_of(str(commit), bool(content.get("dirty"))) if commit else None,
        )
        return Section("checks", texts["implementation_checks"], body, texts["implementation_checks.note"])
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(mapping(json_file.read_json(path)))
    except (OSError, ValueError):
        return {}
