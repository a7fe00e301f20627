"""Cells of tiny models: every experiment gives its metrics, alike each time; bad data are refused in one sentence."""

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from ablations.explanation import check_measure, measure
from ablations.explanation.configuration import EXPERIMENTS, OF_A_CLASSIFIER
from ablations.explanation.definitions import DEFINITIONS, JAIN
from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale

ROWS = {row.name: row.config for row in read_grid(grid_files()["explanation"], read_scale("builtin")).rows}
TINY: dict[str, Any] = {
    **{"sizes": [64, 16, 24], "e": 8, "m": 8, "h": 2, "epochs": 2, "instances": 10, "permutations": 10, "steps": 10},
    **{"adversaries": 2, "other_seeds": 2, "guide_epochs": 1, "adversarial_epochs": 1, "examples": 2},
}
FIRST = [name for name in EXPERIMENTS if name not in OF_A_CLASSIFIER]


def metrics(config: dict[str, Any]) -> dict[str, float | None]:
    outcome = measure(config, Path("unused"))
    json.dumps(outcome.details, allow_nan=False)
    json.dumps(outcome.data, allow_nan=False)
    for name, each in outcome.metrics.items():
        assert each["unit"], name
        assert each["definition"], name
        assert each["value"] is not None or each["details"]["reason"], name
    return {name: each["value"] for name, each in outcome.metrics.items()}


def test_the_base_row_has_both_papers_experiments_and_is_the_same_twice() -> None:
    config = {**ROWS["bilstm-additive"], **TINY}
    found = metrics(config)
    assert found == metrics(config)
    wanted = {"test.f1", "tau.gradient", "tau.leave_one_out.class_1", "tau.measures.significant", "adversary.jsd"}
    wanted |= {"permutation.change", "permutation.change.above_0.75", "uniform.f1", "seeds.jsd", "seeds.beyond_median"}
    wanted |= {f"guides.f1.{guide}" for guide in ("uniform", "trained", "base", "adversary")}
    wanted |= {f"adversarial.lambda_{each:g}.{kind}" for each in config["lambdas"] for kind in ("jsd", "tvd", "f1")}
    wanted |= {
        "evidence.auc.attention",
        "evidence.coverage.adversary",
        "reorder.clauses.tau",
        "reorder.sentences.stays",
    }
    wanted |= {"adversarial.lambda_0.tvd", "adversarial.closest.excess", "reorder.clauses.label_undefined"}
    wanted |= {f"explains.{each.key}" for each in DEFINITIONS if "adversary" not in each.key or each.paper == JAIN}
    assert wanted <= found.keys()
    # One epoch makes no adversary: nothing is guided by it, and nothing ruled.
    assert found["guides.f1.adversary"] is None
    assert found["adversarial.closest.excess"] is None
    assert not {"explains.model_adversary_tvd", "explains.guide_over_adversary"} & found.keys()
    assert found["evidence.auc.chance"] == 0.5
    assert 0 <= (found["adversary.jsd"] or 0) <= math.log(2) + 1e-6


def test_seeds_without_a_whole_curve_do_not_say_which_adversary_is_closest() -> None:
    config = {**ROWS["bilstm-additive"], **TINY, "experiments": ["adversarial"], "curve_seeds": [2]}
    found = metrics(config)
    assert {"adversarial.lambda_0.jsd", f"adversarial.lambda_{config['guide_lambda']:g}.jsd"} <= found.keys()
    assert not any("closest" in name for name in found)


@pytest.mark.parametrize("row", ["bilstm-additive", "transformer-class"])
def test_a_share_says_of_how_many_texts_it_is(row: str) -> None:
    """A share of so many texts, each looked at once a head, is a whole number of those looks."""
    config = {**ROWS[row], **TINY, "experiments": ["correlation", "adversary", "reordering"]}
    if row == "bilstm-additive":
        config = {**config, "experiments": [*config["experiments"], "uniform"]}
    looks = config["h"] if row == "transformer-class" else 1
    outcome = measure(config, Path("unused"))
    shares = {name: each for name, each in outcome.metrics.items() if each["unit"] == "share" and each["value"]}
    of_texts = {name: each["details"]["lines"] for name, each in shares.items() if not name.startswith("test.")}
    for name, lines in of_texts.items():
        assert shares[name]["value"] * lines * looks == pytest.approx(round(shares[name]["value"] * lines * looks)), (
            name
        )
    assert sum(lines for name, lines in of_texts.items() if re.fullmatch(r"tau\.measures\.class_\d\..*", name)) <= 10
    assert of_texts["adversary.found"] == 10
    if row == "bilstm-additive":
        assert of_texts["uniform.accuracy"] == 24


