"""The paired test of runs' sentences, and every reason why there is none."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from repro.comparison.recorded_run import recorded_runs
from repro.comparison.translations import Translations, compared_translations, hypotheses_file, translated_splits
from repro.data.corpus import Corpus
from repro.data.preparing import prepare
from repro.data.text import LineAligned
from repro.data.vocabulary import VocabularySettings
from repro.errors import BadInput
from repro.scoring.significance import paired_scores
from tests.comparison.runs import CONFIG, REFERENCES, TEXT, metric, write_run

BETTER = list(REFERENCES)
WORSE = [line.replace("Hund", "Katze") if place != 1 else "falsch" for place, line in enumerate(REFERENCES)]


@pytest.fixture
def references(tmp_path: Path) -> Path:
    path = tmp_path / "right.de"
    path.write_text("".join(f"{line}\n" for line in REFERENCES))
    return path


def compared(folder: Path, references: Path | None = None, **options: Any) -> list[Translations]:
    return compared_translations(recorded_runs([folder / "a", folder / "b"]), references, trials=50, **options)


def test_scores_and_p_values_are_those_of_the_files(tmp_path: Path, references: Path) -> None:
    write_run(tmp_path / "a", hypotheses=WORSE, metrics={})
    published = write_run(tmp_path / "b", metrics={})
    (published / "hypotheses.test.txt.gz").write_bytes(gzip.compress((("\n".join(BETTER)) + "\n").encode()))
    (published / "hypotheses.test.minute-10.txt").write_text("not the end\n")
    assert translated_splits(published) == ["test"]
    assert hypotheses_file(published, "test") == published / "hypotheses.test.txt.gz"
    (found,) = compared(tmp_path, references)
    expected = paired_scores([WORSE, BETTER], REFERENCES, "de", trials=50)
    assert found.why is None
    assert [set(of_run) for of_run in found.scores] == [{"bleu", "bleu_tokenised_lc", "chrf", "exact_match"}] * 2
    assert found.scores[1]["bleu"] == expected[1]["bleu"]
    assert found.scores[1]["exact_match"].difference == pytest.approx(60)


def test_what_is_no_file_is_no_translation(tmp_path: Path, references: Path) -> None:
    places = [write_run(tmp_path / name, metrics={}) / "hypotheses.test.txt" for name in ("pipe", "folder", "round")]
    os.mkfifo(places[0])
    places[1].mkdir()
    places[2].symlink_to(places[2])
    write_run(tmp_path / "b", metrics={}, hypotheses=BETTER)
    for place in places:
        runs = recorded_runs([place.parent, tmp_path / "b"])
        assert compared_translations(runs, trials=50) == []
        with pytest.raises(BadInput, match=r"not all runs have hypotheses\.test\.txt"):
            compared_translations(runs, references, trials=50)


def test_references_come_from_the_prepared_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the configuration's root, from here or from a folder above the run."""
    for side in ("en", "de"):
        words = sorted({word for line in REFERENCES for word in line.split()})
        (tmp_path / f"train.{side}").write_text("".join(f"{word} {word}\n" for word in words))
        (tmp_path / f"test.{side}").write_text("".join(f"{line}\n" for line in REFERENCES))
    files = {split: (LineAligned(tmp_path / f"{split}.en", tmp_path / f"{split}.de"),) for split in ("train", "test")}
    store = prepare(
        Corpus("mine", ("en", "de"), files), tmp_path / "prepared", VocabularySettings(kind="words", size=100), jobs=1
    )
    data = {**store.manifest, "store": store.path.name}
    for name, hypotheses in (("a", WORSE), ("b", BETTER)):
        write_run(tmp_path / "runs" / name, hypotheses=hypotheses, data=data, metrics={})
    (tmp_path / "elsewhere").mkdir()
    for here in (tmp_path, tmp_path / "elsewhere"):
        monkeypatch.chdir(here)
        (found,) = compared(tmp_path / "runs")
        assert found.why is None
        assert found.scores[1]["exact_match"].metric.value == 100


def test_no_test_without_references_or_with_different_texts(tmp_path: Path) -> None:
    write_run(tmp_path / "a", hypotheses=WORSE)
    write_run(tmp_path / "b", hypotheses=BETTER)
    (found,) = compared(tmp_path)
    assert found.why == (
        "its references are in the prepared text mine-1, which is not here; give them with --references FILE"
    )
    data = {"store": "mine-1", "languages": ["en", "de"], "sources": {**TEXT, "test": ["another"]}}
    write_run(tmp_path / "c", hypotheses=BETTER, data=data)
    (found,) = compared_translations(recorded_runs([tmp_path / "a", tmp_path / "c"]))
    assert found.why == "the runs have translated different texts"
    write_run(tmp_path / "d")
    assert compared_translations(recorded_runs([tmp_path / "a", tmp_path / "d"])) == []


def test_references_that_do_not_fit_are_refused(tmp_path: Path, references: Path) -> None:
    write_run(tmp_path / "a", hypotheses=WORSE, metrics={"test.exact_match": metric(77.0, "% of lines")})
    write_run(tmp_path / "b", hypotheses=BETTER, metrics={})
    with pytest.raises(
        BadInput, match=r"right.de does not fit: exact_match of run A would be .*, but its record says 77"
    ):
        compared(tmp_path, references)
    references.write_text("one line\n")
    with pytest.raises(BadInput, match=r"hypotheses.test.txt has 5 lines, but .*right.de has 1"):
        compared(tmp_path, references)
    write_run(tmp_path / "c", config=CONFIG)
    with pytest.raises(BadInput, match=r"is of no use, because not all runs have hypotheses.test.txt; leave it out"):
        compared_translations(recorded_runs([tmp_path / "a", tmp_path / "c"]), references)
