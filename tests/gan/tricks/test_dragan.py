"""DRAGAN's penalty is λ (‖slope‖ - k)² at points in a box, or a cloud, around the real samples."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment
from gan_penalties import agrees, normal, packs, slope

from gan.tricks.dragan import Dragan

REAL, FAKE = normal(4000, 2), normal(4000, 2, seed=1)


def _steps(trick: Dragan) -> torch.Tensor:
    """Where D is looked at, relative to the real samples, in standard deviations of the batch."""
    seen = []

    def judge(x: torch.Tensor) -> torch.Tensor:
        seen.append(torch.tensor(x.tolist(), dtype=torch.float64))
        return x.sum(dim=1)

    trick.penalty(critic(judge), batch(REAL, FAKE), moment())
    numbers = REAL.flatten()
    return (seen[0] - REAL) / ((numbers - numbers.mean()) ** 2).mean().sqrt()


def test_of_a_linear_critic() -> None:
    """Slope w everywhere: λ (‖w‖ - k)²."""
    w = torch.tensor([3.0, -4.0], dtype=torch.float64)
    penalty = Dragan(weight=2.0, target=1.5).penalty(critic(lambda x: x @ w), batch(REAL, FAKE), moment())
    assert float(penalty) == pytest.approx(2.0 * 3.5**2, rel=1e-9)


@pytest.mark.parametrize(
    ("noise", "low", "high", "mean", "deviation"),
    [
        ("one_sided", 0.0, 0.5, 0.25, 0.5 / 12**0.5),
        ("both_sides", -0.5, 0.5, 0.0, 1.0 / 12**0.5),
        ("gaussian", -3.0, 3.0, 0.0, 0.5),
    ],
)
def test_the_perturbation_has_the_distribution_that_it_says(
    noise: str, low: float, high: float, mean: float, deviation: float
) -> None:
    """c times U(0, 1), U(-1, 1) or N(0, 1), in standard deviations of the batch, a number a coordinate."""
    steps = _steps(Dragan(radius=0.5, noise=noise))
    assert low <= steps.min() and steps.max() <= high
    # Five standard errors of the mean of 8,000 numbers.
    assert float(steps.mean()) == pytest.approx(mean, abs=5 * deviation / 8000**0.5)
    assert float(steps.std()) == pytest.approx(deviation, rel=0.05)
    assert abs(float(torch.corrcoef(steps.T)[0, 1])) < 0.08, "coordinates are moved independently"


def test_interpolating_shortens_each_step_by_one_factor() -> None:
    """The same directions, each as long as U(0, 1) says."""
    whole, part = _steps(Dragan()), _steps(Dragan(interpolate=True))
    shares = part / whole
    torch.testing.assert_close(shares[:, 0], shares[:, 1])
    assert ((shares > 0) & (shares < 1)).all()
    assert float(shares[:, 0].mean()) == pytest.approx(0.5, abs=5 * (1 / 12) ** 0.5 / 4000**0.5)


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("noise", ["one_sided", "both_sides", "gaussian"])
@pytest.mark.parametrize("shape", [(2,), (1, 2, 3)])
def test_it_is_the_papers_equation(shape: tuple[int, ...], noise: str, pack: int) -> None:
    """Value and gradient in D's parameters are those of a loop over packs, one α a pack."""
    given, at = batch(normal(8, *shape), normal(8, *shape, seed=1)), moment()
    numbers = given.real.flatten()
    deviation = float(((numbers - numbers.mean()) ** 2).mean().sqrt())
    stream = at.rng.at("noise")
    delta = stream.normal((8, *shape)) if noise == "gaussian" else stream.uniform((8, *shape))
    delta = 2 * delta - 1 if noise == "both_sides" else delta
    alphas = at.rng.at("alpha").uniform((8 // pack,)).tolist()

    def reference(weights_P: torch.Tensor) -> torch.Tensor:
        terms = []
        for alpha, x, step in zip(alphas, packs(given.real, pack), packs(delta, pack), strict=True):
            length = slope(weights_P, x + alpha * 0.5 * deviation * step).square().sum().sqrt()
            terms.append((length - 1) ** 2)
        return 10.0 * sum(terms) / len(terms)

    agrees(Dragan(noise=noise, interpolate=True), given, at, pack, reference)
