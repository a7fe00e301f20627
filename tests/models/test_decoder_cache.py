"""What the decoder keeps between steps of a search, against teacher forcing."""

import pytest
import torch

from tests.models.networks import SRC, small
from tests.models.test_transformer import OPTIONS


@pytest.mark.parametrize("options", [*OPTIONS, {"positions": "sinusoidal-halves"}], ids=str)
def test_decoding_step_by_step(options):
    """Cached steps of 2 beams, reordered, with a sentence leaving, past 32 positions: as teacher forcing."""
    model = small(**options).eval()
    m = 40
    tokens = torch.randint(3, 20, (4, 2, m), generator=torch.Generator().manual_seed(0))
    src = torch.cat([SRC, torch.zeros_like(SRC[:1])])  # the last one is nothing but padding
    state = model.start(src, 2)
    for j in range(m):
        logits = model.step(tokens[:, :, j], state)
        flat = tokens[:, :, : j + 1].flatten(0, 1)
        if j in (0, 1, 9, 10, 31, 32, m - 1):
            expected = model.logits(model.states(src.repeat_interleave(2, 0), flat)[:, -1])
            torch.testing.assert_close(logits.flatten(0, 1), expected, atol=1e-4, rtol=1e-4)
        if j == 5:
            beams = torch.tensor([[1, 0], [1, 1], [0, 0], [0, 1]])
            state.reorder(beams)
            tokens = torch.cat(
                [tokens[:, :, :6].gather(1, beams[:, :, None].expand(-1, -1, 6)), tokens[:, :, 6:]], dim=2
            )
        if j == 8:
            rest = torch.tensor([2, 0, 3])
            state.keep(rest)
            src, tokens = src[rest], tokens[rest]


def test_decoding_when_beams_die_out():
    """Beams change places after every step, so that most entries have no descendant when the capacity is reached."""
    model = small().eval()
    generator = torch.Generator().manual_seed(0)
    state, prefixes = model.start(SRC, 4), torch.empty(3, 4, 0, dtype=torch.long)
    for _ in range(40):
        tokens = torch.randint(3, 20, (3, 4), generator=generator)
        prefixes = torch.cat([prefixes, tokens[:, :, None]], dim=2)
        logits = model.step(tokens, state)
        expected = model(SRC.repeat_interleave(4, 0), prefixes.flatten(0, 1))[:, -1].view_as(logits)
        torch.testing.assert_close(logits, expected, atol=1e-4, rtol=1e-4)
        beams = torch.randint(0, 4, (3, 4), generator=generator)
        state.reorder(beams)
        prefixes = prefixes.gather(1, beams[:, :, None].expand_as(prefixes))
    assert state.used < 40 * 4  # some were dropped


def test_decoding_under_autocast():
    """Steps whose products are in bfloat16, with weights in float32."""
    model = small(norm="pre").eval()
    tokens = torch.randint(3, 20, (3, 2, 12), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        state = model.start(SRC, 2)
        logits = torch.stack([model.step(tokens[:, :, j], state) for j in range(12)], dim=2)
    expected = model(SRC.repeat_interleave(2, 0), tokens.flatten(0, 1)).view_as(logits)
    torch.testing.assert_close(logits.float(), expected, atol=0.1, rtol=0.1)
