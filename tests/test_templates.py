"""Pages escape markup, show control characters, and refuse a name that is not there."""

import jinja2
import pytest
from markupsafe import Markup

from repro.templates import environment


def made(template: str, **values: object) -> str:
    return environment("repro.inspection").from_string(template).render(**values)


def test_text_is_neither_markup_nor_obeyed() -> None:
    assert made("{{ it }}", it="<b>\x1b[31m\u202e\x9b") == r"&lt;b&gt;\x1b[31m\u202e\x9b"
    assert made('<i title="{{ it }}">', it='"\x00') == r'<i title="&#34;\x00">'


def test_markup_and_numbers_stay() -> None:
    assert made("{{ it }} {{ number }}", it=Markup("<b>"), number=1.5) == "<b> 1.5"


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        made("{{ nothing }}")
