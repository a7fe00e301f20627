"""Length penalties: the divisor of a hypothesis's log probability before it is compared with others.

The paper uses GNMT's penalty with alpha = 0.6 (section 6.1). Other public code divides by a power of the length
and calls that a length penalty, too: the same alpha means something else there.
"""

from typing import Literal, TypeVar

from torch import Tensor

from repro.errors import BadInput

LengthPenalty = Literal["gnmt", "length", "none"]

STRONGEST = 10.0
"""The largest alpha, either way; far beyond what anyone uses, and far below what overflows."""

Length = TypeVar("Length", float, Tensor)


def check_alpha(alpha: float, name: str = "alpha") -> None:
    """Check a strength before anything is decoded.

    Raises:
        BadInput: it is not a number, or far beyond any use; the message calls it by `name`.
    """
    if not isinstance(alpha, int | float) or not abs(alpha) <= STRONGEST:  # not a number compares as false
        raise BadInput(f"{name} is {alpha!r}; it must be between {-STRONGEST:g} and {STRONGEST:g} (0.6 in the paper)")


def length_penalty(length: Length, alpha: float, kind: LengthPenalty = "gnmt") -> Length:
    """The divisor of a log probability.

    Args:
        length: |Y|, number of tokens with the end symbol.
        alpha: strength; 0 means none, and larger values favour longer hypotheses.
        kind: "gnmt": ((5 + |Y|) / 6)^alpha (Wu et al. 2016, eq. 14); "length": |Y|^alpha, as in fairseq and
            Hugging Face; "none": 1.
    """
    if kind == "none":
        return length**0
    if kind == "length":
        return length**alpha
    return ((5.0 + length) / 6.0) ** alpha
