"""The residual connection around each sub-layer, with its layer norm and dropout (sections 3.1 and 5.4).

Deviation available as an option: the norm before the sub-layer ("pre"), as tensor2tensor's later
settings have it; the paper norms the sum ("post").
"""

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn

from repro.models.dropout import Dropout

Norm = Literal["post", "pre"]


class Residual(nn.Module):
    """LayerNorm(x + Dropout(Sublayer(x))), or x + Dropout(Sublayer(LayerNorm(x))) for pre-norm.

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

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        """(B, n, d_model) -> (B, n, d_model)."""
        if self.pre:
            return x + self.dropout(sublayer(self.layer_norm(x)))
        normed: Tensor = self.layer_norm(x + self.dropout(sublayer(x)))
        return normed
