"""Links without a target: refused in a sentence, and the former report stays."""

import re

import pytest

from reports import build as module
from reports.build import WRITERS, build
from reports.page.links import check_links
from repro.errors import BadInput
from tests.reports.golden_report import golden_records
from tests.reports.records import write

FILES = ["index.html", "claims.json"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<a href="#nowhere">x</a>', "#nowhere, which is not on the page"),
        ('<svg><use href="#sign-x"/></svg>', "#sign-x"),
        ('<p aria-labelledby="a b" id="a">x</p>', "#b, which is not"),
        ('<a href="other.html">x</a>', "'other.html', which is not a file of the report"),
        ('<a href="other.html#id">x</a>', "'other.html#id', which is not a file of the report"),
        ('<a href="javascript:alert(1)">x</a>', "javascript"),
        ('<a href="http://example.org">x</a>', "http://example.org"),
        ('<p id="a"></p><p id="a"></p>', "two parts with the id a"),
        ('<img src="https://example.org/x.png">', "would fetch 'https://example.org/x.png'"),
        ('<script src="x.js"></script>', "would fetch 'x.js'"),
        ('<SCRIPT SRC="x.js">if (a < b) { c() }</SCRIPT>', "would fetch 'x.js'"),
        ('<p title="a > b" id=a></p><a title=\'"\' href=#b>x</a>', "#b, which is not"),
        ('<a class="b"href="#nowhere">x</a>', "#nowhere"),
        ("<p title=it's><a href=#nowhere>x</a></p>", "#nowhere"),
        ('<script data-a="x>y" src="x.js"></script>', "would fetch 'x.js'"),
        ('<p title="<style>"><a href="#nowhere">x</a><style>a{}</style></p>', "#nowhere"),
        ("<a href>x</a>", "'', which is not a file"),
        ('<style>a > b { c: "<" }</style><a\nhref="#nowhere">x</a>', "#nowhere"),
    ],
)
def test_a_link_without_target_is_refused_in_a_sentence(body, message):
    with pytest.raises(BadInput, match=re.escape(message)) as caught:
        check_links("index.html", body, FILES)
    assert "\n" not in str(caught.value)


def test_links_with_targets_are_not():
    body = '<p id="a"></p><a href="#a">x</a><a href="claims.json">x</a><a href="https://arxiv.org/abs/1">x</a>'
    script = '<script>const made = `<a href="#later">`; if (a < b) { c() }</script>'
    script += '<!-- <a href="#nowhere"> -->'
    check_links("index.html", script + body + '<img src="data:image/png;base64,">', FILES)


def test_a_page_with_a_tag_that_never_ends_takes_no_time():
    check_links("index.html", "<a " + "href=x " * 100_000, FILES)


def test_a_broken_link_leaves_the_former_report_whole(tmp_path, monkeypatch):
    for record in golden_records()[:3]:
        write(tmp_path / "runs", record)
    build([tmp_path / "runs"], tmp_path / "out")
    before = {name: (tmp_path / "out" / name).read_bytes() for name in WRITERS}
    broken = {**WRITERS, "index.html": lambda report, language: '<a href="#gone">x</a>'}
    monkeypatch.setattr(module, "WRITERS", broken)
    write(tmp_path / "runs", golden_records()[7])
    with pytest.raises(BadInput, match="#gone"):
        build([tmp_path / "runs"], tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in WRITERS} == before
