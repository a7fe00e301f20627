"""Which published runs a number is set beside."""

import json
from pathlib import Path

import pytest

from reports.comparison import references
from reports.comparison.references import named_reference, published_records, read_numbers, records_below, reference_of
from repro.errors import BadInput
from repro.ledger.records.record import Record
from tests.reports.records import planted, records_of, write


def of_config(seed: int, width: int = 64, **more: object) -> Record:
    config = {"model": {"d_model": width}, "seed_everything": seed}
    return planted("own", "row", seed, {"m": float(seed)}, config=config, **more)


def test_a_record_is_set_beside_those_of_its_configuration_alone() -> None:
    published = records_of([of_config(1), of_config(2), of_config(3, width=128)])
    found = reference_of(of_config(9), published)
    assert found is not None
    assert sorted(found.records) == [1, 2]
    assert reference_of(of_config(9, width=256), published) is None


def test_what_does_not_decide_a_result_may_differ() -> None:
    elsewhere = planted("own", "row", 4, {"m": 1.0}, config={"model": {"d_model": 64}, "seed": 4, "out": "/elsewhere"})
    assert reference_of(elsewhere, records_of([of_config(1), of_config(2)])) is not None


def test_runs_that_did_not_finish_are_counted_and_left_out() -> None:
    published = records_of([of_config(1), of_config(2), of_config(3, status="diverged", error="nan")])
    found = reference_of(of_config(9), published)
    assert found is not None
    assert (sorted(found.records), found.lost) == ([1, 2], 1)
    assert reference_of(of_config(9), records_of([of_config(1, status="diverged", error="nan")])) is None


def test_the_name_is_that_of_the_records_own_grid_where_several_share_the_cell() -> None:
    shared = [of_config(seed, cell="a" * 12) for seed in (1, 2)]
    under_another_name = [
        planted("another", "base", record.seed, {"m": 1.0}, config=record.config) for record in shared
    ]
    published = records_of([*under_another_name, *shared])
    for record in (*shared, *under_another_name):
        found = reference_of(record, published)
        assert found is not None
        assert (found.grid, found.row) == (record.grid, record.row)


def test_a_row_by_name_and_what_there_is_instead() -> None:
    published = records_of([of_config(1), of_config(2)])
    assert sorted(named_reference("own", "builtin", "row", published).records) == [1, 2]
    for names, said in (
        (("onw", "builtin", "row"), "no run of the grid 'onw' is published; did you mean own?"),
        (("own", "demo", "row"), "no run of the scale 'demo' is published; there are builtin"),
        (("own", "builtin", "rows"), "no run of the row 'rows' is published; did you mean row?"),
    ):
        with pytest.raises(BadInput) as error:
            named_reference(*names, published)
        assert str(error.value) == said


def test_without_published_records_it_says_where_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "record_folders", list)
    published_records.cache_clear()
    with pytest.raises(BadInput, match="this installation has no published records"):
        published_records(())
    published_records.cache_clear()


def test_every_finished_run_of_a_folder(tmp_path: Path) -> None:
    for record in (of_config(1), of_config(2), of_config(3, status="failed", error="no")):
        write(tmp_path, record)
    found = records_below(tmp_path)
    assert [record.seed for _, record in found] == [1, 2]
    assert all(Path(where, "record.json").is_file() for where, _ in found)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no record of a finished run; name a record"):
        records_below(tmp_path / "empty")


def test_numbers_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    for content in ({"test.bleu": 27.3}, {"test.bleu": {"value": 27.3, "unit": "BLEU"}}):
        path.write_text(json.dumps(content))
        assert read_numbers(path) == {"test.bleu": 27.3}
    assert isinstance(read_numbers(write(tmp_path, of_config(1)) / "record.json"), Record)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not JSON"),
        ("[27.3]", "is not a mapping of metrics to numbers"),
        ("{}", "is not a mapping of metrics to numbers"),
        ('{"test.bleu": "27"}', "test.bleu is '27'; it must be a finite number"),
        ('{"test.bleu": null}', "test.bleu is None; it must be a finite number"),
        ('{"test.bleu": NaN}', "is not JSON (NaN is not a number)"),
        ('{"cell": 3}', "lacks"),
    ],
)
def test_bad_files_are_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(BadInput) as error:
        read_numbers(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_numbers(tmp_path / "none.json")