def test_the_largest_weight_says_whose_it_is() -> None:
    definitions = {}
    for row in ("bilstm-additive", "transformer-class"):
        outcome = measure({**ROWS[row], **TINY, "experiments": []}, Path("unused"))
        definitions[row] = outcome.metrics["test.largest_weight"]["definition"]
    assert definitions["transformer-class"] == definitions["bilstm-additive"] + " of the first head"


def test_another_seed_is_another_model() -> None:
    config = {**ROWS["average"], **TINY, "experiments": ["correlation"]}
    assert metrics(config)["tau.gradient"] != metrics({**config, "seed": 2})["tau.gradient"]


@pytest.mark.parametrize("row", [name for name in ROWS if name != "bilstm-additive"])
def test_every_other_row(row: str) -> None:
    found = metrics({**ROWS[row], **TINY})
    assert {"tau.gradient", "permutation.change", "adversary.jsd", "evidence.auc.attention"} <= found.keys()
    if row == "average":
        assert found["reorder.clauses.stays"] == found["reorder.sentences.stays"] == 1.0
        assert found["reorder.clauses.jsd"] == pytest.approx(0.0, abs=1e-6)


def test_readings_of_one_transformer_are_of_the_same_model() -> None:
    one, two = ({**ROWS[f"transformer-{r}"], **TINY, "experiments": ["correlation"]} for r in ("class", "rollout"))
    first, second = metrics(one), metrics(two)
    assert first["test.accuracy"] == second["test.accuracy"]
    assert first["tau.measures"] == pytest.approx(second["tau.measures"])
    assert first["tau.gradient"] != second["tau.gradient"]


def test_uniform_attention_s_tau_is_undefined_and_explains_nothing() -> None:
    config = {**ROWS["bilstm-additive"], **TINY, "attention": "uniform", "experiments": ["correlation", "definitions"]}
    found = metrics(config)
    assert found["tau.gradient"] is None
    assert found["tau.gradient.undefined"] == 1.0
    assert found["tau.measures"] is not None
    assert found["explains.gradient_agreement"] == 0.0


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["sst2", "babi1"])
def test_real_data(data_folder: Path, name: str) -> None:
    config = {**ROWS["bilstm-additive"], **TINY, "data": name, "epochs": 1, "experiments": FIRST}
    found = metrics(config)
    assert found["tau.gradient"] is not None
    assert found["reorder.clauses.stays"] is not None
    assert ("evidence.auc.attention" in found) == (name == "babi1")


STORY = """1 Mary moved to the bathroom.
2 John went to the hallway.
3 Where is Mary? \tbathroom\t1
4 Mary went to the hallway.
5 Where is Mary? \thallway\t4
"""


