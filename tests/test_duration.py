import pytest

from repro.duration import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (42, "42 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (3 * 86400, "3.0 days")],
)
def test_durations(seconds, said):
    assert duration(seconds) == said
