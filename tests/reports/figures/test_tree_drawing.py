"""A tree as a drawing."""

import re
import xml.etree.ElementTree as ET

from reports.figures.tree_drawing import draw_tree, spans
from repro.trees.brackets import read_tree

TREE = read_tree("(S (NP (DT the) (NN <b>cat)) (VP (VBZ sits)))", "a", 1)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter("text")]


def test_words_stand_below_each_other_and_constituents_to_their_left() -> None:
    svg = draw_tree("one", "a tree", TREE)
    assert sorted(texts(svg)) == sorted(["the", "<b>cat", "sits", "NP", "VP", "S"])
    at = {
        element.text: (float(element.get("x")), float(element.get("y"))) for element in ET.fromstring(svg).iter("text")
    }
    assert at["the"][1] < at["<b>cat"][1] < at["sits"][1]
    assert at["S"][0] < at["NP"][0] == at["VP"][0] < at["the"][0] == at["sits"][0]
    assert at["the"][1] < at["NP"][1] < at["<b>cat"][1]
    assert at["VP"][1] == at["sits"][1]
    width, height = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    assert all(x < width and y < height for x, y in at.values())


def test_constituents_that_the_other_tree_lacks_stand_out() -> None:
    other = read_tree("(S (NP (DT the)) (VP (NN <b>cat) (VBZ sits)))", "a", 1)
    assert spans(TREE) == {("S", 0, 3), ("NP", 0, 2), ("VP", 2, 3)}
    svg = draw_tree("one", "a tree", TREE, spans(other))
    bad = [element.text for element in ET.fromstring(svg).iter("text") if "--bad" in (element.get("style") or "")]
    assert sorted(bad) == ["NP", "VP"]
    assert "--bad" not in draw_tree("one", "a tree", TREE, spans(TREE))


def test_text_of_records_is_escaped() -> None:
    svg = draw_tree("a<b", '"<i>', TREE)
    assert "<b>cat" not in svg
    assert "<i>" not in svg
    assert 'id="a-b"' in svg
