"""The walk and the explorer as HTML: a fragment for a larger page, or a page of its own.

Data stands in the fragment as JSON, and a script draws it; both refer to nothing outside.
"""

import json
from functools import cache
from importlib.resources import files
from types import SimpleNamespace

import jinja2
from markupsafe import Markup

from repro.inspection.content import Content
from repro.inspection.words import TEXTS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""What the page may do: show what it holds, whatever the sentence."""


def fragment(content: Content, language: str) -> str:
    """The walk and the explorer, escaped HTML; `styles` and `script` make it work.

    Args:
        content: as `repro.inspection.content` describes it.
        language: "en" or "ko".
    """
    texts = TEXTS[language]
    return _render(
        "walk.html.j2",
        t=SimpleNamespace(**texts),
        c=content,
        data=_in_script(content),
        texts=_in_script(texts),
        language=language,
    )


def styles() -> str:
    """What goes into a `<style>` once; the page around it sets --ink, --muted, --paper, --sheet, --line, --c1, --c2."""
    return _part("walk.css")


def script() -> str:
    """What goes into a `<script>` after all fragments."""
    return _part("walk.js")


def page(content: Content, language: str) -> str:
    """A whole page that opens from disk."""
    return _render(
        "page.html.j2",
        t=SimpleNamespace(**TEXTS[language]),
        c=content,
        language=language,
        policy=POLICY,
        styles=Markup(_part("page.css") + styles()),
        fragment=Markup(fragment(content, language)),
        script=Markup(script()),
    )


def _in_script(value: object) -> Markup:
    """JSON that no text in it can end the script element of."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _render(template: str, **values: object) -> str:
    return _templates().get_template(template).render(**values)


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("repro.inspection"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _part(name: str) -> str:
    return files("repro.inspection").joinpath("templates", name).read_text(encoding="utf-8")
