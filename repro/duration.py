"""Durations in human-readable form."""


def duration(seconds: float) -> str:
    """Seconds in words: 42 s, 3 min 5 s, 2 h 10 min, 3.0 days."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole / 86400:.1f} days"
