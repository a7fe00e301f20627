"""How well a network predicts a text, a token: perplexity, the paper's measure (Table 3), its logarithm in nats, and
how often the most likely type is the right one."""

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
    _refuse(negative_log_likelihood, tokens)
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


def nats_per_token(negative_log_likelihood: float, tokens: int, weights: str) -> Metric:
    """The mean negative log likelihood of the target tokens, without label smoothing.

    Beside BLEU, which jumps by two points between seeds of a small model, it tells small effects from none.

    Args:
        negative_log_likelihood: summed over all target tokens, in nats.
        tokens: how many target tokens those are, each sentence's end of sentence included, padding excluded.
        weights: whose they are, for the definition.

    Returns:
        A metric whose value is None, with the reason in its details, where the likelihood is not a finite number.

    Raises:
        ValueError: no tokens, or a negative sum, which no probabilities have.
    """
    _refuse(negative_log_likelihood, tokens)
    finite = math.isfinite(negative_log_likelihood)
    return Metric(
        "nll",
        negative_log_likelihood / tokens if finite else None,
        "nats per target token",
        "Mean negative log likelihood (no label smoothing) of the target's wordpieces and ends of sentence, under "
        f"{weights}.",
        reference_tokens=tokens,
        details={} if finite else {"reason": f"the negative log likelihood is {negative_log_likelihood}"},
    )


def token_accuracy(right: int, tokens: int, weights: str) -> Metric:
    """The share of target tokens whose right type was the most likely, after the right words before them.

    Section 5.4 speaks of accuracy without a definition; this is the usual one.

    Args:
        right: target tokens that were predicted.
        tokens: all of them, each sentence's end of sentence included, padding excluded.
        weights: whose predictions they are, for the definition.

    Raises:
        ValueError: no tokens, or more of them right than there are.
    """
    _refuse(0.0, tokens)
    if not 0 <= right <= tokens:
        raise ValueError(f"right is {right}; it must be from 0 to the {tokens} target tokens")
    return Metric(
        "accuracy",
        right / tokens,
        "share",
        "Share of the target's wordpieces and ends of sentence whose right type was the most likely after the right "
        f"ones before it, under {weights}.",
        reference_tokens=tokens,
    )


def _refuse(negative_log_likelihood: float, tokens: int) -> None:
    if tokens < 1:
        raise ValueError(f"a mean over target tokens needs some, not {tokens}")
    if negative_log_likelihood < 0:
        raise ValueError(f"a negative log likelihood is at least 0, not {negative_log_likelihood}")
