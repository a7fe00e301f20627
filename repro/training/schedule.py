"""The learning rate schedule (section 5.3, eq. 3)."""


def learning_rate(step: int, d_model: int, warmup: int, factor: float = 1.0) -> float:
    """factor * d_model^-0.5 * min(step^-0.5, step * warmup^-1.5).

    Args:
        step: the update about to be made, counted from 1.
        d_model: width of the model.
        warmup: updates of linear growth; 4,000 in the paper.
        factor: 1 in the paper; tensor2tensor's later settings have 2.
    """
    if step < 1:
        raise ValueError(f"step is {step}; updates are counted from 1")
    return factor * d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)


def factor_for_peak(peak: float, d_model: int, warmup: int) -> float:
    """The factor with which the schedule's largest value, reached at step `warmup`, is `peak`."""
    return peak / learning_rate(warmup, d_model, warmup)
