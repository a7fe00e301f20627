"""Where records are looked for."""

from pathlib import Path

from reports.record_places import ORIGIN, Place, places


def make(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_cells_with_their_attempts_and_folders_with_a_record(tmp_path):
    make(
        tmp_path, "s/g/cell/attempt-10/record.json", "s/g/cell/attempt-2/record.json", "a/single/record.json", "x/y.txt"
    )
    assert list(places(tmp_path)) == [
        Place(tmp_path / "a" / "single", ("",)),
        Place(tmp_path / "s" / "g" / "cell", ("attempt-2", "attempt-10")),
    ]


def test_others_below_a_folder_are_entered_only_where_they_are_meant(tmp_path):
    make(tmp_path, "mine/record.json", f"theirs/{ORIGIN}", "theirs/deep/run/record.json")
    assert [place.folder.name for place in places(tmp_path)] == ["mine"]
    assert [place.folder.name for place in places(tmp_path, others=True)] == ["mine", "run"]
    assert [place.folder.name for place in places(tmp_path / "theirs")] == ["run"]  # given by itself
