"""A convolution over positions: the third kind of layer that section 4 compares self-attention with.

Table 1 counts it as "convolutional", with kernel width k: O(k n d^2) operations a layer, all positions at
once, and a path of n/k layers between distant positions, since the kernel is contiguous. Like attention's
projections, and unlike the feed-forward network's matrices, it has no bias.
"""

from torch import Tensor, nn

from repro.errors import BadInput
from repro.models.feed_forward import FeedForward
from repro.models.residual import Residual


class ConvolutionLayer(nn.Module):
    """y_i = sum over o from -(k-1)/2 to (k-1)/2 of W_o x_(i+o): as many positions out as in.

    Padding counts as what lies beyond the ends, which is zero, so that a sentence's result does not depend
    on the batch it stands in.

    Args:
        d_model: width of input and output.
        k: positions that one sees, itself in the middle.

    Raises:
        BadInput: k is even, which has no middle, or under 1.
    """

    def __init__(self, d_model: int, k: int) -> None:
        super().__init__()
        if k < 1 or k % 2 == 0:
            raise BadInput(f"k is {k}; the kernel of a convolution must be odd, such as 1, 3 or 5")
        self.W = nn.Conv1d(d_model, d_model, k, padding=k // 2, bias=False)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Mix positions.

        Args:
            x: (B, n, d_model).
            mask: (B, 1, 1, n), or 1 for B; `True` = a real position.

        Returns:
            (B, n, d_model).
        """
        x = x.masked_fill(~mask[:, 0, 0, :, None], 0.0)
        mixed: Tensor = self.W(x.transpose(1, 2)).transpose(1, 2)
        return mixed


class ConvolutionEncoderLayer(nn.Module):
    """An encoder layer with a convolution where the paper has self-attention, for padded rows only.

    Args:
        convolution: the first sub-layer.
        feed_forward: the second.
        residuals: the residual connections around the two.
    """

    def __init__(self, convolution: ConvolutionLayer, feed_forward: FeedForward, residuals: list[Residual]) -> None:
        super().__init__()
        self.convolution, self.feed_forward = convolution, feed_forward
        self.residual_1, self.residual_2 = residuals

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, n, d_model), mask of the source's padding (B, 1, 1, n) -> (B, n, d_model)."""
        x = self.residual_1.after(x, self.convolution(self.residual_1.before(x), mask))
        return self.residual_2.after(x, self.feed_forward(self.residual_2.before(x)))
