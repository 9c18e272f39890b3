"""The cost of a pair is the distance of its latents by that of its samples."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment, recipe
from torch import Tensor

from gan.build import why_not
from gan.tricks.mode_seeking import ModeSeeking

BLIND = critic(lambda x: x.flatten(1).sum(1))
NOISE = torch.Generator().manual_seed(0)


def _cost(fake: Tensor, z: Tensor, weight: float = 1.0) -> Tensor:
    return torch.as_tensor(ModeSeeking(weight=weight).bonus(BLIND, batch(fake, fake, z), moment()))


@pytest.mark.parametrize("count", [6, 7])
def test_equals_the_formula(count: int) -> None:
    """Value and gradient for images, as loops over pairs and coordinates; an odd sample is left out."""
    fake = torch.randn(count, 1, 2, 2, generator=NOISE, dtype=torch.float64)
    z = torch.randn(count, 3, generator=NOISE, dtype=torch.float64)

    def by_hand(x: Tensor) -> Tensor:
        samples = [
            (a - b).abs() for i in range(3) for a, b in zip(x[i].view(-1), x[i + 3].view(-1), strict=True)
        ]
        latents = [(a - b).abs() for i in range(3) for a, b in zip(z[i], z[i + 3], strict=True)]
        quotient = (sum(samples) / len(samples)) / (sum(latents) / len(latents))
        return 0.3 / (quotient + 1e-5)

    torch.testing.assert_close(_cost(fake, z, 0.3), by_hand(fake), rtol=1e-12, atol=0)
    ours, theirs = (torch.func.grad(f)(fake) for f in (lambda x: _cost(x, z, 0.3), by_hand))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)
    assert ours.abs().max() > 1e-3


def test_of_a_linear_generator() -> None:
    """G(z) = a z costs 1 / (a + 10⁻⁵): descent makes it spread its latents."""
    z = torch.randn(8, 2, generator=NOISE, dtype=torch.float64)
    slope, cost = torch.func.grad_and_value(lambda a: _cost(a * z, z))(torch.tensor(0.5, dtype=torch.float64))
    assert float(cost) == pytest.approx(1 / (0.5 + 1e-5), rel=1e-12)
    assert float(slope) == pytest.approx(-1 / (0.5 + 1e-5) ** 2, rel=1e-9)


def test_a_collapsed_generator_pays_much_and_stays_finite() -> None:
    """10⁵ at most; latents that are all alike cost nothing."""
    z = torch.randn(8, 2, generator=NOISE, dtype=torch.float64)
    point = torch.ones(8, 2, dtype=torch.float64)
    assert float(_cost(point, z)) == pytest.approx(1e5, rel=1e-9)
    assert float(_cost(point, point)) == 0.0
    for latents in (z, point):
        assert torch.func.grad(lambda x, z=latents: _cost(x, z))(point).isfinite().all()


def test_a_batch_without_pairs_is_declined() -> None:
    """It holds a single sample."""
    assert why_not(recipe({"mode_seeking": {}}, batch_size=1)) is not None
