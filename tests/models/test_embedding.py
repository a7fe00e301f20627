"""The shared embedding (section 3.4)."""

import torch

from repro.models.embedding import SharedEmbedding


def test_the_embedding_is_scaled_and_the_output_layer_is_not():
    """Section 3.4: one matrix; as an embedding it is multiplied by sqrt(d_model)."""
    embedding = SharedEmbedding(7, 9)
    torch.nn.init.normal_(embedding.weight, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(embedding(torch.tensor([[2, 5]]))[0], 3 * embedding.weight[[2, 5]])
    states = torch.randn(4, 9, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(embedding.logits(states), states @ embedding.weight.T)
