"""Words with their weights."""

import re

from reports.figures.explanation import heat_maps


def test_each_word_has_its_weight_and_evidence_is_underlined(found):
    start = found.html.index('<div class="heat">')
    lines = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", found.html[start:], re.DOTALL)
    names = [re.sub(r"<.*", "", head) for head, _ in lines]
    assert names == ["learned", "shuffled", "clauses reordered"]  # weights of the other seed do not fit the words
    words = [re.findall(r'<span( class="planted")?.*?data-w="([\d.]+)">(.*?)</span>', line) for _, line in lines]
    p = ' class="planted"'
    assert words[0] == [(p, "0.640", "dull"), ("", "0.010", ","), ("", "0.000", "but"), (p, "0.350", "bright")]
    assert words[1] == [(p, "0.350", "dull"), ("", "0.000", ","), ("", "0.010", "but"), (p, "0.640", "bright")]
    assert [word for _, _, word in words[2]] == ["bright", ",", "but", "dull"]
    assert [mark for mark, _, _ in words[2]] == [p, "", "", p]
    assert "p(praise) = 0.875" in lines[0][0]
    assert "p(praise) = 0.125" in lines[2][0]


def test_colour_is_the_square_root_of_the_weight():
    assert heat_maps.Word("a", 0.25, False, True).colour == heat_maps.FULL / 2
    assert heat_maps.Word("a", 1.0, False, True).colour == heat_maps.FULL
    assert heat_maps.Word("a", 0.0, False, True).colour == 0
