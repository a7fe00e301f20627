"""A claim as a file has it, to be changed."""

import copy

FILE = {
    "paper": {"key": "someone2017", "title": "Some", "venue": "here", "arxiv": "1700.00001"},
    "source": "the paper's text",
    "waits": {"summaries": "not built yet"},
}


CLAIM = {
    "id": "a",
    "place": "Section 3.5",
    "section": "3.5",
    "says": "It needs positions.",
    "published": {"text": "25.8 BLEU", "value": 25.8, "base": 25.0, "unit": "BLEU"},
    "test": {"rule": "worse", "grid": "essentials", "row": "no-positions"},
    "decides_at": ["builtin"],
}


def changed(claim=CLAIM, **changes):
    """The claim with other values; "test.row" is a key of the test, and None takes a key away."""
    made = copy.deepcopy(claim)
    for name, value in changes.items():
        *way, last = name.split("__")
        inner = made
        for part in way:
            inner = inner[part]
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return made
