"""Numbers in a few figures, for tables, sentences and drawings alike."""


def digits(value: float, sign: str = "") -> str:
    """A number to four digits, but whole where it has more."""
    return f"{value:{sign},.0f}" if 9999.5 <= abs(value) < 1e9 else f"{value:{sign},.4g}"


def about(value: float) -> str:
    """A number to two figures, written out: 150, 1.5, 0.015."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 else f"{rounded:g}"
