"""Numbers in a few figures, for tables, sentences and drawings alike."""


def digits(value: float, sign: str = "") -> str:
    """A number to four digits, but whole where it has more."""
    return f"{value:{sign},.0f}" if 9999.5 <= abs(value) < 1e9 else f"{value:{sign},.4g}"


def percent(share: float) -> str:
    """A share in whole percent; with as many digits as it takes where only rounding would make it 0% or 100%."""
    share = round(share, 9)  # a mean of many ones may be a little less than 1
    texts = (f"{share:.{decimals}%}" for decimals in range(8))
    return next(text for text in texts if share in (0, 1) or float(text[:-1]) not in (0, 100))


def about(value: float) -> str:
    """A number to two figures, written out: 150, 1.5, 0.015."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 else f"{rounded:g}"
