"""Columns of equal width, aligned as asked; and other formats, in which text stays text whatever it holds."""

import csv
import html
import io
import re

import pytest
from markdown_it import MarkdownIt

from repro.table import FORMATS, LATEX, Table, formatted, table

HOSTILE = [
    "a|b",
    "a & b",
    "<script>alert(1)</script>",
    "[x](javascript:1)",
    "![x](y)",
    "`code`",
    "**bold** _x_ ~~y~~",
    "&lt;",
    "\\| \\",
    "$x$ 50% #1 {a} ^2 ~",
    '"quoted", and more',
    "line\nfeed\ttab\rreturn",
    "=1+1",
    "# no heading",
    "1. no list",
    "- no list",
    "d_model=512",
    "-0.5",
    "é 日本",
    "",
]


def test_columns_are_as_wide_as_their_widest_cell():
    assert table([["a", "bb", "c"], ["ddd", "e", ""]]) == "a    bb  c\nddd  e"


def test_columns_may_be_aligned_right():
    assert table([["name", "value"], ["x", "1.00"], ["long", "10.00"]], "<>") == (
        "name  value\nx      1.00\nlong  10.00"
    )


@pytest.mark.parametrize("format", FORMATS)
def test_rows_of_unequal_length_are_refused(format):
    with pytest.raises(ValueError, match=r"argument 2 is shorter|rows have"):
        formatted([Table([["a", "b"], ["c"]])], format)


def in_one_line(text: str) -> str:
    """What a table shows of a text."""
    return text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\x0d")


def test_text_format_is_the_table_between_the_sentences():
    assert formatted(["title", Table([["a"], ["1"]], ">"), "end"], "text") == "title\n\na\n1\n\nend"


def test_csv_has_the_ends_of_intervals_in_columns_of_their_own():
    rows = [
        ["row", "difference", "95% interval", "one more run", "note"],
        ["base", "", "", "-", "1 to 2"],
        ["a", "+1", "-3.56 +3.56", "1,026.9 to 1,029.5", "text"],
    ]
    assert list(csv.reader(io.StringIO(formatted([Table(rows)], "csv")))) == [
        ["row", "difference", "95% interval low", "95% interval high", "one more run low", "one more run high", "note"],
        ["base", "", "", "", "-", "-", "1 to 2"],
        ["a", "+1", "-3.56", "+3.56", "1026.9", "1029.5", "text"],
    ]
    assert "-3.56 +3.56" in formatted([Table(rows)], "text")


def test_csv_is_read_back_as_it_was_but_for_formulas():
    text = formatted(["a sentence", Table([["name", "text"], *([str(i), it] for i, it in enumerate(HOSTILE))])], "csv")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["name", "text"]
    for (_, found), given in zip(rows[1:], HOSTILE, strict=True):
        assert found == given or found.removeprefix("'") == in_one_line(given)
        assert not re.match(r"[=@\t\r]", found)
        if found.startswith(("+", "-")):
            float(found)


@pytest.mark.parametrize("number", ["-0.5", "+12.25", "-1,234", "+1e-05", "7"])
def test_csv_keeps_numbers_that_begin_with_a_sign(number):
    assert list(csv.reader(io.StringIO(formatted([Table([["a"], [number]])], "csv")))) == [["a"], [number]]


def test_markdown_is_rendered_as_the_text_that_it_was():
    """By another's renderer, with tables and strikethrough on."""
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    content = [["#", "text"], *([str(place), text] for place, text in enumerate(HOSTILE))]
    page = rendered.render(formatted([Table(content, "><")], "markdown"))
    cells = [html.unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page)]
    assert cells == [cell for row in content for cell in (row[0], in_one_line(row[1]))]
    assert page.count('style="text-align:right"') == len(content)


@pytest.mark.parametrize("text", [it for it in HOSTILE if it and "\n" not in it])
def test_a_sentence_in_markdown_is_a_paragraph_with_its_text(text):
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(formatted([text], "markdown"))
    (said,) = re.fullmatch(r"<p>(.*)</p>\n", page).groups()
    assert html.unescape(said) == in_one_line(text)


def test_lines_of_a_sentence_stay_lines_in_markdown():
    page = MarkdownIt("commonmark").render(formatted(["one\n===\n\nanother"], "markdown"))
    assert page == "<p>one<br />\n===</p>\n<p>another</p>\n"


def read_latex(cell: str) -> str:
    """What LaTeX would print: each escape is its sign, and nothing else may be special."""
    signs = {escape: letter for letter, escape in LATEX.items()}
    longest_first = sorted(map(re.escape, signs), key=len, reverse=True)
    rest = re.sub("|".join(longest_first), "", cell.replace("-{}", "-"))
    assert not re.search(r"[\\&%$#_{}~^<>|\"`'\[*]", rest), cell
    return re.sub("|".join(longest_first), lambda it: signs[it[0]], cell.replace("-{}", "-"))


def test_latex_prints_the_text_that_it_was():
    content = [["text", "more"], *([it, "x"] for it in HOSTILE)]
    first, rule, *rows, last = formatted([Table(content, "<>")], "latex").split("\n")
    assert (first, rule, last) == (r"\begin{tabular}{lr}", r"\hline", r"\end{tabular}")
    found = [row.removesuffix(r" & x \\") for row in rows if row.endswith(r" & x \\")]
    assert found[HOSTILE.index("-0.5")] == "$-0.5$"
    for cell, text in zip(found, HOSTILE, strict=True):
        if text != "-0.5":
            assert read_latex(cell) == in_one_line(text)


def test_latex_keeps_signs_apart_that_it_would_join():
    assert formatted([Table([["a"], ["x--y"], ["?`"], ["-1,000"], ["-2 +0.5"]])], "latex").split("\n")[4:8] == [
        r"x-{}-y \\",
        r"?\textasciigrave{} \\",
        r"$-1{,}000$ \\",
        r"$-2$ $+0.5$ \\",
    ]


def test_sentences_are_comments_in_latex():
    text = formatted(["one\ntwo \\input{x}", Table([["a"]])], "latex")
    assert text.startswith("% one\n% two \\input{x}\n\n\\begin")
