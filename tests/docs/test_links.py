"""Each link leads to a file that is there, and to a heading that it has."""

from pathlib import Path

import pytest

from tests.docs.pages import FOR_USERS, PAGES, README, ROOT, anchors, links, project_path

OUTSIDE = ("http://", "https://", "mailto:")


@pytest.mark.parametrize("page", FOR_USERS, ids=project_path)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(OUTSIDE):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{project_path(page)}: {link}"
        assert target.is_relative_to(ROOT), f"{project_path(page)}: {link} leaves the project"
        if anchor:
            assert anchor in anchors(target), f"{project_path(page)}: {link} names no heading"


def test_every_page_can_be_reached_from_the_front_page() -> None:
    reached, todo = set(), [README]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = ((page.parent / link.partition("#")[0]).resolve() for link in links(page))
        todo += [target for target in targets if target in PAGES]
    assert reached == set(PAGES)


@pytest.mark.parametrize(
    ("question", "file", "text"),
    [
        ("where is eq. 1?", "repro/models/dot_product_attention.py", "sqrt(d_k)"),
        ("how do I add an ablation?", "docs/ablations.md", "## A grid of your own"),
        ("how do I add a claim from my own paper?", "docs/claims.md", "## An example"),
        ("how do I train on my files?", "docs/running.md", "## Your own files"),
        ("what does inconclusive mean?", "docs/report.md", "**Inconclusive**"),
    ],
)
def test_a_question_is_answered_within_two_links(question: str, file: str, text: str) -> None:
    first = {(README.parent / link.partition("#")[0]).resolve() for link in links(README)}
    second = {
        (page.parent / link.partition("#")[0]).resolve() for page in first if page in PAGES for link in links(page)
    }
    assert ROOT / file in first | second, question
    assert text in (ROOT / file).read_text(), question
