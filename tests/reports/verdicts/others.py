"""A folder of others' records, made of published ones with other numbers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.reports.checking.records import PUBLISHED

GRID = PUBLISHED / "demo" / "essentials"
ORIGIN = {"name": "A lab", "licence": "CC BY 4.0", "url": "https://example.org/records", "note": "Another machine."}


def others_in(root: Path, change: Callable[[dict[str, Any]], Any] = lambda content: None, **origin: Any) -> Path:
    """The folder; each record is changed in place before it is written, after its exact matches were turned round."""
    root.mkdir(parents=True)
    (root / "origin.yaml").write_text(yaml.safe_dump({**ORIGIN, **origin}), encoding="utf-8")
    for path in sorted(GRID.glob("*/attempt-*/record.json")):
        content = json.loads(path.read_text())
        for name, metric in content["metrics"].items():
            if "exact_match" in name and not name.endswith(".fall"):
                metric |= {"value": 100 - metric["value"], "interval": None}
        change(content)
        target = root / path.relative_to(PUBLISHED)
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(content), encoding="utf-8")
    return root
