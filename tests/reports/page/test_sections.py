"""Every section: from nothing, from planted numbers, from odd records, with markup, twice the same, without torch."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module
from itertools import product

import pytest

from reports.figures import (
    ablation,
    bleu,
    chains,
    complexity,
    curves,
    distance,
    explanation,
    implementation_checks,
    learning,
    pace,
    scaling,
    table3,
    table4,
    throughput,
)
from reports.figures.drawing import VARIABLES
from reports.page import report_page
from reports.page.links import check_links
from reports.page.sections import SECTIONS
from reports.section import Section
from reports.verdicts.report import Report
from repro.ledger.records.record import Record
from repro.texts import LANGUAGES
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import report_of
from tests.reports.records import planted, records_of
from tests.representatives import others_slow

MODULES = {
    "complexity": complexity,
    "pace": pace,
    "bleu": bleu,
    "table3": table3,
    "table4": table4,
    "ablation": ablation,
    "scaling": scaling,
    "distance": distance,
    "chains": chains,
    "curves": curves,
    "explanation": explanation,
    "throughput": throughput,
    "learning": learning,
    "implementation_checks": implementation_checks,
}


DRAWN = [
    "complexity",
    "bleu",
    "table3",
    "table4",
    "ablation",
    "scaling",
    "distance",
    "chains",
    "curves",
    "explanation",
    "throughput",
    "learning",
]


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(plant.everything())


@pytest.fixture(scope="module")
def drawn(report) -> Mapping[str, Section]:
    """The page's sections in English, by the names of their modules."""
    every = {name: import_module(f"reports.figures.{name}").section(report, "en") for name in SECTIONS}
    return {name: found for name, found in every.items() if found is not None}


@pytest.mark.parametrize("name", MODULES)
def test_there_is_no_section_without_records(name):
    assert MODULES[name].section(Report((), records_of([]), ""), "en") is None


# By default every third in English; test_build.py has the whole report twice.
@pytest.mark.parametrize(("language", "name"), others_slow(product(LANGUAGES, DRAWN), range(0, len(DRAWN), 3)))
def test_same_records_same_bytes(report, drawn, name, language):
    first = drawn[name] if language == "en" else MODULES[name].section(report, language)
    assert first == MODULES[name].section(report, language)
    assert "<svg" in first.html


def test_ids_are_the_only_ones_on_the_page_and_every_reference_has_its_target(report, drawn):
    page = report_page(report, "en", sections=list(drawn.values()))
    check_links("index.html", page, ["index.html", "claims.json", "report.md"])
    assert page.count('class="drawing"') > 8


