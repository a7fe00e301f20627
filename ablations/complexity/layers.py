"""The layers that section 4 compares, each from (B, n, d) to (B, n, d), in three equivalent forms.

- `forward`: the practical form, with fused kernels where torch has them. It is timed.
- `unrolled`: written out as single tensor operations. It is traced, counted and followed.
- `start` and `step`: one position at a time, as in decoding, for layers that see no later position.

No layer has a bias, as in the project's attention. A layer is `causal` if position i sees no position after i:
a recurrent layer always is, the others on request.
"""

from typing import Any, Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.errors import BadInput
from repro.models.attention import Compatibility, MultiHeadAttention
from repro.models.dot_product_attention import scaled_dot_product_attention, weighted_values


class Layer(Protocol):
    """What all layers have in common. States are values of the layer's own; `step` returns the next one."""

    causal: bool

    def __call__(self, x: Tensor) -> Tensor:
        """(B, n, d) -> (B, n, d)."""

    def unrolled(self, x: Tensor) -> Tensor:
        """The same as a call, written out."""

    def start(self, past: Tensor, room: int) -> Any:
        """The state after the positions `past` (B, n, d), with room for so many more."""

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One more position (B, 1, d) -> its output (B, 1, d) and the next state."""

    def parameters(self) -> Any:
        """The weights."""


class SelfAttention(nn.Module):
    """The project's multi-head self-attention, with d_k = d_v = d / h (section 3.2.2)."""

    compatibility: Compatibility = "dot-product"

    def __init__(self, d: int, h: int = 1, causal: bool = False) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(d, h, d // h, d // h, compatibility=self.compatibility)
        self.causal = causal

    def _mask(self, x: Tensor) -> Tensor | None:
        n = x.shape[1]
        return torch.ones(1, 1, n, n, dtype=torch.bool, device=x.device).tril() if self.causal else None

    def forward(self, x: Tensor) -> Tensor:
        """As `Layer.__call__`."""
        return cast(Tensor, self.attention(x, mask=self._mask(x)))

    def unrolled(self, x: Tensor) -> Tensor:
        """As `Layer.unrolled`: eq. 1 with all its n x n weights."""
        heads = self._heads(*self.attention.project(x), self._mask(x))
        return cast(Tensor, self.attention.W_O(heads.transpose(1, 2).flatten(2)))

    def _heads(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None) -> Tensor:
        return scaled_dot_product_attention(Q, K, V, mask, self.attention.scale)[0]

    def start(self, past: Tensor, room: int) -> tuple[Tensor, Tensor, int]:
        """As `Layer.start`: all keys and values so far, each (B, h, n + room, d / h), and n."""
        _, K, V = self.attention.project(past)
        K, V = (F.pad(part, (0, 0, 0, room)) for part in (K, V))
        return K, V, past.shape[1]

    def step(self, x: Tensor, state: tuple[Tensor, Tensor, int]) -> tuple[Tensor, tuple[Tensor, Tensor, int]]:
        """As `Layer.step`; writes into the state's tensors."""
        K, V, n = state
        Q, K[:, :, n : n + 1], V[:, :, n : n + 1] = self.attention.project(x)
        return self.attention.attend(Q, K[:, :, : n + 1], V[:, :, : n + 1], None), (K, V, n + 1)


class AdditiveAttention(SelfAttention):
    """The same with the additive compatibility function that section 3.2.1 compares with dot products.

    No layer of Table 1. Unrolled, it holds the hidden layers of all pairs, (B, h, n, n, d / h), at once.
    """

    compatibility = "additive"

    def _heads(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None) -> Tensor:
        assert self.attention.v_a is not None
        hidden = torch.tanh(Q.unsqueeze(-2) + K.unsqueeze(-3))
        scores = (hidden @ self.attention.v_a[:, None, :, None]).squeeze(-1)  # (B, h, n, n)
        return weighted_values(scores, V, mask)[0]


class RestrictedAttention(nn.Module):
    """Self-attention to a neighbourhood of r positions (section 4), itself in the middle, or last if causal.

    The windows are gathered, so that the cost is O(r n d): a masked n x n matrix would cost O(n^2 d).

    Raises:
        BadInput: r is even, which has no middle, or under 1.
    """

    def __init__(self, d: int, r: int, h: int = 1, causal: bool = False) -> None:
        super().__init__()
        _refuse_even("r", r)
        self.attention = MultiHeadAttention(d, h, d // h, d // h)
        self.r, self.causal = r, causal
        self.before = r - 1 if causal else r // 2

    def forward(self, x: Tensor) -> Tensor:
        """As `Layer.__call__`."""
        Q, K, V = self.attention.project(x)  # (B, h, n, d / h)
        ends = (0, 0, self.before, self.r - 1 - self.before)
        K, V = (F.pad(part, ends).unfold(2, self.r, 1) for part in (K, V))  # (B, h, n, d / h, r)
        scores = (Q.unsqueeze(-2) @ K).squeeze(-2) * self.attention.scale  # (B, h, n, r)
        weights = scores.masked_fill(self._beyond(x), torch.finfo(x.dtype).min).softmax(-1)
        heads = (V @ weights.unsqueeze(-1)).squeeze(-1)  # (B, h, n, d / h)
        return cast(Tensor, self.attention.W_O(heads.transpose(1, 2).flatten(2)))

    def unrolled(self, x: Tensor) -> Tensor:
        """As `Layer.unrolled`; nothing of it is fused."""
        return self.forward(x)

    def _beyond(self, x: Tensor) -> Tensor:
        """(n, r): which places of each window lie beyond the ends."""
        n = x.shape[1]
        places = torch.arange(n, device=x.device)[:, None] + torch.arange(self.r, device=x.device) - self.before
        return (places < 0) | (places >= n)

    def start(self, past: Tensor, room: int) -> tuple[Tensor, Tensor]:
        """As `Layer.start`: the last r - 1 keys and values."""
        _, K, V = self.attention.project(past)
        return self._last(K), self._last(V)

    def _last(self, part: Tensor) -> Tensor:
        return part[:, :, max(0, part.shape[2] - (self.r - 1)) :]

    def step(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """As `Layer.step`."""
        Q, *new = self.attention.project(x)
        K, V = (torch.cat(pair, dim=2) for pair in zip(state, new, strict=True))
        return self.attention.attend(Q, K, V, None), (self._last(K), self._last(V))


class Recurrence(nn.Module):
    """torch's recurrent layer of one direction, and the same written out (torch.nn.RNN, LSTM and GRU, without biases).

    Args:
        d: width of input and state.
        cell: "recurrent" (h' = tanh(W x + U h)), "lstm" or "gru".
    """

    causal = True

    def __init__(self, d: int, cell: str) -> None:
        super().__init__()
        kind = {"recurrent": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
        self.cell = cell
        self.fused = kind(d, d, batch_first=True, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """As `Layer.__call__`."""
        return cast(Tensor, self.fused(x)[0])

    def unrolled(self, x: Tensor) -> Tensor:
        """As `Layer.unrolled`: one product for the inputs of all positions, then n steps."""
        U = self.fused.weight_hh_l0
        inputs = F.linear(x, self.fused.weight_ih_l0).unbind(1)  # n of (B, gates * d)
        h = c = torch.zeros_like(x[:, 0])  # (B, d)
        outputs = []
        for a in inputs:
            if self.cell == "recurrent":
                h = torch.tanh(a + F.linear(h, U))
            elif self.cell == "lstm":
                i, f, g, o = (a + F.linear(h, U)).chunk(4, dim=-1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            else:
                a_r, a_z, a_n = a.chunk(3, dim=-1)
                b_r, b_z, b_n = F.linear(h, U).chunk(3, dim=-1)
                r, z = torch.sigmoid(a_r + b_r), torch.sigmoid(a_z + b_z)
                candidate = torch.tanh(a_n + r * b_n)
                h = candidate + z * (h - candidate)
            outputs.append(h)
        return torch.stack(outputs, dim=1)

    def start(self, past: Tensor, room: int) -> Any:
        """As `Layer.start`: the last hidden state, and the memory of an LSTM."""
        return self.fused(past)[1]

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """As `Layer.step`."""
        y, after = self.fused(x, state)
        return y, after


class Convolution(nn.Module):
    """A convolution over positions with a kernel of k, zeros beyond the ends, and as many positions out as in.

    Args:
        d: width of input and output.
        k: positions that one sees, itself in the middle, or last if causal.
        dilation: distance of neighbouring positions of the kernel.
        separable: a kernel for each channel, then one product over channels: O(k n d + n d^2) (section 4).
        causal: whether no later position is seen.

    Raises:
        BadInput: k is even, which has no middle, or under 1.
    """

    def __init__(self, d: int, k: int, dilation: int = 1, separable: bool = False, causal: bool = False) -> None:
        super().__init__()
        _refuse_even("k", k)
        self.causal = causal
        self.reach = (k - 1) * dilation
        self.W = nn.Conv1d(d, d, k, dilation=dilation, groups=d if separable else 1, bias=False)
        self.mix = nn.Linear(d, d, bias=False) if separable else nn.Identity()

    def _within(self, x: Tensor) -> Tensor:
        """(B, n + reach, d) -> (B, n, d)."""
        return cast(Tensor, self.mix(self.W(x.transpose(1, 2)).transpose(1, 2)))

    def forward(self, x: Tensor) -> Tensor:
        """As `Layer.__call__`."""
        before = self.reach if self.causal else self.reach // 2
        return self._within(F.pad(x, (0, 0, before, self.reach - before)))

    def unrolled(self, x: Tensor) -> Tensor:
        """As `Layer.unrolled`: a convolution is one product with a reduction already."""
        return self.forward(x)

    def start(self, past: Tensor, room: int) -> Tensor:
        """As `Layer.start`: the last inputs that the kernel reaches, (B, (k - 1) * dilation, d)."""
        return F.pad(past, (0, 0, self.reach, 0))[:, past.shape[1] :]

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """As `Layer.step`."""
        window = torch.cat([state, x], dim=1)
        return self._within(window), window[:, 1:]


def _refuse_even(name: str, size: int) -> None:
    if size < 1 or size % 2 == 0:
        raise BadInput(f"{name} is {size}; it must be odd, such as 1, 3 or 5")


def build(
    name: str,
    d: int,
    *,
    k: int = 3,
    r: int = 3,
    h: int = 1,
    dilation: int | None = None,
    causal: bool = False,
    seed: int = 1,
) -> Layer:
    """The layer of a name of Table 1 (see `table1.yaml`).

    Args:
        name: which one.
        d: its width.
        k, r: kernel and neighbourhood, for the layers that have them.
        h: heads, for attention.
        dilation: for the dilated convolution; k^(l - 1) in layer l of a stack gives paths of log_k(n) layers. None: k,
            as in the second one, since the first is not dilated.
        causal: whether a position sees no later one. Recurrent layers never do.
        seed: of the weights; the generator of everybody else is left as it was.

    Raises:
        BadInput: no such layer, or an even k or r.
    """
    makers = {
        "self-attention": lambda: SelfAttention(d, h, causal),
        "additive": lambda: AdditiveAttention(d, h, causal),
        "restricted": lambda: RestrictedAttention(d, r, h, causal),
        "convolution": lambda: Convolution(d, k, causal=causal),
        "convolution-dilated": lambda: Convolution(d, k, k if dilation is None else dilation, causal=causal),
        "convolution-separable": lambda: Convolution(d, k, separable=True, causal=causal),
        **{cell: lambda cell=cell: Recurrence(d, cell) for cell in ("recurrent", "lstm", "gru")},  # type: ignore[misc]
    }
    if name not in makers:
        raise BadInput(f"there is no layer {name!r}; there are {', '.join(makers)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cast(Layer, makers[name]())