def test_of_answers_to_questions_those_have_metrics_that_occur(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eleven words may be answers and two are: bathroom is number 1, hallway number 2."""
    (tmp_path / "babi").mkdir()
    for split in ("train", "test"):
        (tmp_path / "babi" / f"qa1_single-supporting-fact_{split}.txt").write_text(STORY * 20)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    config = {**ROWS["average"], **TINY, "data": "babi1", "experiments": ["correlation", "evidence"], "epochs": 6}
    outcome = measure(config, tmp_path)
    assert len(outcome.data["classes"]) == 11
    of_classes = {name for name in outcome.metrics if re.search(r"class_\d+$", name)}
    assert {name for name in of_classes if name.startswith("data.test")} == {"data.test.class_1", "data.test.class_2"}
    predicted = set(outcome.details["predicted"])
    assert {f"tau.gradient.class_{number}" for number in predicted} == {it for it in of_classes if "gradient" in it}
    assert predicted < set(range(11))
    assert outcome.metrics["evidence.auc.attention"]["value"] is not None
    assert {example["probability"] for example in outcome.details["examples"]} == {None}


def own_files(folder: Path, *extra: str) -> dict[str, str]:
    rows = [f"{n % 2}\tthe film , it was {'good' if n % 2 else 'bad'} again and again {n} times" for n in range(40)]
    for split in ("train", "test"):
        (folder / f"{split}.tsv").write_text("".join(f"{row}\n" for row in (*rows, *extra)))
    return {split: str(folder / f"{split}.tsv") for split in ("train", "test")}


def test_files_of_one_s_own_and_vectors(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text("good 1 1 1 1 1 1 1 1\nbad -1 -1 -1 -1 -1 -1 -1 -1\n")
    config = {**ROWS["bilstm-dot"], **TINY, "files": own_files(tmp_path), "vectors": str(tmp_path / "vectors.txt")}
    outcome = measure(config, tmp_path)
    assert outcome.data["corpus"] == "files"
    assert outcome.details["training"]["vectors"] == 2
    digest = hashlib.sha256((tmp_path / "vectors.txt").read_bytes()).hexdigest()
    assert outcome.details["vectors"] == {"file": "vectors.txt", "sha256": digest, "found": 2, "words_of_the_data": 46}
    assert not any(name.startswith("evidence.") for name in outcome.metrics)
    narrow = {**config, "e": 4}
    with pytest.raises(BadInput, match="vectors have 8 numbers, but the model has e = 4"):
        measure(narrow, tmp_path)


def test_vectors_of_a_text_are_made_and_recorded(tmp_path: Path) -> None:
    pytest.importorskip("gensim", reason="gensim is not installed: pip install '.[vectors]' installs it")
    files = own_files(tmp_path)
    (tmp_path / "own.txt").write_text("the film was good\nthe film was bad\n" * 5)
    vectors = {"text": str(tmp_path / "own.txt"), "e": 8, "root": str(tmp_path / "prepared")}
    config = {**ROWS["bilstm-dot"], **TINY, "files": files, "experiments": [], "vectors": vectors}
    with pytest.raises(BadInput, match=r"vectors\.e is 8 and the model's e is 4; set both to one number"):
        check_measure({**config, "e": 4})
    with pytest.raises(BadInput, match="no word occurs 11 times"):
        check_measure({**config, "vectors": {**vectors, "min_count": 11}})
    assert not (tmp_path / "prepared").exists()
    outcome = measure(config, tmp_path)
    made = outcome.details["vectors"]
    assert outcome.details["training"]["vectors"] == made["found"] == made["words"] == 5
    assert made["words_of_the_data"] == outcome.metrics["data.vocabulary"]["value"] - 4  # four words are special
    assert made["settings"]["window"] == 5
    assert made["sources"].keys() == {"own"}
    assert measure(config, tmp_path).metrics == outcome.metrics


def test_f1_of_one_class_is_not_asked_of_three(tmp_path: Path) -> None:
    files = own_files(tmp_path, *(f"2\tthe film , it was neither good nor bad {n} times" for n in range(30)))
    config = {**ROWS["bilstm-additive"], **TINY, "files": files, "experiments": ["correlation", "uniform"]}
    for refuse in (check_measure, lambda config: measure(config, tmp_path)):
        with pytest.raises(BadInput, match="experiments has uniform, which is for two classes, but the data have 3"):
            refuse(config)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    config = {**ROWS["average"], **TINY, "files": own_files(tmp_path, "one\tfilm")}
    with pytest.raises(BadInput, match="line 41: the label 'one' is not a whole number"):
        measure(config, tmp_path)


def test_what_a_grid_names_is_read_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each of its cells would be started and recorded as failed, over one line of a file."""
    config = {**ROWS["average"], **TINY}
    check_measure(config)
    good = own_files(tmp_path)
    check_measure({**config, "files": good})
    (tmp_path / "vectors.txt").write_text("good 1 1 1\n")
    with pytest.raises(BadInput, match=r"vectors have 3 numbers, but the model has e = 8; set e to 3"):
        check_measure({**config, "files": good, "vectors": str(tmp_path / "vectors.txt")})
    (tmp_path / "empty.tsv").write_text("0\ta film\n1\t\n")
    with pytest.raises(BadInput, match=r"empty\.tsv, line 2: the text is empty"):
        check_measure({**config, "files": {**good, "test": str(tmp_path / "empty.tsv")}})
    (tmp_path / "one.tsv").write_text("0\ta film\n")
    with pytest.raises(BadInput, match="no instance of class 1 in test"):
        check_measure({**config, "files": {**good, "test": str(tmp_path / "one.tsv")}})
    monkeypatch.delenv("REPRO_DATA", raising=False)
    with pytest.raises(BadInput, match=r"sst2/train\.tsv is needed"):
        check_measure({**config, "data": "sst2"})


def test_a_long_text_needs_no_more_memory_than_it_must(tmp_path: Path) -> None:
    config = {**ROWS["average"], **TINY, "files": own_files(tmp_path, "1\t" + "good " * 10_000), "experiments": []}
    outcome = measure(config, tmp_path)
    assert outcome.data["left_out"]["train"]["longer"] == 1
    measure({**config, "longest": 10_000, "epochs": 1}, tmp_path)
