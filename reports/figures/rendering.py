"""The tables and texts around the figures, by templates that escape what comes from records."""

from functools import cache
from types import SimpleNamespace
from typing import Any

import jinja2
from markupsafe import Markup

from reports.figures.words import FIGURES


def render(template: str, language: str, **values: Any) -> Markup:
    """A template of this folder; the texts of the language are `t` in it."""
    texts = SimpleNamespace(**FIGURES[language])
    return Markup(_templates().get_template(f"{template}.html.j2").render(t=texts, **values))


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("reports.figures"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
