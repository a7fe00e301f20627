"""A comparison as a self-contained page that opens from disk."""

import base64
from collections.abc import Sequence

from repro.comparison.curves import have_curves, picture
from repro.comparison.recorded_run import RecordedRun
from repro.streams import in_one_line
from repro.table import Part
from repro.templates import environment, template_file

PACKAGE = "repro.comparison"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The page's security policy: it may only show its own content, whatever the records hold."""


def page(runs: Sequence[RecordedRun], parts: Sequence[Part]) -> str:
    """The page: the learning curves, where there are any, then tables and sentences.

    Args:
        runs: what is compared.
        parts: as `overview` gives them.
    """
    drawing = base64.b64encode(picture(runs, "svg")).decode() if have_curves(runs) else None
    return (
        environment(PACKAGE)
        .get_template("page.html.j2")
        .render(
            policy=POLICY,
            styles=template_file(PACKAGE, "page.css"),
            drawing=drawing,
            parts=[_part(part) for part in parts],
        )
    )


def _part(part: Part) -> dict[str, object]:
    if isinstance(part, str):
        return {"lines": part.split("\n")}
    head, *body = ([in_one_line(cell) for cell in row] for row in part.rows)
    return {"head": head, "body": body, "sides": ["right" if side == ">" else "left" for side in part.sides]}
