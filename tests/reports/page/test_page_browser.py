"""The page in a real browser: from disk, without a network, on a screen, a phone and paper."""

import base64
import time
from itertools import product
from pathlib import Path

import pytest

from reports.build import build
from reports.claims.own_claims import OwnFiles
from reports.page.page import page_texts
from repro.streams import escaped
from tests.browser import (
    EVIL,
    complaints,
    emulate,
    needs_browser,
    open_address,
    open_file,
    requests,
    resize,
    start_over,
    too_wide,
)
from tests.reports.golden_report import golden_records
from tests.reports.records import planted, write
from tests.reports.verdicts.others import others_in
from tests.representatives import others_slow

pytestmark = needs_browser


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("page")
    for record in golden_records():
        write(root / "runs", record)
    long = "a-long-name" * 30
    write(root / "runs", planted("g", "evil", 1, {}, status="failed", error=f"{EVIL}\n{long}\n{EVIL}", scale="builtin"))
    evil = {key: f"{EVIL} {long}"[:limit] for key, limit in {"name": 100, "licence": 200, "note": 900}.items()}
    own = OwnFiles(others=(others_in(root / "theirs", url=f"https://example.org/{long}", **evil),))
    build([root / "runs"], root / "en", own=own)
    build([root / "runs"], root / "ko", "ko", own)
    return root


@pytest.fixture
def page(chromium, built):
    start_over(chromium)
    open_file(chromium, built / "en/index.html")
    return chromium


def shown(driver):
    """Claims that the filters keep, whether their place is folded or not."""
    return driver.execute_script("return document.querySelectorAll('.claim:not([hidden])').length")


def visible(driver):
    return driver.execute_script(
        "return [...document.querySelectorAll('#claims .claim')].filter(e => e.checkVisibility()).length"
    )


def choose(driver, name, value):
    script = """
        const field = document.getElementById('filters').elements[arguments[0]];
        field.value = arguments[1];
        field.dispatchEvent(new Event('input', {bubbles: true}));
    """
    driver.execute_script(script, name, value)


def counted(driver):
    return int(driver.find_element("css selector", "#filters output").text.split()[0])


def test_it_opens_from_disk_without_an_error_or_a_request(page):
    time.sleep(0.2)
    assert complaints(page) == []
    assert requests(page) == []
    assert page.title == "What the papers claim, and what was measured"


def test_claims_of_ones_own_are_neither_filtered_nor_counted(chromium, tmp_path):
    (tmp_path / "runs").mkdir()
    example = Path(__file__).parents[3] / "examples" / "own-claim"
    own = OwnFiles((example / "xiong2020.yaml",), (example / "no-warmup.yaml",))
    report = build([tmp_path / "runs"], tmp_path / "out", own=own)
    start_over(chromium)
    open_file(chromium, tmp_path / "out" / "index.html", "#claim-xiong2020-post-needs-warmup")
    assert counted(chromium) == len(report.shipped)
    assert shown(chromium) == len(report.judged)
    choose(chromium, "verdict", "reproduced")
    assert counted(chromium) == 0
    assert shown(chromium) == 1
    assert chromium.execute_script("return document.querySelector('#own-claims details').open")
    assert complaints(chromium) == []
    resize(chromium, 390, 844)
    assert too_wide(chromium) == []


def test_requests_would_be_seen(page):
    """The test above can fail: an address in the page is asked for, or refused with a complaint."""
    page.execute_script("const i = new Image(); i.src = 'https://example.org/x.png'; document.body.append(i)")
    time.sleep(0.3)
    assert requests(page) + complaints(page)


def test_filters_respond_and_are_kept_in_the_address(page, built):
    everything = shown(page)
    assert everything == counted(page) >= 60
    choose(page, "verdict", "reproduced")
    verdicts = page.execute_script(
        "return [...document.querySelectorAll('.claim:not([hidden])')].map(e => e.dataset.verdict)"
    )
    assert set(verdicts) == {"reproduced"}
    assert shown(page) == counted(page) == len(verdicts) < everything
    assert "verdict=reproduced" in page.current_url
    choose(page, "text", "positions")
    fewer = shown(page)
    assert 0 < fewer < len(verdicts)
    address = page.current_url
    page.get("about:blank")
    open_address(page, address)
    assert shown(page) == counted(page) == fewer
    page.find_element("css selector", "#filters [type=reset]").click()
    time.sleep(0.1)
    assert shown(page) == everything
    assert "verdict" not in page.current_url
    choose(page, "text", "xyzzy")
    assert shown(page) == 0
    assert page.find_element("id", "none-shown").is_displayed()


