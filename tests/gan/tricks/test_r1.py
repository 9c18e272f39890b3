"""R1 of a linear critic is γ/2 ‖w‖², wherever the data are."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment
from gan_penalties import agrees, normal, packs, slope

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


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize(("half", "factor"), [(True, 0.5), (False, 1.0)])
def test_it_is_the_papers_equation(half: bool, factor: float, pack: int) -> None:
    """Value and gradient in D's parameters are those of a loop over packs of real images."""
    given = batch(normal(6, 1, 2, 3), normal(6, 1, 2, 3, seed=1))

    def reference(weights_P: torch.Tensor) -> torch.Tensor:
        squares = [slope(weights_P, one).square().sum() for one in packs(given.real, pack)]
        return factor * 0.7 * sum(squares) / len(squares)

    agrees(R1(gamma=0.7, half=half), given, moment(), pack, reference)
