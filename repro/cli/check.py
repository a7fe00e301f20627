"""`repro check`: what the paper's text and equations say, against what the implementation does.

Each check computes both sides on its own: the expected one by NumPy or plain arithmetic from the paper, the
measured one by the code that trains. Models come from the shipped presets, so a wrong number there shows, too.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from repro import files
from repro.console.formats import say_parts
from repro.decoding.length_penalty import length_penalty
from repro.ledger.running.machine import commit
from repro.models import Transformer
from repro.models.attention import MultiHeadAttention
from repro.models.dot_product_attention import fast_attention, scaled_dot_product_attention
from repro.models.loss import label_smoothed_loss
from repro.models.masks import PAD, causal_mask
from repro.models.positions import sinusoidal_table
from repro.presets import preset_path, read_yaml
from repro.table import Format, Table
from repro.training.schedule import learning_rate

V_PAPER = 37_000
"""Types of the shared English-German vocabulary (section 5.1)."""
ROUNDING = 1e-5
"""The largest difference that float32 may make in these small computations."""


@dataclass(frozen=True)
class Check:
    """One line of the table.

    Attributes:
        name: what is looked at.
        expected: what the paper says it is.
        measured: what it is.
        ok: whether the two agree.
        source: section, equation or table of the paper.
    """

    name: str
    expected: str
    measured: str
    ok: bool
    source: str


def check(json: Path | None = None, format: Format = "text") -> int:
    """Print all checks as a table; the exit status is 0 if every one holds, else 1.

    Args:
        json: write them to this file, too, with the code that was checked.
        format: of the table.
    """
    results = [make() for make in CHECKS]
    if json is not None:
        revision, dirty = commit()
        files.write_json(json, {"commit": revision, "dirty": dirty, "checks": [asdict(it) for it in results]})
    rows = [("check", "expected", "measured", "", "paper")]
    rows += [(it.name, it.expected, it.measured, "ok" if it.ok else "NOT OK", it.source) for it in results]
    holding = sum(it.ok for it in results)
    say_parts([Table(rows), f"{holding} of {len(results)} hold"], format)
    return 0 if holding == len(results) else 1


def parameters_of_base() -> Check:
    """65 million in the paper, rounded; the exact number follows from Table 3's sizes."""
    return _parameters("base", 63_045_632)


def parameters_of_big() -> Check:
    """213 million in the paper, rounded."""
    return _parameters("big", 214_171_648)


def _parameters(size: str, expected: int) -> Check:
    with torch.device("meta"):  # shapes without memory
        model = _transformer(f"model/{size}", V_PAPER)
    count = sum(parameter.numel() for parameter in model.parameters())
    name = f"parameters of {size} with {V_PAPER:,} types"
    return Check(name, f"{expected:,}", f"{count:,}", count == expected, "Table 3")


def attention_written_out() -> Check:
    """softmax(QK^T / sqrt(d_k)) V with a causal mask, by the code that can be read."""
    return _attention("attention, written out", lambda *given: scaled_dot_product_attention(*given)[0])


def attention_in_training() -> Check:
    """The same by the quick code that training uses."""
    return _attention("attention, as in training", fast_attention)


def _attention(name: str, attend: Callable[..., torch.Tensor]) -> Check:
    B, h, m, d_k, d_v = 3, 4, 7, 16, 8
    random = np.random.default_rng(1)
    Q, K, V = random.normal(size=(B, h, m, d_k)), random.normal(size=(B, h, m, d_k)), random.normal(size=(B, h, m, d_v))
    scores = np.einsum("bhik,bhjk->bhij", Q, K) / np.sqrt(d_k)
    scores[..., ~np.tri(m, dtype=bool)] = -np.inf
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    expected = np.einsum("bhij,bhjv->bhiv", weights, V)
    given = [torch.tensor(part, dtype=torch.float32) for part in (Q, K, V)]
    measured = attend(*given, causal_mask(m), 1 / math.sqrt(d_k))
    return _near(name, expected, measured, "eq. 1")


