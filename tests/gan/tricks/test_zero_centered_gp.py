"""The zero-centred penalty is λ times the mean squared slope of D between real and generated samples."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment
from gan_penalties import agrees, normal, packs, slope

from gan.tricks.zero_centered_gp import ZeroCenteredGp


def test_of_a_linear_critic() -> None:
    """Slope w everywhere: λ ‖w‖², without a half."""
    w = torch.tensor([3.0, -4.0], dtype=torch.float64)
    given = batch(normal(7, 2), normal(7, 2, seed=1))
    penalty = ZeroCenteredGp(weight=0.2).penalty(critic(lambda x: x @ w), given, moment())
    assert float(penalty) == pytest.approx(0.2 * 25.0, rel=1e-12)


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("shape", [(2,), (1, 2, 3)])
def test_it_is_the_papers_equation(shape: tuple[int, ...], pack: int) -> None:
    """Value and gradient in D's parameters are those of a loop over pairs of packs, one u a pair."""
    given, at = batch(normal(8, *shape), normal(8, *shape, seed=1)), moment()
    shares = at.rng.uniform((8 // pack,)).tolist()

    def reference(weights_P: torch.Tensor) -> torch.Tensor:
        pairs = zip(shares, packs(given.real, pack), packs(given.fake, pack), strict=True)
        squares = [slope(weights_P, u * real + (1 - u) * fake).square().sum() for u, real, fake in pairs]
        return 3.0 * sum(squares) / len(squares)

    agrees(ZeroCenteredGp(weight=3.0), given, at, pack, reference)
