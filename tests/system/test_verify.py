"""`repro verify` on a published record: its own commit, an environment that pip makes, its cell."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
RECORD = "reports/published/builtin/complexity/path-self-attention-seed1-3c261aa2fbb4/attempt-1/record.json"
"""Of seconds, whose numbers are counts, so that every processor gives the same."""


def verify(cache: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "repro", "verify", *map(str, arguments), "--cache", str(cache)]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.network
def test_a_published_record_is_verified_and_then_an_edited_copy_is_caught_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = json.loads((TOP / RECORD).read_text())
    known = ["git", "-C", str(TOP), "cat-file", "-e", record["commit"]]
    if subprocess.run(known, capture_output=True, check=False).returncode:
        pytest.skip("this checkout does not have the record's commit")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the record is of Python 3.11")
    done = verify(tmp_path / "cache", RECORD)
    assert (done.returncode, done.stdout.strip().split("\n")[-1]) == (
        0,
        "verified: all 5 numbers are equal to the last bit",
    )

    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    record["metrics"]["path.largest"]["value"] += 1
    (tmp_path / "copy.json").write_text(json.dumps(record))
    done = verify(tmp_path / "cache", tmp_path / "copy.json")
    if "is not the record's" in done.stderr:  # on another processor, one run alone does not show that a number is wrong
        assert done.returncode == 2, done.stderr
        assert "not verified: 1 of 5 numbers are not equal" in done.stdout
    else:
        assert done.returncode == 1, done.stderr
        assert "off: 1 of 5 numbers differ from the record: path.largest" in done.stdout
