"""The residual connection around each sub-layer, with its layer norm and dropout (sections 3.1 and 5.4).

Deviation available as an option: the norm before the sub-layer ("pre"), as tensor2tensor's later
settings have it; the paper norms the sum ("post").
"""

from typing import Literal

from torch import Tensor, nn

from repro.models.dropout import Dropout

Norm = Literal["post", "pre"]


class Residual(nn.Module):
    """LayerNorm(x + Dropout(Sublayer(x))), or x + Dropout(Sublayer(LayerNorm(x))) for pre-norm.

    The sub-layer stands between the two halves: `after(x, sublayer(before(x)))`.

    Args:
        d_model: width.
        P_drop: dropout on the sub-layer's output, before it is added (section 5.4).
        norm: where the layer norm stands.
        norm_epsilon: added to the variance; libraries differ between 1e-5 and 1e-6.
    """

    def __init__(self, d_model: int, P_drop: float, norm: Norm, norm_epsilon: float) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(d_model, eps=norm_epsilon)
        self.dropout = Dropout(P_drop)
        self.pre = norm == "pre"

    def before(self, x: Tensor) -> Tensor:
        """The input of the sub-layer: (B, n, d_model) -> the same shape."""
        normed: Tensor = self.layer_norm(x) if self.pre else x
        return normed

    def after(self, x: Tensor, output: Tensor) -> Tensor:
        """The stream `x` with the sub-layer's output added, both (B, n, d_model)."""
        total: Tensor = x + self.dropout(output)
        return total if self.pre else self.layer_norm(total)
