"""The texts of the figures, and the tables around them by templates that escape what comes from records."""

from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import jinja2
from markupsafe import Markup

from reports.numbers import about, percent
from repro.templates import environment
from repro.texts import texts_of


@cache
def figure_texts(language: str) -> Mapping[str, str]:
    """All texts of the figures in a language, and under `language` which one it is."""
    texts = {**texts_of("reports.figures", language), **texts_of("reports.figures.explanation", language)}
    return {**texts, "language": language}


def render(template: str, language: str, **values: Any) -> Markup:
    """A template of this folder; the texts of the language are `t` in it."""
    texts = SimpleNamespace(**figure_texts(language))
    return Markup(_templates().get_template(f"{template}.html.j2").render(t=texts, **values))


@cache
def _templates() -> jinja2.Environment:
    templates = environment("reports.figures")
    templates.filters["about"] = about
    templates.filters["percent"] = percent
    return templates
