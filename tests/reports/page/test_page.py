"""The page as text: what it shows, in both languages, escaped, bounded, whole."""

import re
import resource
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup

import reports.page
from reports.build import WRITERS
from reports.claims.claim_file import read_claims, shipped_claims
from reports.formatting import unit_text
from reports.page import live_page, report_page
from reports.page.claim_rows import MAX_RECORDS
from reports.page.links import check_links
from reports.page.page import SHAPES, page_texts
from reports.section import Section
from reports.verdicts.records import Damaged, Records, StoredRecord
from reports.verdicts.report import Report, make_report
from reports.verdicts.standing import count_stands
from reports.verdicts.verdict import DECIDED, WORDS, judge_claims
from repro.errors import BadInput
from repro.inspection.page import POLICY
from repro.streams import escaped
from repro.texts import LANGUAGES, texts_of
from tests.reports.golden_report import FOLDER, golden_records
from tests.reports.records import planted, records_of, write

TEMPLATES = Path(reports.page.__file__).with_name("templates")


EVIL = "</script><script>alert(1)</script><b onmouseover=alert(2)>\u202e\u05d0\u0628 🙂 & \"'"


class Parsed(HTMLParser):
    """Tags with their attributes, and the text of each element with an id or of a class that is asked for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def report_of(records, *, damaged=(), set_aside=()):
    found = records_of(records)
    records = Records(found.counted, tuple(set_aside), tuple(damaged), "digest", index=found.index)
    return Report(tuple(judge_claims(read_claims([FOLDER / "claims.yaml"]), records)), records, "digest")


@pytest.fixture(scope="module")
def golden():
    damaged = [Damaged("builtin/x/attempt-1/record.json", "is not a record")]
    aside = [StoredRecord(planted("essentials", "old", 1, {}), "builtin/essentials/old/record.json", Path())]
    return report_of(golden_records(), damaged=damaged, set_aside=aside)


@pytest.fixture(scope="module")
def page(golden):
    return report_page(golden, "en", sections=())


def claim_of(page, name):
    """The HTML of one claim."""
    start = page.index(f'id="claim-golden2026-{name}"')
    return page[start : page.index("</li>", start)]


def test_every_claim_is_there_with_its_verdict(page, golden):
    verdicts = [
        (attributes["id"], attributes["data-verdict"])
        for tag, attributes in Parsed(page).tags
        if tag == "li" and attributes.get("class") == "claim"
    ]
    assert verdicts == [(f"claim-{each.claim.id}", each.verdict.verdict) for each in golden.judged]


def test_verdicts_are_counted_by_paper(page, golden):
    tags = Parsed(page).tags
    parts = [it for tag, it in tags if tag == "a" and (it.get("class") or "").startswith("part ")]
    grown = {it["data-filter"]: int(re.search(r"\d+", it["style"])[0]) for it in parts}
    counts = {word: count for word, count in golden.count().items() if count}
    assert grown == {f"paper=golden2026&verdict={word.replace(' ', '+')}": count for word, count in counts.items()}
    tiles = re.findall(r'<a class="tile.*?number">(\d+)<', page, re.DOTALL)
    assert [int(text) for text in tiles] == list(golden.count().values())


def test_the_first_screen_names_what_is_not_as_published_and_how_verdicts_were_reached(page, golden):
    glance = page[page.index('id="glance"') : page.index('class="bars"')]
    against = [
        each for each in golden.judged if each.verdict.verdict in ("contradicted", "does not hold at this scale")
    ]
    assert against
    assert re.findall(r'href="#claim-([^"]+)"', glance) == [each.claim.id for each in against]
    decided, *ways = map(int, re.findall(r"(\d+) (?:of|were decided by|by)", glance))
    assert decided == sum(ways) == sum(each.verdict.verdict in DECIDED for each in golden.judged)
    about_paper = sum(each.verdict.verdict in ("reproduced", "contradicted") for each in golden.judged)
    assert f"{about_paper} are reproduced or" in glance
    assert f"{decided - about_paper} hold or do not hold" in " ".join(glance.split())
    standings = re.findall(r"standing=(\w+)&?.*?<strong>(\d+)", glance)
    assert {name: int(number) for name, number in standings} == count_stands(golden.stands.values())


def test_a_claim_shows_all_about_its_number(page):
    text = claim_of(page, "worse")
    for part in (
        "-73 [-73.52, -72.48]",
        "one-sided t test",
        "Holm over 3",
        "corrected over its family of 3",
        "0123456789ab",
        "2 cores of a processor",
        "ablate repeat essentials --scale builtin --rows no-positions,base",
        "builtin/essentials/no-positions-3/record.json",
        "would have been found with 80% power",
        "% of lines",
    ):
        assert part in text, part


def test_what_sets_a_row_apart_is_shown():
    records = [
        planted("essentials", row, seed, {"test.exact_match": value + seed / 10}, config=config)
        for row, value, config in (
            ("base", 98.0, {"model": {"positions": "sinusoidal", "h": 4}, "data": {"share": 1.0}}),
            ("no-positions", 25.0, {"model": {"positions": "none", "h": 4}}),
        )
        for seed in range(1, 6)
    ]
    text = claim_of(report_page(report_of(records), "en", sections=()), "worse")
    assert "model.positions: none" in text
    assert "base: sinusoidal" in text
    assert "model.h" not in text
    assert "data.share" not in text


@pytest.mark.parametrize("key", ["seed", "seed_everything"])
def test_the_seed_is_no_setting_under_either_of_its_names(key):
    records = [
        planted("essentials", row, seed, {"test.exact_match": value + seed / 10}, config={key: seed, "width": value})
        for row, value, seeds in (("base", 98.0, range(1, 6)), ("no-positions", 25.0, range(2, 7)))
        for seed in seeds
    ]
    text = claim_of(report_page(report_of(records), "en", sections=()), "worse")
    assert "width: 25.0" in text
    assert f"<code>{key}: " not in text


def test_figures_from_memory_are_marked(page):
    assert "from memory" in claim_of(page, "waits")
    assert "(91)" in claim_of(page, "waits")
    assert "from memory" not in claim_of(page, "exponent")


def test_what_went_wrong_is_visible(page):
    for part in ("loss | is &lt;nan&gt;", "diverged", "is not a record", "essentials/old/record.json", "4, 1 diverged"):
        assert part in page, part


def test_changed_code_is_flagged():
    records = [planted("g", "row", 1, {}, dirty=True), planted("g", "row", 2, {}, commit=None, dirty=None)]
    text = report_page(report_of(records), "en", sections=())
    assert "changed after that commit" in text
    assert "unknown code" in text
    assert "All records were made by committed code" not in text


def test_the_page_needs_nothing_from_elsewhere(page):
    for tag, attributes in Parsed(page).tags:
        for name in ("src", "srcset", "action", "poster"):
            assert name not in attributes, (tag, name)
        if tag == "link":
            assert attributes["href"].startswith("data:")
    assert f'content="{POLICY.replace(chr(39), "&#39;")}"' in page
    assert "connect-src" not in page
    assert not re.search(r"url\((?!#)", page)


def test_sections_stand_in_their_order_and_in_the_contents(golden):
    sections = [
        Section("second", "The <second>", Markup('<p id="second-a">drawn</p>'), "See <this>."),
        Section("first", "The first", Markup('<a href="#second">x</a>')),
    ]
    text = report_page(golden, "en", sections)
    assert text.index('<section id="second"') < text.index('<section id="first"') < text.index('<section id="claims"')
    assert '<li><a href="#second">The &lt;second&gt;</a></li>' in text
    assert '<p id="second-a">drawn</p>' in text
    assert '<p class="note">See &lt;this&gt;.</p>' in text
    check_links("index.html", text, WRITERS)
    lost = [Section("first", "The first", Markup('<a href="#table9">x</a>'))]
    with pytest.raises(BadInput, match="#table9"):
        check_links("index.html", report_page(golden, "en", lost), WRITERS)


def test_texts_of_the_page_are_others_than_those_it_shares():
    for language in LANGUAGES:
        assert not texts_of("reports.page", language).keys() & texts_of("reports", language).keys()


def test_every_text_is_used_and_verdicts_have_signs():
    sources = "".join(path.read_text() for path in [*TEMPLATES.glob("*.j2"), *TEMPLATES.parent.glob("*.py")])
    used = {*re.findall(r"\bt\.(\w+)", sources), *re.findall(r'texts\["(\w+)"', sources), *WORDS}
    used |= {"drawn_stated", "drawn_zero"}  # one or the other
    stems = {*re.findall(r't\["(\w+)\." ~', sources), *re.findall(r'texts\[f"(\w+)\.', sources)}
    english = texts_of("reports.page", "en")
    assert {key for key in english if key.partition(".")[0] not in stems} - used == set()
    assert used <= page_texts("en").keys()
    assert set(WORDS) == SHAPES.keys() <= english.keys()
    assert len(set(SHAPES.values())) == len(WORDS)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_templates_hold_no_text_of_their_own(path):
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    said = [part.strip() for part in Parsed(text).text if re.search(r"[^\W\d_]{2,}", part)]
    said = [part for part in said if not part.startswith("document.documentElement")]
    assert said in ([], ["arXiv"], ["ablate show"]), said
    for _, attributes in Parsed(text).tags:
        for name in ("aria-label", "title", "placeholder", "alt"):
            assert not re.search(r"\w", attributes.get(name) or ""), attributes


def test_korean(golden):
    text = report_page(golden, "ko", sections=())
    assert '<html lang="ko">' in text
    for part in ("재현됨", "한눈에 보기", "Without positions it is worse"):
        assert part in text
    for part in ("At a glance", "All claims", ">reproduced<", "Would decide it"):
        assert part not in text


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_from_records_is_markup(language):
    records = [
        *(planted("essentials", "base", seed, {"test.exact_match": 98.0 + seed / 10}) for seed in range(1, 6)),
        *(
            planted(
                "essentials",
                "no-positions",
                seed,
                {"test.exact_match": {"value": 25.0 + seed, "unit": EVIL, "definition": EVIL, "interval": None}},
                hardware={"cpu": EVIL, "cores": 2, "gpus": []},
                commit=EVIL,
                cell=EVIL,
                config={EVIL: EVIL},
            )
            for seed in range(1, 5)
        ),
        planted("essentials", "no-positions", 5, {}, status="failed", error=f"{EVIL}\n{EVIL}"),
        planted(EVIL, EVIL, 1, {}, status="failed", error=EVIL, scale=EVIL),
    ]
    damaged = [Damaged(EVIL, EVIL)]
    text = report_page(report_of(records, damaged=damaged), language, sections=())
    plain = report_page(report_of(golden_records()), language, sections=())
    parsed = Parsed(text)
    assert "alert(1)" in text
    assert [tag for tag, _ in parsed.tags].count("script") == [tag for tag, _ in Parsed(plain).tags].count("script")
    assert not any("onmouseover" in attributes for _, attributes in parsed.tags)
    assert sum(escaped(EVIL) in part for part in parsed.text) >= 8
    assert "\u202e" not in text
    check_links("index.html", text, ["claims.json", "report.md"])


def test_a_page_holds_no_more_records_than_can_be_read():
    records = [
        planted("essentials", row, seed, {"test.exact_match": value + seed % 7 / 10})
        for row, value in (("base", 98.0), ("no-positions", 25.0))
        for seed in range(1, 101)
    ]
    text = claim_of(report_page(report_of(records), "en", sections=()), "worse")
    assert text.count("<tr>") - 1 == MAX_RECORDS
    assert f"and {200 - MAX_RECORDS} more, all of them in claims.json" in text


def test_many_failures_are_counted_and_some_are_listed():
    records = [planted("essentials", "base", seed, {}, status="failed", error="no") for seed in range(1, 251)]
    damaged = [Damaged(f"{number}/record.json", "torn") for number in range(300)]
    text = report_page(report_of(records, damaged=damaged), "en", sections=())
    assert "The first 100 of 250." in text
    assert "The first 100 of 300." in text


def test_all_links_of_the_page_have_targets(page):
    check_links("index.html", page, WRITERS)


def test_only_the_served_page_may_ask_its_server(page):
    live = live_page(page, "abc")
    assert "connect-src 'self'" in live.replace("&#39;", "'")
    assert 'data-version="abc"' in live
    assert "fetch(" in live
    assert "fetch(" not in page


@pytest.mark.slow
@pytest.mark.parametrize(("count", "seconds"), [(100, 5), (10_000, 60)])
def test_building_is_quick(tmp_path, count, seconds):
    """Processor time of the whole command, which other work on the machine hardly changes."""
    rows = ["base", "no-positions", "no-mask", "no-attention"]
    for number in range(count):
        row, seed = rows[number % 4], number // 4 + 1
        metrics = {"test.exact_match": 50.0 + seed % 9, "test.exact_match.far": 40.0 + seed % 5}
        write(tmp_path / "runs", planted("essentials", row, seed, metrics))
    command = [sys.executable, "-m", "reports.cli", "build", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < seconds
    assert (tmp_path / "out/index.html").stat().st_size < 5_000_000


def test_the_same_inputs_give_the_same_bytes(golden):
    assert report_page(golden, "en") == report_page(golden, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_over_data_sets_shows_what_each_says(language):
    values = {"sst2": 0.1, "ag-news": 0.1, "babi1": 0.9}
    runs = [
        planted("explanation", "bilstm-additive", seed, {"tau.gradient": value + seed / 100}, scale=scale)
        for scale, value in values.items()
        for seed in range(1, 6)
    ]
    records = records_of(runs)
    weak = [claim for claim in shipped_claims() if claim.id == "jain2019-section4.1-weak-gradient"]
    report = Report(tuple(judge_claims(weak, records)), records, "digest")
    page, texts = report_page(report, language, sections=()), page_texts(language)
    claim = page[page.index('id="claim-jain2019-section4.1-weak-gradient"') :]
    claim = claim[: claim.index("</li>")]
    assert unit_text("of 6 data sets", language) in claim[: claim.index("</summary>")]
    assert "does not hold on 1 (babi1); not decided on 3 (babi2, newsgroups, imdb); at least 4 are needed" in claim
    headings = re.findall(r"<h5>(.*?) <", claim)
    assert headings == [texts["together"], *(texts["at_scale"].format(scale=scale) for scale in values)]
    assert texts["rule.corpora"] in claim
    assert "None" not in claim
    (line,) = [each for each in WRITERS["report.md"](report, language).splitlines() if weak[0].says in each]
    assert f"| 2 {unit_text('of 6 data sets', language)} | 5 | **inconclusive** |" in line
    assert "sst2: holds at this scale; ag-news: holds at this scale; babi1: does not hold at this scale" in line


def test_every_shipped_claim_is_on_the_page(tmp_path):
    (tmp_path / "runs").mkdir()
    report = make_report([tmp_path / "runs"])
    text = report_page(report, "en", sections=())
    assert text.count('<li class="claim"') == len(report.judged) >= 60


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_first_screen_says_that_the_paper_s_own_scores_were_not_tried_and_how_to(language):
    tried = planted("main", "transformer", 1, {"test.bleu": 27.3}, scale="wmt14")
    for write_report in (report_page, WRITERS["report.md"]):
        without = Markup(write_report(report_of([planted("main", "transformer", 1, {})]), language)).unescape()
        first = without[: without.index("wmt14") + 200]
        assert "WMT 2014" in first
        assert "repro suite --scale wmt14" in first
        sentence = texts_of("reports", language)["untried"].split(".")[0]
        assert sentence in without
        assert sentence not in Markup(write_report(report_of([tried]), language)).unescape()


def test_metrics_are_called_by_their_names(page, golden):
    """Their keys stand in code and titles alone, and in the paths and messages of records."""
    keys = {key for each in golden.records.counted for key in each.record.metrics if "." in key}
    text = re.sub(r"<code>.*?</code>", "", page[page.index("<main>") : page.index("</main>")], flags=re.DOTALL)
    said = " ".join(Parsed(text).text)
    assert keys
    assert [key for key in keys if key in said] == []
    assert "exact match of sentences with long dependencies" in said
    assert 'title="test.exact_match.far"' in page


def test_a_folded_place_says_what_is_in_it(page, golden):
    summaries = re.findall(r'<details class="fold"><summary><h4>.*?</summary>', page.replace("\n", ""))
    numbers = [int(number) for summary in summaries for number in re.findall(r"</svg>(\d+) ", summary)]
    assert sum(numbers) == len(golden.judged)
    assert not re.search(r'<section class="place">\s*<details class="fold" open', page)
