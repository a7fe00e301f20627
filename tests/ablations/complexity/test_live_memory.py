"""Live memory against sums by hand."""

import torch

from ablations.complexity.live_memory import LiveMemory, peak_of

MIB = 1 << 20


def test_the_peak_is_of_what_is_there_at_once() -> None:
    before = torch.zeros(MIB // 4)

    def call() -> None:
        first = before + 1  # 1 MiB
        second = torch.cat([first, first])  # 2 more
        del first
        second.view(2, -1).sum(dim=0)  # 1 more, and the first has gone
        before.mul_(2)  # nothing new

    assert peak_of(call) == 3 * MIB


def test_what_autograd_keeps_is_there_until_the_backward_pass() -> None:
    x = torch.zeros(MIB // 4, requires_grad=True)
    memory = LiveMemory()
    with memory:
        y = x.tanh().tanh().tanh()
        assert memory.now == 3 * MIB
        del y
        assert memory.now == 0


def test_a_fused_kernel_is_followed_by_what_it_returns() -> None:
    x = torch.zeros(1, 1, 300, 64)
    taken = peak_of(lambda: torch.nn.functional.scaled_dot_product_attention(x, x, x))
    assert x.nbytes <= taken < 300 * 300 * 4
