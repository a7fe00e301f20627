"""The walk and the explorer in a real browser: from disk, without a network, on a screen, a phone and paper."""

import base64
import time
from itertools import product

import pytest

from repro.inspection import inspect_network
from tests.browser import (
    EVIL,
    complaints,
    emulate,
    needs_browser,
    open_file,
    requests,
    resize,
    start_over,
    too_wide,
)
from tests.inspection.conftest import SENTENCE
from tests.representatives import others_slow

pytestmark = needs_browser


@pytest.fixture(scope="module")
def built(tmp_path_factory, make, vocabulary):
    root = tmp_path_factory.mktemp("walk")
    inspection = inspect_network(make(), vocabulary, SENTENCE)
    inspection.save(root / "en.html")
    inspection.save(root / "ko.html", "ko")
    inspect_network(make(encoder="convolution"), vocabulary, SENTENCE).save(root / "convolution.html")
    inspect_network(make(compatibility="additive"), vocabulary, SENTENCE).save(root / "additive.html")
    inspect_network(make(), vocabulary, " ".join(["cat"] * 44)).save(root / "long.html")
    (root / "notebook.html").write_text(f"<!doctype html><meta charset=utf-8>{inspection._repr_html_()}")
    content = inspect_network(make(), vocabulary, SENTENCE).content
    content["sentence"] = content["translation"] = content["model"]["checkpoint"] = EVIL
    for side in (content["encoder"], content["decoder"]):
        side["pieces"] = [EVIL] * len(side["pieces"])
    content["decoder"]["next"] = [[[EVIL, p] for _, p in best] for best in content["decoder"]["next"]]
    type(inspection)(content).save(root / "evil.html")
    return root


@pytest.fixture
def walk(chromium, built):
    start_over(chromium)
    open_file(chromium, built / "en.html")
    yield chromium
    time.sleep(0.1)
    assert complaints(chromium) == []
    assert requests(chromium) == []


def choose(driver, name, value):
    script = """
        const field = document.querySelector('.inspection-controls').elements[arguments[0]];
        field.value = arguments[1];
        field.dispatchEvent(new Event('change', {bubbles: true}));
    """
    driver.execute_script(script, name, value)


def drawn(driver, step):
    """What a step shows, but for what is under the pointer."""
    return driver.find_element("css selector", f'[data-step="{step}"] [data-figures]').get_attribute("innerHTML")


def figures(driver, step):
    return driver.find_elements("css selector", f'[data-step="{step}"] figure')


def point_at(driver, svg, row, column, kind="pointermove"):
    """Point at a cell of a map as a reader does: at its middle, on the screen."""
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    script = """
        const [svg, row, column, kind] = arguments;
        const frame = svg.querySelector('.inspection-frame').getBoundingClientRect();
        const cell = svg.querySelector('.inspection-cursor');
        const unit = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const x = frame.left + (column + 0.5) * cell.width.baseVal.value * unit;
        const y = frame.top + (row + 0.5) * cell.height.baseVal.value * unit;
        svg.dispatchEvent(new PointerEvent(kind, {clientX: x, clientY: y, bubbles: true, pointerType: 'mouse'}));
    """
    driver.execute_script(script, svg, row, column, kind)


def read(figure):
    return figure.find_element("css selector", "output").text


def content(driver):
    return driver.execute_script("return JSON.parse(document.querySelector('[data-content]').textContent)")


def test_all_steps_are_drawn(walk):
    counts = {name: len(figures(walk, name)) for name in ("embedding", "qkv", "scores", "values", "concat", "layer")}
    assert counts == {"embedding": 3, "qkv": 4, "scores": 4, "values": 1, "concat": 2, "layer": 5}
    assert len(walk.find_elements("css selector", ".inspection-thumb")) == 3 * 2 * 3
    assert not walk.find_element("css selector", "noscript").is_displayed()


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("layer", {"qkv", "scores", "values", "concat", "layer"}),
        ("head", {"qkv", "scores", "values", "concat"}),
        ("stack", {"tokens", "embedding", "qkv", "scores", "values", "concat", "layer"}),
    ],
)
def test_a_choice_changes_the_steps_that_depend_on_it(walk, name, changed):
    steps = ("tokens", "embedding", "qkv", "scores", "values", "concat", "layer", "next")
    before = {step: drawn(walk, step) for step in steps}
    choose(walk, name, "1")
    assert {step for step in steps if drawn(walk, step) != before[step]} == changed


