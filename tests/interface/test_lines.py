"""Lines of a program: what is a line, and what is refused."""

import pytest

from repro.errors import BadInput
from repro.interface.lines import checked_lines


def test_ends_of_lines_are_left_out_and_any_iterable_will_do() -> None:
    assert checked_lines(iter(["a\n", "b\r\n", "", "c"])) == ["a", "b", "", "c"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("text", "references is one text; give a list"),
        (b"text", "references is b'text'; give a list"),
        (None, "references is None; give a list"),
        (["a", b"b"], "references, line 2 is b'b', which is not text"),
        (["a\nb"], "references, line 1 has a line feed in it"),
        (["a", "\udc80"], r"references, line 2 has '\\udc80', which is no character of UTF-8"),
    ],
)
def test_anything_else_is_refused(lines: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        checked_lines(lines, "references")
