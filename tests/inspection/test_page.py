"""The page as text: whole by itself, the same each time, with nothing of a sentence that is not text."""

import json
import re
from html.parser import HTMLParser

import pytest

from repro.inspection import fragment, inspect_network, page, script, styles
from repro.inspection.page import POLICY

EVIL = (
    "</script ></script><script>alert(1)</script><img src=x onerror=alert(2)> & \u202eאב🙂\u2028 'a\" {{ 7 * 7 }} {x}"
)


class Reader(HTMLParser):
    """Collects the elements, and the text in each script."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.ids = [], [], []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.scripts[-1] += data


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_needs_nothing_else(inspection, language):
    text = page(inspection.content, language)
    assert POLICY.replace("'", "&#39;") in text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|\bsrc=|@import|url\(", text)
    assert f'<html lang="{language}">' in text
    assert text == page(inspection.content, language)


def test_a_sentence_is_text(make, vocabulary):
    inspection = inspect_network(make(), vocabulary, "a <b>")
    inspection.content["sentence"] = inspection.content["translation"] = EVIL
    inspection.content["model"]["checkpoint"] = EVIL
    inspection.content["encoder"]["pieces"][0] = EVIL
    found = Reader(fragment(inspection.content, "en"))
    assert "img" not in found.elements
    assert len(found.scripts) == 2
    assert json.loads(found.scripts[0]) == inspection.content
    assert not any("<" in text for text in found.scripts)
    assert fragment(inspection.content, "en").count("</script") == 2


def test_a_fragment_fits_into_a_page_that_knows_its_ids(inspection):
    assert all(name.startswith("inspection") for name in Reader(fragment(inspection.content, "ko")).ids)
    assert all(rule.strip().startswith((".inspection", "@media", "}")) for rule in top_level(styles()))
    assert "</script" not in script()


def top_level(css):
    """The lines at which a rule begins, those within `@media` included."""
    return [line for line in css.split("\n") if line.rstrip().endswith("{") or re.match(r"\s*\S.*\{.*\}\s*$", line)]


def test_a_notebook_shows_a_frame_with_the_page(inspection):
    shown = inspection._repr_html_()
    (source,) = [dict(attrs)["srcdoc"] for tag, attrs in tags(shown) if tag == "iframe"]
    assert source == inspection.page()
    assert [tag for tag, _ in tags(shown)] == ["iframe"]
    assert repr(inspection).startswith("Inspection of 'the dog sees a cat' -> ")


def tags(text):
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, attrs))
    parser.feed(text)
    return found


def test_saving(inspection, tmp_path):
    inspection.save(tmp_path / "new" / "walk.html", "ko")
    assert (tmp_path / "new" / "walk.html").read_text(encoding="utf-8") == inspection.page("ko")