@pytest.mark.parametrize(
    ("stack", "side", "place"), others_slow([("0", "encoder", 0), ("1", "decoder", 0), ("2", "decoder", 1)], [2])
)
def test_pointing_reads_the_numbers_of_the_data(walk, stack, side, place):
    data = content(walk)
    choose(walk, "stack", stack)
    choose(walk, "layer", "1")
    choose(walk, "head", "2")
    attention = data[side]["layers"][1][place]["attention"]
    keys = data["encoder" if stack != "1" else "decoder"]["pieces"]
    scores, scaled, masked, weights = figures(walk, "scores")
    for figure, value in (
        (scores, attention["scores"][2][2][1]),
        (scaled, attention["scores"][2][2][1] * attention["scale"]),
        (masked, attention["scores"][2][2][1] * attention["scale"]),
        (weights, attention["weights"][2][2][1]),
    ):
        point_at(walk, figure.find_element("css selector", "svg"), 2, 1)
        said, _, number = read(figure).rpartition(": ")
        assert float(number.replace("−", "-")) == pytest.approx(value, rel=1e-3)
        names = (data[side]["pieces"][2], keys[1])
        assert said == "{} looks at {}".format(*(name.replace("▁", "·") for name in names))
    Q = figures(walk, "qkv")[1]
    point_at(walk, Q.find_element("css selector", "svg"), 2, 3)
    assert read(Q).split(", number 4: ")[1].replace("−", "-") == f"{attention['Q'][2][2][3]:.4g}"


def test_the_mask_can_be_taken_off(walk):
    field = walk.find_element("css selector", "input[name=mask]")
    assert not field.is_enabled()
    choose(walk, "stack", "1")
    assert field.is_enabled()
    masked, weights = figures(walk, "scores")[2:]
    assert len(masked.find_elements("css selector", ".inspection-closed")) == 1
    point_at(walk, masked.find_element("css selector", "svg"), 0, 2)
    assert "may not see" in read(masked)
    before = drawn(walk, "values")
    field.click()
    attention = content(walk)["decoder"]["layers"][0][0]["attention"]
    masked, weights = figures(walk, "scores")[2:]
    assert masked.find_elements("css selector", ".inspection-closed") == []
    row = [score * attention["scale"] for score in attention["scores"][0][0]]
    share = 2.718281828459045 ** row[2] / sum(2.718281828459045**score for score in row)
    point_at(walk, weights.find_element("css selector", "svg"), 0, 2)
    assert float(read(weights).rpartition(": ")[2]) == pytest.approx(share, rel=2e-3)
    assert drawn(walk, "values") != before
    field.click()
    assert drawn(walk, "values") == before
    choose(walk, "stack", "2")
    assert not field.is_enabled()


def test_the_scaling_can_be_taken_off_and_the_mask_stays(walk):
    choose(walk, "stack", "1")
    field = walk.find_element("css selector", "input[name=scaling]")
    before = drawn(walk, "scores"), drawn(walk, "values")
    field.click()
    attention = content(walk)["decoder"]["layers"][0][0]["attention"]
    _, scaled, masked, weights = figures(walk, "scores")
    point_at(walk, scaled.find_element("css selector", "svg"), 2, 1)
    assert float(read(scaled).rpartition(": ")[2].replace("−", "-")) == pytest.approx(
        attention["scores"][0][2][1], rel=1e-3
    )
    assert len(masked.find_elements("css selector", ".inspection-closed")) == 1
    seen = [2.718281828459045**score for score in attention["scores"][0][2][:3]]
    point_at(walk, weights.find_element("css selector", "svg"), 2, 1)
    assert float(read(weights).rpartition(": ")[2]) == pytest.approx(seen[1] / sum(seen), rel=2e-3)
    assert drawn(walk, "values") != before[1]
    field.click()
    assert (drawn(walk, "scores"), drawn(walk, "values")) == before


def test_a_row_is_followed_by_mouse_and_keyboard(walk):
    svg = figures(walk, "scores")[3].find_element("css selector", "svg")
    point_at(walk, svg, 3, 0, "click")
    token = walk.find_element("css selector", "select[name=token]")
    assert token.get_attribute("value") == "3"
    assert read(figures(walk, "scores")[3])
    svg = figures(walk, "scores")[0].find_element("css selector", "svg")
    walk.execute_script("arguments[0].focus()", svg)
    for key in ("\ue013", "\ue013", "\ue014"):  # up, up, right
        svg.send_keys(key)
    data = content(walk)["encoder"]
    expected = data["layers"][0][0]["attention"]["scores"][0][1][1]
    said = read(figures(walk, "scores")[0])
    assert float(said.rpartition(": ")[2].replace("−", "-")) == pytest.approx(expected, rel=1e-3)
    svg.send_keys("\ue007")
    assert token.get_attribute("value") == "1"
    again = figures(walk, "scores")[0]  # drawn anew: the reader is where they were, and sees what they read
    assert walk.execute_script("return document.activeElement", again) == again.find_element("css selector", "svg")
    assert read(again) == said


