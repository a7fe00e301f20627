"""Numbers as the report writes them."""

from dataclasses import replace

from reports.catalogue import scales, title_of_scale
from reports.claims.claim import Published
from reports.formatting import measured_text, published_text, runs_text, scale_text, unit_of
from reports.verdicts.rules import Measured
from repro.texts import texts_of
from tests.reports.judging import BASE, LOW, claim, verdict_of
from tests.reports.records import planted, runs_of

EN = texts_of("reports", "en")


def test_differences_and_tau_have_their_sign():
    assert measured_text(Measured("difference", 1.5, -0.25, 3.25, "BLEU")) == "+1.5 [-0.25, 3.25]"
    assert measured_text(Measured("tau", 0.5)) == "+0.5"
    assert measured_text(Measured("mean", 1.5, unit="BLEU"), unit=True) == "1.5 BLEU"
    assert measured_text(None) == measured_text(Measured("value", None)) == ""


def test_units_and_scales_are_translated_where_they_have_a_translation():
    of_sets = Measured("value", 6.0, unit="of 6 data sets")
    assert measured_text(of_sets, unit=True) == "6 of 6 data sets"
    assert measured_text(of_sets, unit=True, language="ko") == "6 / 데이터 6개"
    assert unit_of(Measured("mean", 1.0, unit="parameters"), "ko") == "개(파라미터)"
    assert unit_of(Measured("mean", 1.0, unit="furlongs"), "ko") == "furlongs"
    assert scale_text("multi30k", "ko") == "Multi30k 영어-독일어"


def test_english_texts_of_units_and_scales_are_their_own_words():
    assert [scale_text(scale, "en") for scale in scales()] == [title_of_scale(scale) for scale in scales()]
    assert {key for key in EN if key.startswith("scale.")} == {f"scale.{scale}" for scale in scales()}
    units = {key: text for key, text in EN.items() if key.startswith("unit.") and key != "unit.data_sets"}
    # The range of a score is said where the metric is defined, and not behind each of its numbers.
    assert units == {key: key.removeprefix("unit.").removesuffix(", 0 to 100") for key in units}


def test_a_truth_value_is_yes_or_no_without_a_unit():
    for value, en, ko in ((1.0, "yes", "예"), (0.0, "no", "아니요")):
        truth = Measured("value", value, unit="0 or 1")
        assert measured_text(truth, unit=True) == en
        assert measured_text(truth, unit=True, language="ko") == ko
        assert unit_of(truth) == ""
    share = Measured("mean", 0.5, unit="0 or 1")
    assert measured_text(share, unit=True) == "0.5 0 or 1"
    assert unit_of(share) == "0 or 1"
    assert unit_of(None) == ""


def test_what_is_published_stands_with_other_versions_values():
    stated = claim("worse", published=Published("27.3 BLEU", 27.3, also=(28.4, 27.0)))
    assert published_text(stated) == "27.3 BLEU (28.4, 27)"
    assert published_text(replace(stated, published=None)) == ""


def test_seeds_are_counted_and_what_became_of_the_others():
    failed = planted("g", "row", 6, {}, status="failed")
    both = [*runs_of("g", "row", "m", LOW), *runs_of("g", "base", "m", BASE)]
    verdict = verdict_of(claim("worse"), *both)
    assert runs_text(verdict, EN) == "5"
    assert runs_text(verdict_of(claim("worse"), *both, failed), EN) == "5, 1 failed"
    assert runs_text(verdict_of(claim("worse")), EN) == ""
    assert runs_text(replace(verdict, added_seeds=(4, 5)), EN) == "5 (2 added)"
    assert runs_text(replace(verdict, added_seeds=(4, 5), not_done={"failed": 1}), EN) == "5 (2 added), 1 failed"
    assert runs_text(replace(verdict, added_seeds=(6, 7)), EN) == "5 (base: 2 added)"
    assert runs_text(replace(verdict, added_seeds=(6, 7), scale=None), EN) == "5"  # those of another data set
    assert runs_text(replace(verdict, added_seeds=(5,)), texts_of("reports", "ko")) == "5 (1개 추가)"


def test_runs_with_several_numbers_are_told_from_the_smallest_to_the_largest():
    several = Measured("value", None, unit="s", runs=(2.0, 2.05, 1.5))
    assert measured_text(several) == "1.5 to 2.05 in 3 runs"
    assert measured_text(several, unit=True) == "1.5 to 2.05 in 3 runs, s"
    assert unit_of(several) == "s"
    truths = Measured("value", None, unit="0 or 1", runs=(1.0, 0.0, 1.0))
    assert measured_text(truths, unit=True) == "yes in 2 of 3 runs"
    assert unit_of(truths) == ""
    assert "3" in measured_text(truths, language="ko")
