"""Claims and verdicts as tables: the entries of `claims.json`."""

import json
from pathlib import Path

import pytest

import reports
from reports.build import build
from reports.reading import PUBLISHED, read_claims, read_verdicts
from repro.errors import BadInput


def test_verdicts_are_the_entries_of_the_reports_file(tmp_path: Path) -> None:
    essentials = PUBLISHED / "builtin" / "essentials"
    build([essentials], tmp_path)
    verdicts = read_verdicts(str(essentials))
    assert json.loads(json.dumps(verdicts)) == json.loads((tmp_path / "claims.json").read_text())
    needed = next(row for row in verdicts if row["id"] == "vaswani2017-positions-needed")
    assert needed["verdict"] == "reproduced"
    assert needed["scale"] == "builtin"


def test_claims_are_the_same_without_their_verdicts() -> None:
    verdicts = {row["id"]: row for row in read_verdicts(PUBLISHED / "builtin" / "essentials")}
    claims = read_claims()
    assert len(claims) == len(verdicts)
    for claim in claims:
        assert claim.items() <= verdicts[claim["id"]].items()
        assert "verdict" not in claim


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder of runs was given"):
        reports.read_verdicts()
    with pytest.raises(BadInput, match="nowhere is not a folder"):
        reports.read_verdicts(tmp_path / "nowhere")