@pytest.mark.parametrize(
    ("name", "attribute"), [("paper", "data-paper"), ("place", "data-place"), ("scale", "data-scales")]
)
def test_each_filter_keeps_what_it_says(page, name, attribute):
    script = "return document.getElementById('filters').elements[arguments[0]].options[1].value"
    value = page.execute_script(script, name)
    choose(page, name, value)
    kept = page.execute_script(
        "return [...document.querySelectorAll('.claim:not([hidden])')].map(e => e.getAttribute(arguments[0]))",
        attribute,
    )
    assert kept
    assert all(value in given.split(" ") if name == "scale" else given == value for given in kept)
    assert len(kept) < page.execute_script("return document.querySelectorAll('.claim').length")


def test_what_fits_the_filters_is_unfolded_and_folded_again(page):
    assert visible(page) == 0
    choose(page, "verdict", "reproduced")
    assert visible(page) == counted(page) > 0
    page.find_element("css selector", "#filters [type=reset]").click()
    time.sleep(0.1)
    assert visible(page) == 0


def test_the_search_finds_claims_and_sections(page):
    field = page.find_element("css selector", "#find input")
    field.send_keys("learned positions")
    assert visible(page) == counted(page) > 0
    assert str(counted(page)) in page.find_element("css selector", "#find output").text
    names = [link.text for link in page.find_elements("css selector", "#find li a")]
    assert names[0] == "All claims"
    field.clear()
    field.send_keys("standard error of the mean no section says")
    assert counted(page) == 0
    page.execute_script(
        "const field = document.querySelector('#find input'); field.value = '';"
        "field.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert visible(page) == 0
    assert not page.find_element("css selector", "#find ul").is_displayed()


def test_a_link_opens_the_section_that_it_leads_to(page):
    rules = page.find_element("css selector", "#rules .meanings")
    assert not rules.is_displayed()
    page.find_element("css selector", '.contents a[href="#rules"]').click()
    time.sleep(0.1)
    assert rules.is_displayed()
    page.execute_script("document.querySelector('#rules details').open = false")
    page.find_element("css selector", '.contents a[href="#rules"]').click()  # the same address again
    time.sleep(0.1)
    assert rules.is_displayed()


@pytest.mark.slow
def test_the_page_of_the_published_records_is_short_before_anything_is_opened(chromium, tmp_path):
    build([Path(__file__).parents[3] / "reports" / "published"], tmp_path)
    start_over(chromium)
    open_file(chromium, tmp_path / "index.html")
    assert chromium.execute_script("return document.documentElement.scrollHeight") <= 6000
    assert chromium.execute_script("return document.querySelector('.headlines').getBoundingClientRect().top") < 900
    resize(chromium, 390, 844)
    chromium.execute_script("for (const e of document.querySelectorAll('details')) e.open = true")
    narrow = (
        "return [...document.querySelectorAll('.wide td')].filter(e => e.getBoundingClientRect().width < 120).length"
    )
    assert chromium.execute_script(narrow) == 0
    assert too_wide(chromium) == []


def test_a_count_leads_to_its_claims(page):
    tile = page.find_element("css selector", ".tile.no")
    count = int(tile.find_element("css selector", ".number").text)
    tile.click()
    assert counted(page) == shown(page) == count >= 1
    assert "verdict=contradicted" in page.current_url


def test_details_open_with_the_keyboard(page):
    page.execute_script("document.querySelector('#claims .place details').open = true")
    summary = page.find_element("css selector", ".claim summary")
    about = page.find_element("css selector", ".claim .about")
    assert not about.is_displayed()
    page.execute_script("arguments[0].focus()", summary)
    summary.send_keys("\n")
    assert about.is_displayed()


def test_a_claim_is_found_by_its_address(page, built):
    open_file(page, built / "en/index.html", "#claim-vaswani2017-positions-needed")
    time.sleep(0.2)
    claim = page.find_element("id", "claim-vaswani2017-positions-needed")
    assert claim.find_element("css selector", ".about").is_displayed()
    assert page.execute_script("return Math.abs(arguments[0].getBoundingClientRect().top) < 100", claim)


def test_a_command_can_be_copied(page):
    claim = page.find_element("css selector", '.claim[data-verdict="reproduced"]')
    page.execute_script(
        "arguments[0].closest('details').open = arguments[0].querySelector('details').open = true", claim
    )
    page.execute_script(
        "window.copied = []; Object.defineProperty(navigator, 'clipboard',"
        "{value: {writeText: text => { window.copied.push(text); return Promise.resolve(); }}})"
    )
    button = claim.find_element("css selector", ".copy")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    time.sleep(0.1)
    assert button.text == "Copied"
    assert page.execute_script("return window.copied")[0].startswith("ablate repeat ")


@pytest.mark.parametrize(("language", "width"), others_slow(product(["en", "ko"], [390, 768, 1440]), [0, 5]))
def test_nothing_overflows(page, built, language, width):
    resize(page, width, 844)
    open_file(page, built / language / "index.html")
    page.execute_script("for (const e of document.querySelectorAll('details')) e.open = true")
    assert too_wide(page) == []


@pytest.mark.parametrize(("language", "width"), list(product(("en", "ko"), (400, 1280, 1920))))
def test_a_flag_stays_in_its_column(chromium, built, language, width):
    start_over(chromium)
    resize(chromium, width, 900)
    open_file(chromium, built / f"{language}/index.html")
    script = """
        for (const fold of document.querySelectorAll("#claims .place > details")) fold.open = true;
        const cells = [...document.querySelectorAll("#claims .cell-verdict")];
        for (const cell of cells) cell.insertAdjacentHTML("beforeend", ` <span class="flag">${arguments[0]}</span>`);
        const right = (cell) => cell.getBoundingClientRect().right + 1;
        const boxes = (cell) => [...cell.querySelector(".flag").getClientRects()];
        const reaches = (cell) => boxes(cell).some((box) => box.right > right(cell));
        return [cells.length, cells.filter(reaches).length];
    """
    cells, beyond = chromium.execute_script(script, page_texts(language)["question_flag"])
    assert cells > 0
    assert beyond == 0


def test_overflow_would_be_seen(page):
    page.execute_script("document.querySelector('.lead').style.minWidth = '3000px'")
    assert too_wide(page)


def test_nothing_from_a_record_runs(page):
    time.sleep(0.2)
    assert page.title != "run"
    text = page.find_element("id", "failed").get_attribute("textContent")  # folded
    assert escaped(EVIL) in text


def test_without_scripts_all_claims_can_be_read(page, built):
    everything = (built / "en/index.html").read_text(encoding="utf-8").count('<li class="claim"')
    assert everything >= 300
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.get((built / "en/index.html").resolve().as_uri())
        # Without scripts the driver cannot ask whether the page is complete, and does not wait for it.
        until = time.monotonic() + 20
        while not page.find_elements("css selector", "#rules a") and time.monotonic() < until:
            time.sleep(0.1)
        claims = page.find_elements("css selector", ".claim summary .cell-says")
        assert len(claims) == everything
        assert not page.find_element("id", "filters").is_displayed()
        page.find_elements("css selector", "#claims .place > details > summary")[-1].click()
        assert claims[-1].is_displayed()
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_dark_is_dark(page):
    script = "return getComputedStyle(document.body).backgroundColor"
    assert page.execute_script(script) == "rgb(255, 255, 255)"
    emulate(page, scheme="dark")
    assert page.execute_script(script) == "rgb(21, 24, 28)"


def test_paper_has_everything_open_and_nothing_cut(page):
    emulate(page, media="print")
    resize(page, 680, 900)  # about the width between the margins of A4 at 96 dpi
    assert not page.find_element("css selector", "#filters label").is_displayed()
    assert page.find_element("css selector", "#filters output").is_displayed()  # how many of all claims are here
    page.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    page.execute_script("""
        const cells = (tag) => Array(13).fill(`<${tag}>multi30k-anchor, transformer</${tag}>`).join('');
        const table = `<table class="numbers"><thead><tr>${cells('th')}</tr></thead><tr>${cells('td')}</tr></table>`;
        document.querySelector('main .scroll').insertAdjacentHTML('afterend', `<div class="scroll">${table}</div>`);
    """)  # as wide as Table 2 with twelve models
    closed = page.execute_script(
        "return [...document.querySelectorAll('main .about')].filter(e => e.getBoundingClientRect().height < 1).length"
    )
    assert closed == 0
    cut = page.execute_script("""
        const limit = document.documentElement.clientWidth + 1;
        const boxes = [...document.querySelectorAll('main table, main .scroll, main pre, main code, main svg')];
        const hides = (e) => e.matches('.scroll, pre') && getComputedStyle(e).overflowX !== 'visible';
        const cut = boxes.filter(e => hides(e) || e.getBoundingClientRect().right > limit);
        return cut.map(e => e.outerHTML.slice(0, 120));
    """)
    assert cut == []
    kept = page.execute_script("""
        const rows = [...document.querySelectorAll('tr, .claim summary')];
        return [...new Set(rows.map(e => getComputedStyle(e).breakInside))];
    """)
    assert kept == ["avoid"]
    pdf = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") > 3
