"""Evaluation mode for a while."""

from repro.models import Transformer
from repro.models.evaluating import evaluating


def test_every_part_gets_its_mode_back():
    network = Transformer(V=20, N=1, d_model=8, d_ff=8, h=2)
    network.train()
    network.decoder[0].eval()
    before = [part.training for part in network.modules()]
    try:
        with evaluating(network):
            assert not any(part.training for part in network.modules())
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert [part.training for part in network.modules()] == before
    assert len(set(before)) == 2


def test_what_is_no_module_has_no_modes():
    with evaluating(object()):
        pass
