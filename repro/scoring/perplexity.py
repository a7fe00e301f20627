"""Per-token perplexity, the paper's development measure (table 3)."""

import math

from repro.scoring.metric import Metric


def perplexity(negative_log_likelihood: float, tokens: int) -> Metric:
    """exp of the mean negative log likelihood of the target tokens, without label smoothing.

    Like the paper's (caption of table 3) it is per wordpiece and not to be compared with one per word, nor
    with one under another vocabulary.

    Args:
        negative_log_likelihood: summed over all target tokens, in nats.
        tokens: how many target tokens those are, each sentence's end of sentence included, padding excluded.

    Returns:
        A metric whose value is None, with the reason in its details, where the likelihood is not a finite
        number or its exponential exceeds the largest double (a mean above 709.78 nats).

    Raises:
        ValueError: no tokens, or a negative sum, which no probabilities have.
    """
    if tokens < 1:
        raise ValueError(f"perplexity needs target tokens, not {tokens}")
    if negative_log_likelihood < 0:
        raise ValueError(f"a negative log likelihood is at least 0, not {negative_log_likelihood}")
    details: dict[str, object] = {}
    value: float | None = None
    if math.isfinite(negative_log_likelihood):
        details["nats_per_token"] = mean = negative_log_likelihood / tokens
        try:
            value = math.exp(mean)
        except OverflowError:
            details["reason"] = f"exp({mean:.6g}) overflows a double"
    else:
        details["reason"] = f"the negative log likelihood is {negative_log_likelihood}"
    return Metric(
        "perplexity",
        value,
        "per target token",
        "Exponential of the mean negative log likelihood (no label smoothing) of the target's wordpieces and "
        "ends of sentence.",
        reference_tokens=tokens,
        details=details,
    )
