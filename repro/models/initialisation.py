"""The initialisation of all parameters, as one function. The paper does not specify it.

| parameter | distribution |
| --- | --- |
| shared embedding | normal, variance 1/d_model, so that the scaled embedding has unit variance |
| shared embedding with `embedding_variance: 2/(V+d_model)` | normal, the variance of Xavier's distribution |
| learned positions | normal, standard deviation 0.02 |
| W^Q, W^K, W^V | Xavier uniform with gain 1/sqrt(2): what one draw for the three of them together gives |
| W^O, W_2 | Xavier uniform with gain 1/sqrt(sub-layers of their stack): together they add what one would alone |
| convolution | as W_2; its fan-in and fan-out are k d_model |
| v_a of additive attention | Xavier uniform, each head a matrix from d_k numbers to one |
| every other matrix | Xavier (Glorot) uniform |
| W^Q, W^K with `unit_variance_qk` | normal, variance 1/d_model: q and k as in 3.2.1's footnote |
| recurrent matrices | uniform within 1/sqrt(width), torch's own |
| biases | 0, but the LSTM's forget gate: 1 |
| layer norm | gain 1, bias 0 |
"""

from typing import Literal

import torch
from torch import nn

from repro.models.attention import MultiHeadAttention
from repro.models.convolution import ConvolutionLayer
from repro.models.embedding import SharedEmbedding
from repro.models.feed_forward import FeedForward
from repro.models.positions import LearnedPositions
from repro.models.residual import Residual

EmbeddingVariance = Literal["1/d_model", "2/(V+d_model)"]
"""The choices for the initial variance of the shared embedding.

With 1/d_model a wide post-norm model starts by predicting the token that it has just read: its sub-layers change the
residual stream little, and the output layer is the embedding. At base's size and 16,000 types the first loss is 17.9
nats a token, where a uniform guess has 9.7. With Xavier's variance it is 9.7.
"""


def initialise(
    model: nn.Module,
    generator: torch.Generator,
    unit_variance_qk: bool = False,
    embedding_variance: EmbeddingVariance = "1/d_model",
) -> None:
    """Draw every parameter of `model` anew from `generator`, in the order of `model.modules()`."""
    for module in model.modules():
        if isinstance(module, SharedEmbedding):
            V, d_model = module.weight.shape
            variance = 1 / d_model if embedding_variance == "1/d_model" else 2 / (V + d_model)
            nn.init.normal_(module.weight, std=variance**0.5, generator=generator)
        elif isinstance(module, LearnedPositions):
            nn.init.normal_(module.weight, std=0.02, generator=generator)
        elif isinstance(module, nn.Linear | nn.Conv1d):
            nn.init.xavier_uniform_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.LSTM | nn.GRU):
            _initialise_recurrent(module, generator)
        elif isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
    for module in model.modules():
        if isinstance(module, MultiHeadAttention):
            # With a gain of 1, post-norm learns markedly more slowly (LOG.md).
            for projection in (module.W_Q, module.W_K, module.W_V):
                nn.init.xavier_uniform_(projection.weight, gain=2**-0.5, generator=generator)
        elif isinstance(module, nn.ModuleList):
            _initialise_stack(module, generator)
    if unit_variance_qk:
        for module in model.modules():
            if isinstance(module, MultiHeadAttention):
                for projection in (module.W_Q, module.W_K):
                    d_model = projection.weight.shape[1]
                    nn.init.normal_(projection.weight, std=d_model**-0.5, generator=generator)
    for module in model.modules():  # last, so that a seed gives all other parameters as it does with dot products
        if isinstance(module, MultiHeadAttention) and module.v_a is not None:
            module.start_v_a(generator)


def _initialise_stack(layers: nn.ModuleList, generator: torch.Generator) -> None:
    """The matrices that write into the residual stream, more softly the more of them there are.

    With a gain of 1, post-norm learns markedly more slowly (LOG.md).
    """
    sublayers = sum(isinstance(module, Residual) for module in layers.modules())
    for module in layers.modules() if sublayers else ():
        gain = sublayers**-0.5
        if isinstance(module, MultiHeadAttention):
            nn.init.xavier_uniform_(module.W_O.weight, gain=gain, generator=generator)
        elif isinstance(module, FeedForward):
            nn.init.xavier_uniform_(module.W_2.weight, gain=gain, generator=generator)
        elif isinstance(module, ConvolutionLayer):
            nn.init.xavier_uniform_(module.W.weight, gain=gain, generator=generator)


def _initialise_recurrent(module: nn.LSTM | nn.GRU, generator: torch.Generator) -> None:
    bound = module.hidden_size**-0.5
    for name, parameter in module.named_parameters():
        if not name.startswith("bias"):
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
            continue
        nn.init.zeros_(parameter)
        if isinstance(module, nn.LSTM) and name.startswith("bias_ih"):
            with torch.no_grad():  # torch orders the gates: input, forget, cell, output
                parameter[module.hidden_size : 2 * module.hidden_size] = 1.0
