"""A real inspection beside a record becomes a section of the page, which still needs nothing and overflows nowhere."""

import time

import pytest

from reports.build import WRITERS
from reports.figures import walk
from reports.page import report_page
from reports.page.links import check_links
from reports.verdicts.attachments import INSPECTION
from reports.verdicts.report import make_report
from repro.data.vocabulary import learn_bpe
from repro.inspection import inspect_network, write
from repro.models import Transformer
from tests.browser import browser, complaints, emulate, needs_browser, open_file, requests, resize, too_wide
from tests.reports.records import planted
from tests.reports.records import write as write_record

LINES = ["the dog sees a cat", "der Hund sieht eine Katze"] * 40


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    attempt = write_record(runs, planted("main", "transformer", 1, {}))
    vocabulary = learn_bpe(LINES, 310)
    network = Transformer(len(vocabulary), 1, N=2, d_model=16, d_ff=32, h=4).eval()
    write(inspect_network(network, vocabulary, LINES[0]).content, attempt / INSPECTION)
    return make_report([runs], claims=[])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_is_shown_and_its_links_hold(report, language):
    section = walk.section(report, language)
    text = report_page(report, language, sections=[section])
    check_links("index.html", text, WRITERS)
    assert text.count('class="inspection"') == 1
    assert LINES[0] in text


def test_what_is_damaged_is_told(report):
    (found,) = report.records.counted
    path = found.directory / INSPECTION
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    try:
        assert "inspection.json is damaged" in walk.section(report, "en").html
    finally:
        path.write_text(whole)


@needs_browser
def test_it_works_within_the_page(report, tmp_path):
    for language in ("en", "ko"):
        page = report_page(report, language, sections=[walk.section(report, language)])
        (tmp_path / f"{language}.html").write_text(page, encoding="utf-8")
    with browser() as driver:
        emulate(driver)
        for language in ("en", "ko"):
            open_file(driver, tmp_path / f"{language}.html")
            assert len(driver.find_elements("css selector", "#inspection .inspection-thumb")) == 3 * 2 * 4
            for width in (390, 1280):
                resize(driver, width, 844)
                assert too_wide(driver) == []
        time.sleep(0.2)
        assert complaints(driver) == []
        assert requests(driver) == []
