"""R2 is γ/2 times the mean squared slope of D at generated samples."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment
from gan_penalties import agrees, normal, packs, slope

from gan.tricks.r1 import R1
from gan.tricks.r2 import R2


def test_it_is_r1_of_the_generated_samples() -> None:
    """D(x) = |x|²/2 has slope x: γ/2 times the mean of |y|² over generated samples."""
    real, fake = normal(5, 3), normal(5, 3, seed=1)
    judge = critic(lambda x: x.square().sum(1) / 2)
    penalty = torch.as_tensor(R2(gamma=2.0).penalty(judge, batch(real, fake), moment()))
    torch.testing.assert_close(penalty, fake.square().sum(1).mean())
    assert torch.equal(penalty, torch.as_tensor(R1(gamma=2.0).penalty(judge, batch(fake, real), moment())))


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize(("half", "factor"), [(True, 0.5), (False, 1.0)])
def test_it_is_the_papers_equation(half: bool, factor: float, pack: int) -> None:
    """Value and gradient in D's parameters are those of a loop over packs of generated samples."""
    given = batch(normal(6, 2), normal(6, 2, seed=1))

    def reference(weights_P: torch.Tensor) -> torch.Tensor:
        squares = [slope(weights_P, one).square().sum() for one in packs(given.fake, pack)]
        return factor * 0.7 * sum(squares) / len(squares)

    agrees(R2(gamma=0.7, half=half), given, moment(), pack, reference)
