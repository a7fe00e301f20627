"""Cases of one kind: a few run by default, the others with the slow tests."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def others_slow(cases: Iterable[Any], usual: Collection[int], ids: Iterable[str] | None = None) -> list[Any]:
    """The cases for `parametrize`; those whose position is not in `usual` are marked slow.

    Args:
        cases: values, or tuples of values.
        usual: positions of those that run by default; each must be there.
        ids: what the cases are called.
    """
    values = list(cases)
    names = [None] * len(values) if ids is None else list(ids)
    assert set(usual) <= set(range(len(values)))
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            id=name,
            marks=[] if position in usual else pytest.mark.slow,
        )
        for position, (value, name) in enumerate(zip(values, names, strict=True))
    ]
