"""The walk and the explorer as HTML: a fragment for a larger page, or a page of its own.

The fragment embeds its data as JSON, and a script draws it; both are self-contained.
"""

import json
from functools import cache
from types import SimpleNamespace

import jinja2
from markupsafe import Markup

from repro.inspection.content import Content
from repro.templates import environment, template_file
from repro.texts import texts_of

PACKAGE = "repro.inspection"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""The page's security policy: it may only show its own content, whatever the sentence."""


def fragment(content: Content, language: str) -> str:
    """The walk and the explorer, escaped HTML; `styles` and `script` make it work.

    Args:
        content: as `repro.inspection.content` describes it.
        language: "en" or "ko".
    """
    texts = texts_of(PACKAGE, language)
    return _render(
        "walk.html.j2",
        t=SimpleNamespace(**texts),
        c=content,
        data=_in_script(content),
        texts=_in_script(texts),
        language=language,
    )


def styles() -> str:
    """The content of one `<style>`; the page around it sets --ink, --muted, --paper, --sheet, --line, --c1, --c2."""
    return template_file(PACKAGE, "walk.css")


def script() -> str:
    """The content of a `<script>` after all fragments."""
    return template_file(PACKAGE, "walk.js")


def page(content: Content, language: str) -> str:
    """A whole page that opens from disk."""
    return _render(
        "page.html.j2",
        t=SimpleNamespace(**texts_of(PACKAGE, language)),
        c=content,
        language=language,
        policy=POLICY,
        styles=Markup(template_file(PACKAGE, "page.css") + styles()),
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
    return environment(PACKAGE)
