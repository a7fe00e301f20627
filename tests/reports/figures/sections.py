"""What the tests of figures share."""

import re
from collections.abc import Sequence

from markupsafe import Markup

from reports.claims.claim_file import shipped_claims
from reports.section import Section
from reports.verdicts.report import Report
from reports.verdicts.verdict import judge_claims
from repro.ledger.records.record import Record
from tests.reports.records import records_of


def report_of(records: Sequence[Record]) -> Report:
    records = records_of(list(records))
    return Report(tuple(judge_claims(shipped_claims(), records)), records, "digest")


def text_of(found: Section | None) -> str:
    """What a reader sees, tags and spaces squeezed out."""
    assert found is not None
    return re.sub(r"\s+", " ", Markup(re.sub(r"<[^>]+>", " ", found.html)).unescape())


def cells_of(found: Section | None) -> dict[str, list[str]]:
    """Head of each row of its tables -> texts of its cells."""
    assert found is not None
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', found.html, re.DOTALL)
    return {
        _plain(head): [_plain(cell) for cell in re.findall(r"<td>(.*?)</td>", rest, re.DOTALL)] for head, rest in rows
    }


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", str(Markup(re.sub(r"<[^>]+>", " ", html)).unescape())).strip()


def drawings(found: Section | None) -> list[str]:
    assert found is not None
    return re.findall(r'<svg class="drawing".*?</svg>', found.html, re.DOTALL)


def markers(svg: str) -> dict[str, list[tuple[float, float]]]:
    """Colour -> places of its markers in the drawing, y downwards: closed paths, unlike ends of intervals."""
    closed = {
        name for name, d in re.findall(r'<path id="([^"]+)" d="([^"]+)"', svg) if d.rstrip().lower().endswith("z")
    }
    found: dict[str, list[tuple[float, float]]] = {}
    for name, x, y, style in re.findall(r'<use href="#([^"]+)" x="([-\d.]+)" y="([-\d.]+)" style="([^"]+)"', svg):
        colour = re.search(r"var\((--c\d)\)", style)
        if colour and name in closed and x != "0":  # bands are placed at 0
            found.setdefault(colour[1], []).append((float(x), float(y)))
    return found