def future_is_hidden() -> Check:
    """A change of target token j changes no prediction before position j, and does change the one at j."""
    model, src, tgt = _small_case()
    j = tgt.shape[1] // 2
    other = tgt.clone()
    other[:, j] = 3 + (tgt[:, j] - 2) % (model.V - 3)  # another type at that place
    with torch.inference_mode():
        changed = (model(src, tgt) - model(src, other)).abs().amax(dim=(0, 2))
    before, at_j = float(changed[:j].max()), float(changed[j])
    measured = f"{before:g} before it, {at_j:.2g} from there"
    ok = before == 0 and at_j > 0
    return Check("effect of a later target token", "0 before it, some from there", measured, ok, "3.2.3")


def dot_product_variance() -> Check:
    """Components of unit variance give dot products of variance d_k, which is why eq. 1 divides by its root."""
    model = _transformer("model/base", 10, N=1, unit_variance_qk=True)
    attention = next(part for part in model.modules() if isinstance(part, MultiHeadAttention))
    x = torch.randn(2, 1, 512, 512, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        dots = attention.queries(x[0]) @ attention.keys_values(x[1])[0].transpose(-2, -1)
    variance = float(dots.var())
    ok = abs(variance / 64 - 1) < 0.1
    return Check("Var(q.k), unit-variance q and k", "64", f"{variance:.1f}", ok, "3.2.1, note 4")


def one_embedding() -> Check:
    """Source, target and output layer share one matrix: the only one with a row for each type."""
    V = 1_013  # no other size is this number
    model = _transformer("model/tiny", V)
    matrices = [parameter for parameter in model.parameters() if V in parameter.shape]
    one = len(matrices) == 1 and model.output_weight() is matrices[0] and model.embedding.weight is matrices[0]
    return Check("matrices with a row for each type", "1", f"{len(matrices)}", one, "3.4")


def embedding_variance() -> Check:
    """Multiplied by sqrt(d_model), initial embeddings are as large as the positions added to them."""
    model = _transformer("model/base", 8_000, N=1)
    with torch.inference_mode():
        variance = float(model.embedding(torch.arange(8_000)[None]).var())
    return Check("variance of scaled embeddings", "1.00", f"{variance:.2f}", abs(variance - 1) < 0.02, "3.4")


def positions() -> Check:
    """Spot values of the sinusoids, sines in even and cosines in odd places."""
    d_model = 512
    spots = [(0, 0), (0, 1), (1, 0), (1, 1), (50, 20), (50, 21), (999, 256), (999, 511)]
    expected = []
    for pos, place in spots:
        angle = pos / 10_000 ** (2 * (place // 2) / d_model)
        expected.append(math.cos(angle) if place % 2 else math.sin(angle))
    encodings = sinusoidal_table(1_000, d_model)
    measured = torch.stack([encodings[spot] for spot in spots])
    return _near(f"positional encoding at {len(spots)} spots", np.array(expected), measured, "3.5")


def learning_rate_at_first() -> Check:
    """In the warm-up: d_model^-0.5 * step * warmup^-1.5."""
    return _learning_rate(1, 512**-0.5 * 4000**-1.5)


def learning_rate_at_its_peak() -> Check:
    """Where both branches meet: (d_model * warmup)^-0.5."""
    return _learning_rate(4_000, (512 * 4000) ** -0.5)


def learning_rate_at_last() -> Check:
    """After the warm-up: (d_model * step)^-0.5."""
    return _learning_rate(100_000, (512 * 100_000) ** -0.5)


def _learning_rate(step: int, expected: float) -> Check:
    preset = read_yaml(preset_path("model/base"))["model"]
    rate = learning_rate(step, preset["network"]["init_args"]["d_model"], preset["warmup"], preset["factor"])
    ok = math.isclose(rate, expected, rel_tol=1e-9)
    return Check(f"learning rate at step {step:,}", f"{expected:.4e}", f"{rate:.4e}", ok, "eq. 3")


def adam() -> Check:
    """The optimiser's settings in the preset."""
    preset = read_yaml(preset_path("model/base"))["model"]
    measured = tuple(float(preset[name]) for name in ("beta_1", "beta_2", "adam_epsilon"))
    expected = (0.9, 0.98, 1e-9)
    return Check("Adam's beta_1, beta_2, epsilon", _shown(expected), _shown(measured), measured == expected, "5.3")


def label_smoothing() -> Check:
    """-sum_v q_v log p_v, q being 0.9 on the right type and 0.1 spread over all V; padding counts for nothing."""
    T, V, d_model, eps_ls = 6, 11, 5, 0.1
    random = np.random.default_rng(2)
    states, W = random.normal(size=(T, d_model)), random.normal(size=(V, d_model))
    targets = random.integers(1, V, size=T)
    targets[2] = PAD
    real = targets != PAD
    logits = states @ W.T
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    q = np.full((T, V), eps_ls / V)
    q[np.arange(T), targets] += 1 - eps_ls
    expected = -(q * log_p)[real].sum()
    given = [torch.tensor(part, dtype=torch.float32) for part in (states, W)]
    measured, _ = label_smoothed_loss(given[0], given[1], torch.tensor(targets), eps_ls)
    return _near("label-smoothed loss, nats per token", np.array(expected / real.sum()), measured / real.sum(), "5.4")


def cached_decoding() -> Check:
    """Decoding token by token with kept keys and values gives the logits of the whole sequence at once."""
    model, src, tgt = _small_case()
    with torch.inference_mode():
        state = model.start(src, 1)
        steps = [model.step(tgt[:, j : j + 1], state)[:, 0] for j in range(tgt.shape[1])]
        expected = model(src, tgt)
    return _near("logits of cached decoding", expected.double().numpy(), torch.stack(steps, dim=1), "6.1")


def penalty() -> Check:
    """((5 + |Y|) / 6)^0.6, which the paper takes from Wu et al. 2016."""
    expected, measured = (15 / 6) ** 0.6, float(length_penalty(10.0, 0.6))
    ok = math.isclose(measured, expected, rel_tol=1e-9)
    return Check("length penalty of 10 tokens", f"{expected:.4f}", f"{measured:.4f}", ok, "6.1")


CHECKS: list[Callable[[], Check]] = [
    parameters_of_base,
    parameters_of_big,
    attention_written_out,
    attention_in_training,
    dot_product_variance,
    future_is_hidden,
    one_embedding,
    embedding_variance,
    positions,
    learning_rate_at_first,
    learning_rate_at_its_peak,
    learning_rate_at_last,
    adam,
    label_smoothing,
    cached_decoding,
    penalty,
]
"""In the order of the paper, sizes first."""


def _transformer(preset: str, V: int, **changes: Any) -> Transformer:
    settings = read_yaml(preset_path(preset))["model"]["network"]["init_args"]
    return Transformer(V, **{**settings, **changes}).eval()


def _small_case() -> tuple[Transformer, torch.Tensor, torch.Tensor]:
    """A small model with random source (B, n) and target (B, m) ids, one source shorter than the other."""
    model = _transformer("model/tiny", 50, N=2)
    random = torch.Generator().manual_seed(3)
    src = torch.randint(3, 50, (2, 9), generator=random)
    src[1, 6:] = 0  # padding
    return model, src, torch.randint(3, 50, (2, 8), generator=random)


def _near(name: str, expected: np.ndarray, measured: torch.Tensor, source: str) -> Check:
    """The largest difference between two results, which rounding alone may make."""
    difference = float(np.abs(expected - measured.detach().double().numpy()).max())
    return Check(name, f"difference < {ROUNDING:g}", f"{difference:.1e}", difference < ROUNDING, source)


def _shown(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
