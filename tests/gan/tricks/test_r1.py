"""R1 of a linear critic is γ/2 ‖w‖², wherever the data are."""

from __future__ import annotations

import torch
from gan_cases import batch, critic, moment

from gan.tricks.r1 import R1


def test_of_a_linear_critic() -> None:
    """D(x) = w·x + 3 has slope w everywhere."""
    w = torch.tensor([3.0, -4.0], dtype=torch.float64)
    real, fake = torch.randn(2, 7, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    penalty = R1(gamma=0.6).penalty(critic(lambda x: x @ w + 3.0), batch(real, fake), moment())
    assert torch.allclose(torch.as_tensor(penalty), torch.tensor(0.6 / 2 * 25.0, dtype=torch.float64))


def test_only_the_slope_at_real_samples_counts() -> None:
    """D(x) = |x|²/2 has slope x: the penalty is γ/2 times the mean of |x|² over real images."""
    real, fake = torch.randn(2, 5, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    judge = critic(lambda x: x.square().flatten(1).sum(1) / 2)
    penalty = R1(gamma=2.0).penalty(judge, batch(real, fake), moment())
    torch.testing.assert_close(torch.as_tensor(penalty), real.square().flatten(1).sum(1).mean())
