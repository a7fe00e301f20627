"""A text in which two words stand in the same places and others do not, for word vectors."""

import random
from pathlib import Path

TWINS = ("cat", "dog")
"""Whatever is said of one is said of the other."""
STRANGER = "shares"


def write_planted_text(path: Path, lines: int = 600) -> Path:
    """One sentence a line, of animals or of money in turn."""
    draw = random.Random(3)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(lines):
            verb, place = draw.choice(("chased", "watched", "bit")), draw.choice(("garden", "house", "yard"))
            file.write(f"the {draw.choice(TWINS)} {verb} a mouse in our {place}\n")
            moved, day = draw.choice(("rose", "fell")), draw.choice(("monday", "friday"))
            file.write(f"{STRANGER} {moved} on {day} after strong earnings news\n")
    return path
