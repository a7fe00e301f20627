"""Records beside each other, files of claims, and our own published records."""

import json
import shutil

import pytest
import yaml

from reports.checking.folder_check import check
from reports.claims.claim_file import claim_files
from repro.errors import BadInput
from repro.ledger.grids.paper_column import published_files
from tests.reports.checking.records import PUBLISHED, changed, right_record, written
from tests.reports.checking.test_schema import CLAIMS, FIGURES, ORIGIN


def said(root):
    return [str(it).replace(f"{root}/", "") for it in check([root]).findings]


@pytest.mark.slow
def test_our_published_records_have_no_faults():
    checked = check([PUBLISHED])
    assert len(checked.records) > 700
    assert checked.faults == []


def test_published_records_of_one_grid_have_no_faults():
    """A grid of trainings with their translations, and one of counts; the others are in the slow test."""
    for folder in ("demo/essentials", "builtin/complexity", "multi30k-anchor"):
        assert check([PUBLISHED / folder]).faults == []


def test_our_claims_and_published_tables_have_no_faults():
    paths = [*claim_files()[:1], *published_files().values()]
    checked = check(paths)
    assert checked.faults == []
    assert checked.documents == tuple(paths)
    assert checked.records == ()


def test_the_same_cell_and_attempt_twice(tmp_path):
    path = written(tmp_path / "a", right_record())
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert said(tmp_path) == [
        f"b/{path.relative_to(tmp_path / 'a')} is the same cell and attempt as {path}; keep one".replace(
            f"{tmp_path}/", ""
        )
    ]
    assert len(check([tmp_path / "a", tmp_path / "a"]).records) == 1  # a folder given twice is one folder


def test_a_cell_of_two_grids_is_no_duplicate(tmp_path):
    """As a base is, which several grids share."""
    written(tmp_path / "a", right_record())
    written(tmp_path / "b", changed("grid", "heads"))
    assert check([tmp_path]).faults == []


def test_a_single_run_may_be_run_again(tmp_path):
    single = {**right_record(), "grid": "fit", "row": "", "attempt": 1}
    for name, started in (("a", "2026-01-02T00:00:00+00:00"), ("b", "2026-01-01T00:00:00+00:00")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_text(json.dumps({**single, "started": started}))
    assert check([tmp_path]).faults == []
    (tmp_path / "b" / "record.json").write_text((tmp_path / "a" / "record.json").read_text())
    assert [it.problem for it in check([tmp_path]).faults] == [
        f"is the same cell and attempt as {tmp_path / 'a' / 'record.json'}; keep one"
    ]


def test_attempts_begin_in_their_order(tmp_path):
    before, after = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"
    written(tmp_path, {**right_record(), "started": after})
    second = written(tmp_path, {**changed("attempt", 2), "started": before}, folder="attempt-2")
    assert said(tmp_path) == [
        f"{second.relative_to(tmp_path)}: started is earlier than the start of attempt 1, 2026-01-02T00:00:00+00:00"
    ]
    written(tmp_path, {**right_record(), "started": before})
    assert check([tmp_path]).faults == []


def test_another_digest_of_the_same_file_is_a_warning(tmp_path):
    one, other = (changed("data/files", {"train.tsv": digit * 64}) for digit in "ab")
    first = written(tmp_path / "1", one)
    second = written(tmp_path / "2", {**other, "grid": "heads"})
    (found,) = check([tmp_path]).warnings
    assert (
        str(found) == f"{second}: data.files.train.tsv differs from the digest of the same file and corpus in {first}"
    )


def test_what_lies_in_a_records_place_is_read_and_never_waited_for(tmp_path):
    path = written(tmp_path, right_record())
    path.unlink()
    path.mkdir()
    assert said(tmp_path)[0].endswith("record.json cannot be read (it is a folder); replace it with a readable file")
    path.rmdir()
    path.symlink_to("nowhere")
    assert said(tmp_path)[0].endswith(
        "record.json cannot be read (No such file or directory); replace it with a readable file"
    )


def test_a_record_that_was_set_aside_is_named(tmp_path):
    written(tmp_path, right_record())
    (tmp_path / "x" / "attempt-1").mkdir(parents=True)
    (tmp_path / "x" / "attempt-1" / "record.damaged.json").write_text("{")
    assert said(tmp_path) == ["x/attempt-1/record.damaged.json was set aside when its cell was run again"]


def test_a_file_with_any_faults_is_counted_once(tmp_path):
    path = written(tmp_path, {**changed("seconds", -1), "commit": "x"})
    checked = check([tmp_path])
    assert len(checked.faults) == 2
    assert checked.faulty == {path}
    assert checked.warnings == []


@pytest.mark.parametrize(("content", "sentence"), [
    ({**CLAIMS, "sources": "x"}, "own.yaml: sources is unknown; did you mean source?"),
    ({**FIGURES, "place": 3}, "own.yaml: place is 3; it must be text"),
])  # fmt: skip
def test_files_of_claims_and_figures_have_their_schemas(tmp_path, content, sentence):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(content))
    assert [str(it).replace(f"{tmp_path}/", "") for it in check([path]).findings] == [sentence]


def test_a_file_that_is_no_yaml_is_a_fault(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("claims: [")
    (found,) = check([path]).faults
    assert str(found) == f"{path} is not YAML in line 2; correct it"


def test_an_origin_at_the_top_of_a_folder_is_looked_at(tmp_path):
    written(tmp_path, right_record())
    (tmp_path / "origin.yaml").write_text(yaml.safe_dump({**ORIGIN, "url": "http://example.org"}))
    assert said(tmp_path) == [
        "origin.yaml: url is 'http://example.org'; it must be an address that begins with https://"
    ]


def test_a_list_of_replaced_records_at_the_top_of_a_folder_is_looked_at(tmp_path):
    written(tmp_path, right_record())
    (tmp_path / "replaced.yaml").write_text("replaced: {builtin: {main: {transformer: noon}}}")
    assert said(tmp_path) == [
        "replaced.yaml: replaced.builtin.main.transformer is 'noon'; "
        "it must be a time in UTC, such as 2026-01-31T12:00:00+00:00"
    ]


ODD = [
    None,
    True,
    -1,
    1e300,
    10**40,
    "",
    "\ud800",
    "(",
    "../../x",
    "a" * 5000,
    [],
    [[]],
    {},
    {"a": {"sha256": 3}},
    {"/": 1},
]


def test_whatever_stands_in_a_record_is_said_in_lines_that_can_be_written(tmp_path):
    """Over keys of two levels, those of a metric and values of all kinds."""
    right = right_record()
    keys = [*right, *(f"config/{key}" for key in right["config"]), *(f"data/{key}" for key in right["data"])]
    keys += [f"metrics/test.bleu/{key}" for key in right["metrics"]["test.bleu"]]
    for place, key in enumerate(keys):
        for value in ODD[place % 5 :: 5]:
            written(tmp_path, changed(key, value))
            for finding in check([tmp_path]).findings:
                assert str(finding).encode("utf-8")
                assert "\n" not in str(finding)


def test_what_cannot_be_checked_at_all_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="nowhere does not exist; give a folder of records, or a file of claims"):
        check([tmp_path / "nowhere"])
    with pytest.raises(BadInput, match=r"holds no record.json; give a folder of runs or of published records"):
        check([tmp_path])
    (tmp_path / "a.yaml").write_text("a: 1")
    with pytest.raises(BadInput, match="holds neither claims nor columns of published figures"):
        check([tmp_path / "a.yaml"])
