"""Numbers as the report writes them, in Markdown and on the page."""

import re
from collections.abc import Mapping, Sequence

from reports.catalogue import title_of_scale
from reports.claims.claim import Claim
from reports.numbers import digits
from reports.verdicts.question_age import QuestionAge
from reports.verdicts.rules import MIN_SEEDS, Measured
from reports.verdicts.standing import Stand, count_stands, count_ways, judgeable
from reports.verdicts.verdict import Verdict
from repro.texts import texts_of


def unit_text(unit: str, language: str) -> str:
    """A unit in a language; those that have no translation stay as they are."""
    texts = texts_of("reports", language)
    found = re.fullmatch(r"of (\d+) data sets", unit)
    return texts["unit.data_sets"].format(count=found[1]) if found else texts.get(f"unit.{unit}", unit)


def scale_text(scale: str, language: str) -> str:
    """What a scale runs on, in one line; in the words of its file where there is no translation."""
    return texts_of("reports", language).get(f"scale.{scale}") or title_of_scale(scale)


def measured_text(measured: Measured | None, unit: bool = False, language: str = "en") -> str:
    """The number with its interval, and its unit if asked for; yes or no for a truth value; empty without a number.

    Of runs with several numbers, the smallest and the largest, or how many say yes.
    """
    if measured is None or (measured.value is None and not measured.runs):
        return ""
    texts = texts_of("reports", language)
    if measured.value is None:
        low, high, count = min(measured.runs), max(measured.runs), len(measured.runs)
        if measured.is_truth:
            return texts["runs_yes"].format(yes=int(sum(measured.runs)), runs=count)
        text = texts["runs_between"].format(low=digits(low), high=digits(high), runs=count)
        return f"{text}, {unit_text(measured.unit, language)}" if unit and measured.unit else text
    if measured.is_truth:
        return texts["yes" if measured.value else "no"]
    text = digits(measured.value, "+" if measured.kind in ("difference", "tau") else "")
    if measured.low is not None and measured.high is not None:
        text += f" [{digits(measured.low)}, {digits(measured.high)}]"
    return f"{text} {unit_text(measured.unit, language)}" if unit and measured.unit else text


def unit_of(measured: Measured | None, language: str = "en") -> str:
    """The unit that stands behind `measured_text`; empty where there is none, and behind yes or no."""
    if measured is None or measured.is_truth or not measured.unit or not measured_text(measured):
        return ""
    return unit_text(measured.unit, language)


def published_text(claim: Claim) -> str:
    """What the paper states, and what other versions of it do; empty where it states nothing."""
    if claim.published is None:
        return ""
    also = f" ({', '.join(f'{value:g}' for value in claim.published.also)})" if claim.published.also else ""
    return claim.published.text + also


def runs_text(verdict: Verdict, texts: Mapping[str, str]) -> str:
    """Over how many seeds, of data sets together the fewest, and what is unusual about them; empty without any.

    Unusual are seeds that were added to those planned, perhaps of the base alone, and runs that are not done. Of data
    sets together, each has its own added seeds beneath.
    """
    if not verdict.records and not verdict.seeds:
        return ""
    of_rows = sum(seed in verdict.added_seeds for seed in verdict.seeds)
    of_base = 0 if of_rows or verdict.scale is None else len(verdict.added_seeds)
    key = "seeds_added" if of_rows else "seeds_added_base"
    added = f" ({texts[key].format(count=of_rows or of_base)})" if of_rows or of_base else ""
    lost = "".join(f", {count} {status}" for status, count in sorted(verdict.not_done.items()))
    return f"{len(verdict.seeds)}{added}{lost}"


def question_text(age: QuestionAge | None, texts: Mapping[str, str]) -> str:
    """When a question last changed, and whether that was before its data; empty where nothing has run."""
    if age is None:
        return ""
    commit = f" ({age.commit})" if age.commit else ""
    return texts[f"question.{age.order}"].format(
        changed=f"{_minute(age.changed)}{commit}", data=_minute(age.first_data)
    )


def _minute(time: str | None) -> str:
    return "" if time is None else f"{time[:16].replace('T', ' ')} UTC"


def standing_text(stands: Sequence[Stand], language: str) -> str:
    """How many claims are decided, of those that a measurement could decide, about what and how."""
    counts, ways = count_stands(stands), count_ways(stands)
    about_paper = sum(stand.about_paper for stand in stands)
    return texts_of("reports", language)["standing_text"].format(
        decided=counts["decided"],
        judgeable=judgeable(counts),
        about_paper=about_paper,
        elsewhere=counts["decided"] - about_paper,
        counted=ways["counted"],
        arithmetic=ways["arithmetic"],
        trained=ways["trained"],
        few=ways["few seeds"],
        seeds=MIN_SEEDS,
    )
