"""Where sentences are packed, and where they keep their padding."""

import torch
from torch import nn

from repro.models.attention import MultiHeadAttention
from repro.models.convolution import ConvolutionLayer
from repro.models.layouts.kernel_pairing import flash_kernel_takes


def can_pack(network: nn.Module, weights: torch.dtype, device: torch.device) -> bool:
    """Whether a network's attention can do on packed sentences what is asked of it.

    Heads must have one width, a convolution has to see neighbours, and attention that is recorded is written out. A
    GPU's flash kernel does not take all, has no additive attention, and drops no weights. On a CPU a compiled
    network keeps its padding, since tables of places would divide its graph.

    Args:
        network: in training or in evaluation, which decides about dropout.
        weights: type of its weights.
        device: where it computes.
    """
    attentions = [part for part in network.modules() if isinstance(part, MultiHeadAttention)]
    if any(isinstance(part, ConvolutionLayer) for part in network.modules()):
        return False
    if any(part.d_k != part.d_v or part.records is not None for part in attentions):
        return False
    if device.type == "cuda":
        drops = network.training and any(part.dropout > 0 for part in attentions)
        additive = any(part.v_a is not None for part in attentions)
        return not (drops or additive) and all(flash_kernel_takes(part.d_k, device, weights) for part in attentions)
    return device.type == "cpu" and not torch.compiler.is_compiling()
