"""`repro score`: all definitions of two files, as a table and as JSON; and what it says of bad input."""

import argparse
import gzip
import json
from pathlib import Path

import pytest
from sacrebleu.metrics.bleu import BLEU

from repro.cli.score import add_arguments, run
from repro.errors import BadInput
from repro.scoring.score import score_files, score_lines
from repro.scoring.waterfall import waterfall
from repro.streams import note_once

REFERENCES = ["Der US-Präsident liest eine E-Mail.", "Die alte Katze schläft auf dem Sofa.", ""]
HYPOTHESES = ["Der US-Präsident liest die E-Mail.", "Die alte Katze schläft auf dem Sofa.", ""]


def written(path: Path, lines: list[str]) -> Path:
    path.write_bytes("".join(line + "\n" for line in lines).encode())
    return path


@pytest.fixture
def files(tmp_path):
    return written(tmp_path / "hyp", HYPOTHESES), written(tmp_path / "ref", REFERENCES)


def parsed(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_all_definitions_side_by_side():
    names = [metric.name for metric in score_lines(HYPOTHESES, REFERENCES, "de", resamples=10)]
    assert names == [
        "bleu",
        "bleu_intl",
        "bleu_intl_lc",
        "bleu_tokenised",
        "bleu_tokenised_lc",
        "bleu_compound",
        "chrf",
        "exact_match",
    ]


def test_files_and_lines_agree(files, tmp_path):
    expected = score_lines(HYPOTHESES, REFERENCES, "de", resamples=10)
    assert score_files(*files, "de", resamples=10) == expected
    packed = tmp_path / "ref.gz"
    packed.write_bytes(gzip.compress(files[1].read_bytes()))
    assert score_files(files[0], packed, "de", resamples=10) == expected


def test_tokens_of_lower_cased_text_have_one_definition():
    tokens = ["der us-präsident liest , er sieht .", "die katze schläft ."]
    metrics = score_lines(tokens, tokens, "de", pretokenised=True, resamples=10)
    assert [metric.name for metric in metrics] == ["bleu_tokenised_lc", "exact_match"]
    cased = [*tokens[:1], "Die Katze schläft ."]
    names = [metric.name for metric in score_lines(cased, cased, "de", pretokenised=True, resamples=10)]
    assert names == ["bleu_tokenised", "bleu_tokenised_lc", "bleu_compound", "exact_match"]


def test_json(files, capsys):
    assert run(parsed(*files, "--json", "--resamples", "10")) == 0
    records = json.loads(capsys.readouterr().out)
    expected = score_lines(HYPOTHESES, REFERENCES, "de", resamples=10)
    assert records == {metric.name: json.loads(json.dumps(metric.as_record(), allow_nan=False)) for metric in expected}


def test_table_shows_values_definitions_and_signatures(files, capsys):
    assert run(parsed(*files, "--resamples", "10", "--language", "de")) == 0
    text = capsys.readouterr().out
    for metric in score_lines(HYPOTHESES, REFERENCES, "de", resamples=10):
        row = next(line for line in text.split("\n") if line.startswith(f"{metric.name} "))
        assert f"{metric.value:.2f}" in row
        assert f"{metric.name}: {metric.definition}" in text
        if metric.signature:
            assert f"  {metric.signature}\n" in text


def test_language_decides_the_tokens(tmp_path):
    path = written(tmp_path / "fr", ["L'homme qu'il voit."])
    count = {
        language: next(
            metric.reference_tokens
            for metric in score_files(path, path, language, resamples=0)
            if metric.name == "bleu_tokenised"
        )
        for language in ("de", "fr")
    }
    assert count == {"de": 8, "fr": 6}


@pytest.mark.parametrize(
    ("hypotheses", "references", "says"),
    [
        (None, b"a\n", "hyp does not exist"),
        (b"a\n", None, "ref does not exist"),
        (b"a\nb\n", b"a\n", "hyp has 2 lines but .*ref has 1"),
        (b"", b"a\n", "hyp is empty"),
        (b"a\n", b"", "ref is empty"),
        (b"a\n", b" \n", "ref holds only blank lines"),
        (b"a\nb\xff\n", b"a\nb\n", "hyp, line 2: .*UTF-8"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, hypotheses, references, says):
    for name, content in (("hyp", hypotheses), ("ref", references)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=says) as raised:
        run(parsed(tmp_path / "hyp", tmp_path / "ref"))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("language", ["tr", "ar", "uk", "he", "no", "nb", "klingon"])
def test_what_moses_lacks_costs_only_the_metrics_that_need_it(files, language, capsys):
    note_once.cache_clear()
    assert run(parsed(*files, "--language", language, "--resamples", "0", "--json")) == 0
    out, err = capsys.readouterr()
    assert list(json.loads(out)) == ["bleu", "bleu_intl", "bleu_intl_lc", "chrf", "exact_match"]
    assert err == (
        "bleu_tokenised, bleu_tokenised_lc, bleu_compound left out: "
        f"Moses has no tokenisation for the language {language!r}\n"
    )


@pytest.mark.parametrize(("code", "base"), [("pt-BR", "pt"), ("de-DE", "de"), ("DE", "de"), ("pt_BR", "pt")])
def test_a_region_or_capitals_change_no_score(code, base):
    lines = ["Das ist z.B. ein Haus - oder zwei.", "Nein."], ["Das ist z.B. kein Haus - oder zwei.", "Nein!"]
    assert score_lines(*lines, code, resamples=20) == score_lines(*lines, base, resamples=20)


def test_chinese_is_tokenised_as_sacrebleu_does_by_default_for_it():
    hypotheses, references = ["我喜欢猫。", "他在家里吃饭。"], ["我喜欢狗。", "他在家里吃早饭。"]
    for code in ("zh", "zh-CN"):
        (found, *_) = score_lines(hypotheses, references, code, resamples=0)
        by_default = BLEU(trg_lang="zh")
        assert found.value == by_default.corpus_score(hypotheses, [references]).score > 0
        assert "tok:zh" in found.signature
        assert found.signature == str(by_default.get_signature())
        assert "zh" in found.definition
        assert "13a" not in found.definition


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_a_tokeniser_that_is_not_installed_costs_only_its_metric(language, capsys):
    note_once.cache_clear()
    names = {metric.name for metric in score_lines(["猫 が"], ["猫 は"], language, resamples=0)}
    said = capsys.readouterr().err
    assert {"bleu_intl", "chrf", "exact_match"} <= names
    assert ("bleu" in names) != (f"pip install 'sacrebleu[{language}]'" in said)


def test_a_waterfall_goes_without_what_a_language_lacks():
    steps = waterfall({"a": ["kedi geldi"], "b": ["kedi gitti"]}, ["kedi gitti"], "tr", resamples=0)
    assert [step.definition for step in steps] == ["bleu", "bleu"]
    only = ("bleu_tokenised",)
    assert waterfall({"a": ["kedi"]}, ["kedi"], "tr", only, resamples=0) == []


def test_unequal_lines_without_files():
    with pytest.raises(BadInput, match="differ in their number of lines, 2 and 1"):
        score_lines(["a", "b"], ["a"], "de")
    with pytest.raises(BadInput, match="no text"):
        score_lines([], [], "de")


@pytest.mark.parametrize("option", ["--resamples", "--seed"])
def test_counts_are_not_negative(files, option, capsys):
    with pytest.raises(SystemExit) as raised:
        parsed(*files, option, "-1")
    assert raised.value.code == 2
    assert f"{option}: -1 is too small" in capsys.readouterr().err


def test_several_files_are_compared_with_the_first(files, tmp_path, capsys):
    hypotheses, references = files
    better = written(tmp_path / "better|file", REFERENCES)
    assert run(parsed(hypotheses, better, hypotheses, references, "--trials", 20, "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["test"], said["trials"], said["seed"], said["baseline"]) == ("bootstrap", 20, 12345, str(hypotheses))
    assert [system["hypotheses"] for system in said["systems"]] == [str(it) for it in (hypotheses, better, hypotheses)]
    first, second, third = (system["metrics"] for system in said["systems"])
    alone = {metric.name: metric.value for metric in score_lines(HYPOTHESES, REFERENCES, "de", resamples=0)}
    assert {name: record["value"] for name, record in first.items()} == alone
    assert first["bleu"]["p_value"] is None
    assert second["bleu"]["difference"] == pytest.approx(100 - alone["bleu"])
    assert third["bleu"]["p_value"] == 1

    assert run(parsed(hypotheses, better, references, "--test", "randomisation", "--trials", 20, "--resamples", 0)) == 0
    text = capsys.readouterr().out
    assert "paired approximate randomisation of lines, 20 trials, seed 12345, by sacreBLEU" in text
    rows = [line.split() for line in text.split("\n\n")[0].split("\n")]
    assert rows[0] == ["metric", "hypotheses", "score", "mean", "95%", "interval", "difference", "p"]
    assert rows[1] == ["bleu", str(hypotheses), f"{alone['bleu']:.2f}", "-", "-", "baseline"]
    assert len(rows) == 1 + 2 * len(alone)

    assert run(parsed(hypotheses, better, references, "--trials", 20, "--format", "markdown")) == 0
    assert "better\\|file" in capsys.readouterr().out


def test_each_of_several_files_must_have_the_lines_of_the_references(files, tmp_path):
    hypotheses, references = files
    short = written(tmp_path / "short", REFERENCES[:1])
    with pytest.raises(BadInput, match=r"short has 1 lines but .*ref has 3"):
        run(parsed(hypotheses, short, references))