class Balance(HTMLParser):
    """Looks that every tag is closed where it was opened."""

    VOID = frozenset({"input", "br", "path", "rect", "use", "circle"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("name", DRAWN)
def test_tags_are_balanced(drawn, name):
    parser = Balance()
    parser.feed(drawn[name].html)
    assert parser.open == []


@pytest.mark.parametrize("name", DRAWN)
def test_colours_are_those_of_the_page_and_no_style_leaks(drawn, name):
    html = drawn[name].html
    assert re.findall(r"(?:fill|stroke): ?#\w+", html) == []
    assert "<style" not in html
    assert "<?xml" not in html
    assert re.search(r"20\d\d-\d\d-\d\dT", html) is None
    assert set(re.findall(r"var\((--[\w-]+)\)", html)) <= set(VARIABLES.values())


ODD_DETAILS = [
    {},
    {"table": 3, "points": "none", "waterfall": {"a": 1}, "milestones": [None], "test.by_tag": []},
    {
        "table": [{}, {"column": "path"}, None],
        "points": [{"d_k": float("nan"), "variance": 3}, {"n": -1, "d": 0, "median": float("inf"), "layer": "lstm"}, 7],
        "waterfall": [{"score": float("nan")}, {"score": 1.0, "gain": "much", "interval": [None]}, {}],
        "milestones": [{"minutes": "ten", "scores": 1}, {"minutes": 10.0}],
        "test.by_tag": {
            "dependencies": {"homonym": {"near": {"percent": 1}, "3": None, "4": {"percent": float("nan")}}, "b": 3}
        },
    },
    {
        "points": [
            {"d_k": 4, "scaled": True, "variance": {"value": -1.0, "error": -1.0}},
            {"layer": "lstm", "n": 16, "d": 64, "median": 1.0, "low": 3.0, "high": 0.5, "mode": None, "device": None},
        ],
        "test.by_tag": {
            "dependencies": {"x": {d: {"percent": 50.0, "count": 20, "low": 80.0, "high": 10.0} for d in ("1", "2")}}
        },
        "milestones": [{"minutes": m, "scores": {"bleu": {"value": 0.0}}} for m in (1.0, 2.0)],
        "waterfall": [{"score": 1.0, "gain": 1.0, "interval": [5.0, -5.0]}, {"score": 1.0, "gain": 0.0}],
        "devices": {"a": 1},
        "curve": [{"step": 0, "perplexity": -1.0}, {"step": None, "perplexity": 3.0}, {"step": 5, "perplexity": 3.0}],
    },
]


ROWS = [
    ("complexity", "footnote"),
    ("complexity", "time-64"),
    ("scaling", "unit+d_k=0+scaled"),
    ("scaling", "a+b"),
    ("table3", "base"),
    ("table3", "no such row"),
    ("recurrence", "lstm"),
    ("main", "transformer"),
    ("fit", ""),
    ("learning", "ours"),
]


ODD_METRICS = [{}, {"test.bleu": None, "dev.perplexity": None}, {"test.bleu": 0.0, "dev.exact_match": 5.0}]


# By default numbers that nothing can be drawn from, beside things of other kinds than are meant.
@pytest.mark.parametrize(("details", "metrics"), others_slow(product(ODD_DETAILS, ODD_METRICS), [8]))
def test_odd_records_do_not_fail_the_report(details, metrics):
    odd = [
        planted(grid, row, 1, metrics, details=details, scale=scale)
        for grid, row in ROWS
        for scale in ("builtin", "mine")
    ]
    odd += [planted("table3", "A1", 1, {}, status="failed"), planted("main", "recurrent", 1, {}, status="diverged")]
    found = report_of(odd)
    for module in MODULES.values():
        module.section(found, "en")
    whole = report_of([*odd, *plant.everything()])
    for name, module in MODULES.items():
        if name != "explanation":  # whose odd records are in its own test
            module.section(whole, "ko")


EVIL = "<script>alert(1)</script>$\\alpha$&\"'"


def looked_into(name: str) -> Record:
    """A record on explanation in which every text is the given one."""
    record = plant.explanation()[0]
    [example] = record.details["examples"]
    moved = {**example["reordered"], "words": [name] * 6}
    evil = {**example, "words": [name] * 6, "label": name, "reordered": moved}
    rulings = [{"key": name, "value": 1.0, "met": True, "threshold": 0.5}]
    details = {**record.details, "examples": [evil], "definitions": rulings}
    return replace(record, row=name, details=details, data={"corpus": name, "classes": [name, name]})


def test_markup_in_names_is_text():
    lines = plant.by_tag({"1": 50.0, "2": 60.0})
    kinds = {"test.by_tag": {"dependencies": {EVIL: lines["test.by_tag"]["dependencies"]["homonym"]}}}
    steps = [{"score": 1.0, "variant": EVIL}, {"score": 2.0, "gain": 1.0, "variant": "b"}]
    scored = {"waterfall": steps, "milestones": plant.main()[0].details["milestones"]}
    entry = {"layer": EVIL, "column": "path", "paper": EVIL, "measured": EVIL, "note": EVIL}
    points = [{**it, "mode": EVIL} for it in plant.complexity()[2].details["points"]]
    timed = {"table": [entry], "threads": EVIL, "points": points}
    records = [
        planted("recurrence", EVIL, 1, {}, details=lines),
        planted("recurrence", "lstm", 1, {}, details=kinds),
        planted("main", EVIL, 1, {"test.bleu": 3.0}, details=scored, data={"corpus": EVIL}),
        planted("complexity", "time-64", 1, {}, details=timed, hardware={"cpu": EVIL}),
        planted("scaling", f"{EVIL}+d_k=16+{EVIL}", 1, {"test.exact_match": 1.0}),
        looked_into(EVIL),
        replace(plant.throughput()[0], config={"task": f"{EVIL}\\q", "threads": 2}),
    ]
    found = report_of(records)
    seen = 0
    for module in (complexity, bleu, scaling, distance, curves, explanation):
        html = module.section(found, "en").html
        assert "<script>alert" not in html
        assert "alert(1)" in html, module
        seen += html.count("$\\alpha$")
    assert seen > 5


UNDRAWN = """
from matplotlib.figure import Figure
Figure.savefig = lambda figure, file, **_: file.write('<svg viewBox="0 0 1 1"></svg>')
"""
"""All is imported and painted, and nothing is laid out."""


@pytest.mark.parametrize("drawing", others_slow([UNDRAWN, ""], [0], ["painted", "drawn"]))
def test_figures_need_no_torch(drawing):
    code = drawing + (
        "import sys; from tests.reports.figures import planted as plant; "
        "from tests.reports.figures.sections import report_of; "
        "report = report_of(plant.everything()); "
        "from reports.page.sections import sections_of; found = sections_of(report, 'en'); "
        "print('torch' in sys.modules, 'matplotlib.pyplot' in sys.modules, len(found))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said[:2] == ["False", "False"]
    assert int(said[2]) >= 7
