"""A room is one record's, and nothing else is ever taken for one."""

import json
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.ledger.records.originals import Original
from repro.ledger.records.record import read_record
from repro.verification.room import digest_of, room_at
from tests.verification.conftest import Publish


@pytest.fixture
def original(publish: Publish) -> Original:
    path = publish()
    return Original(read_record(path.parent), path, "small:work")


def test_a_room_is_taken_up_again_by_its_record_alone(tmp_path: Path, original: Original) -> None:
    digest = digest_of(original, "here")
    assert digest != digest_of(original, "elsewhere")
    room = room_at(tmp_path / "room", original, digest)
    assert room_at(tmp_path / "room", original, digest) == room
    with pytest.raises(BadInput, match="used for another record"):
        room_at(tmp_path / "room", original, "0" * 16)
    (room.path / "room.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        room_at(tmp_path / "room", original, digest)


def test_nothing_else_is_a_room(tmp_path: Path, original: Original) -> None:
    (tmp_path / "empty").mkdir()
    assert room_at(tmp_path / "empty", original, "0").path == tmp_path / "empty"
    with pytest.raises(BadInput, match="is not empty"):
        room_at(tmp_path, original, "0")
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="is a file"):
        room_at(tmp_path / "file", original, "0")
    with pytest.raises(BadInput, match="cannot be written to"):
        room_at(tmp_path / "file" / "below", original, "0")


def test_a_cell_is_claimed_by_the_id_of_its_record(tmp_path: Path, original: Original) -> None:
    room = room_at(tmp_path / "room", original, "0")
    directory = room.write_cell_file(original.cell, "0123456789ab", quick=False)
    claim = json.loads((directory / "cell.json").read_text())
    assert (claim["cell"], claim["function"], claim["config"]["seed"]) == ("0123456789ab", "small:work", 1)
    assert room.write_cell_file(original.cell, "0123456789ab", quick=True) != directory
    room.prepared.mkdir()
    room.forget_data()
    assert sorted(path.name for path in room.path.iterdir()) == ["room.json"]
    room.remove()
    assert not room.path.exists()