def test_the_next_token_step_by_step(walk):
    decoder = content(walk)["decoder"]
    slider = walk.find_element("css selector", '[data-step="next"] input')
    for position in (1, 3):
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
        walk.execute_script(script, slider, position)
        place = walk.find_element("css selector", "[data-place]")
        assert len(place.find_elements("css selector", ".inspection-token")) == position
        shown = [float(each.text) for each in place.find_elements("css selector", "dd:nth-of-type(2n)")]
        assert shown[:8] == pytest.approx([p for _, p in decoder["next"][position - 1]], abs=1e-9)
        chosen = place.find_element("css selector", "[data-chosen]").text
        assert chosen.startswith(decoder["written"][position - 1][0].replace("▁", "·"))


def test_the_explorer_enlarges_and_leads_back_to_the_walk(walk):
    thumbs = walk.find_elements("css selector", ".inspection-thumb")
    thumb = thumbs[2 * 6 + 3 + 1]
    walk.execute_script("arguments[0].focus()", thumb)
    thumb.send_keys("\n")
    assert [each.get_attribute("aria-pressed") for each in thumbs].count("true") == 1
    large = walk.find_element("css selector", ".inspection-large")
    assert "decoder, over the encoder’s output, layer 2, head 2" in large.text
    weights = content(walk)["decoder"]["layers"][1][1]["attention"]["weights"][1]
    point_at(walk, large.find_element("css selector", "svg"), 1, 2)
    assert float(read(large).rpartition(": ")[2]) == pytest.approx(weights[1][2], rel=1e-3)
    large.find_element("css selector", "button").click()
    chosen = walk.execute_script(
        "const f = document.querySelector('.inspection-controls').elements;"
        "return ['stack', 'layer', 'head'].map(name => f[name].value)"
    )
    assert chosen == ["2", "1", "1"]


def test_without_encoder_attention_the_rest_is_shown(walk, built):
    open_file(walk, built / "convolution.html")
    assert len(walk.find_elements("css selector", ".inspection-thumb")) == 2 * 2 * 3
    assert "no queries, keys, values and heads" in walk.find_element("css selector", ".inspection").text


def test_additive_attention_is_shown_without_a_scale(walk, built):
    open_file(walk, built / "additive.html")
    captions = [each.find_element("css selector", "figcaption").text for each in figures(walk, "scores")]
    assert len(captions) == 3
    assert "tanh(q + k)" in captions[0]
    assert not walk.find_element("css selector", "input[name=scaling]").is_enabled()
    assert "v_a" in walk.find_element("css selector", '[data-step="scores"]').text


def test_a_notebook_frame_works(walk, built):
    open_file(walk, built / "notebook.html")
    walk.switch_to.frame(walk.find_element("css selector", "iframe"))
    assert len(figures(walk, "scores")) == 4
    walk.switch_to.default_content()


def test_no_token_becomes_markup(walk, built):
    open_file(walk, built / "evil.html")
    choose(walk, "stack", "1")
    for figure in figures(walk, "scores"):
        point_at(walk, figure.find_element("css selector", "svg"), 0, 0)
    time.sleep(0.2)
    assert walk.title == "One sentence, step by step"
    assert walk.find_elements("css selector", "img") == []
    assert EVIL in read(figures(walk, "scores")[3])


@pytest.mark.parametrize(
    ("name", "width"), others_slow(product(["en", "ko", "long", "evil"], [390, 768, 1440]), [5, 6])
)
def test_nothing_overflows(walk, built, name, width):
    resize(walk, width, 844)
    open_file(walk, built / f"{name}.html")
    for stack in ("0", "2"):
        choose(walk, "stack", stack)
        assert too_wide(walk) == []


def test_dark_is_dark_and_paper_is_whole(walk, built):
    colour = "return getComputedStyle(document.querySelector('.above')).fill"
    light = walk.execute_script(colour)
    emulate(walk, scheme="dark")
    assert walk.execute_script(colour) != light
    emulate(walk, scheme="dark", media="print")
    assert walk.execute_script(colour) == light
    resize(walk, 680, 900)  # about the width between the margins of A4
    open_file(walk, built / "long.html")
    cut = walk.execute_script("""
        const limit = document.documentElement.clientWidth + 1;
        const scrolls = (e) => e.matches('.inspection-scroll') && getComputedStyle(e).overflowX !== 'visible';
        const boxes = [...document.querySelectorAll('.inspection-scroll, svg')];
        return boxes.filter(e => scrolls(e) || e.getBoundingClientRect().right > limit).length;
    """)
    assert cut == 0
    pdf = base64.b64decode(walk.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert pdf.startswith(b"%PDF")
