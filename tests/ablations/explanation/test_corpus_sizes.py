"""The sizes of data sets, counted in files that a test writes."""

import re
from pathlib import Path
from typing import Any

import pytest

from ablations.explanation import check_measure_sizes, measure_sizes, metrics_measure_sizes
from ablations.explanation.data.corpora import BABI, SIZED
from repro.errors import BadInput

STORY = "1 Mary moved to the hall.\n2 Where is Mary?\thall\t1\n3 John sat.\n4 Where is John?\thall\t3\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("imdb", "ag_news", "babi"):
        (tmp_path / name).mkdir()
    (tmp_path / "imdb" / "train.tsv").write_text("0\ta\tdull\n1\tb\tfine\n1\tc\tgood\n")
    rows = ['"1","a","war"', '"2","b","goal"', '"3","c","shares"', '"1","d","peace"', '"4","e","chip"']
    (tmp_path / "ag_news" / "test.csv").write_text("\n".join(rows) + "\n")
    for stem in BABI.values():
        (tmp_path / "babi" / f"{stem}_train.txt").write_text(STORY * 3)
        (tmp_path / "babi" / f"{stem}_test.txt").write_text(STORY)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    return tmp_path


def found(corpus: str) -> dict[str, Any]:
    outcome = measure_sizes({"corpus": corpus, "seed": 1}, Path())
    return {name: metric["value"] for name, metric in outcome.metrics.items()}


@pytest.mark.usefixtures("folder")
def test_texts_are_counted_by_split_and_class() -> None:
    assert found("imdb") == {"texts": 3, "texts.train": 3, "texts.train.class_0": 1, "texts.train.class_1": 2}
    assert found("ag_news") == {"texts": 3, "texts.test": 3, "texts.test.class_0": 2, "texts.test.class_1": 1}
    assert found("babi1") == found("babi2") == {"texts": 8, "texts.train": 6, "texts.test": 2}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("corpus", SIZED)
def test_every_count_is_declared(corpus: str) -> None:
    declared = [each.pattern for each in metrics_measure_sizes({"corpus": corpus})]
    assert all(any(re.fullmatch(pattern, name) for pattern in declared) for name in found(corpus))


def test_a_set_without_files_is_named_before_anything_runs(folder: Path) -> None:
    (folder / "imdb" / "train.tsv").unlink()
    with pytest.raises(BadInput, match=r"imdb has no train.tsv"):
        check_measure_sizes({"corpus": "imdb", "seed": 1})
    check_measure_sizes({"corpus": "ag_news", "seed": 1})
    with pytest.raises(BadInput, match="corpus is 'adr', which is unknown"):
        check_measure_sizes({"corpus": "adr", "seed": 1})
