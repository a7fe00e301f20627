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
from repro.errors import BadInput
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


class Inspection:
    """As `repro.inspection`, of which the page knows these four."""

    @staticmethod
    def read(path):
        if path.read_text() == "torn":
            raise BadInput(f"{path.name} is <torn>")
        return path.read_text()

    @staticmethod
    def fragment(inspection, language):
        return f'<p id="inspect-walk">{inspection} {language}</p>'

    @staticmethod
    def styles():
        return ".inspect-walk { color: red; }"

    @staticmethod
    def script():
        return "'inspect' < 1;"


def test_the_main_jobs_inspection_is_shown(tmp_path, monkeypatch):
    for name in ("read", "fragment", "styles", "script"):
        monkeypatch.setattr(walk, name, getattr(Inspection, name))
    other = write_record(tmp_path, planted("essentials", "base", 1, {}))
    assert walk.section(make_report([tmp_path]), "en") is None
    (other / INSPECTION).write_text("other")
    main = write_record(tmp_path, planted("main", "transformer", 1, {}))
    (main / INSPECTION).write_text("of the main job")
    made = walk.section(make_report([tmp_path]), "ko")
    assert '<p id="inspect-walk">of the main job ko</p>' in made.html
    assert "<script>'inspect' < 1;</script>" in made.html
    assert "builtin/main/" in made.note
    text = report_page(make_report([tmp_path]), "ko", sections=[made])
    check_links("index.html", text, WRITERS)
    (main / INSPECTION).write_text("torn")
    damaged = walk.section(make_report([tmp_path]), "en")
    assert "inspection.json is &lt;torn&gt;" in damaged.html
