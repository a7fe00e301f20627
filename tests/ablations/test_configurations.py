"""The help of configurations: each field has its line, which names the key where that is another word."""

import re
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest

from ablations.complexity.configuration import Configuration as Complexity
from ablations.explanation.configuration import Configuration as Explanation
from ablations.throughput.configuration import Learning, Preparation, StartUp, Throughput
from repro.dataclass_config import Key


@pytest.mark.parametrize("cls", [Complexity, Explanation, Learning, Preparation, StartUp, Throughput])
def test_every_field_has_its_line(cls: Any) -> None:
    lines = dict(re.findall(r"^        (\w+): (.*)", cls.__doc__, re.MULTILINE))
    assert list(lines) == [field.name for field in fields(cls)]
    types = get_type_hints(cls, include_extras=True)
    keys = {name: extra.name for name, kind in types.items() for extra in get_args(kind) if isinstance(extra, Key)}
    named = {name: found[1] for name, line in lines.items() if (found := re.match(r"key `(\w+)`\. ", line))}
    assert named == keys
