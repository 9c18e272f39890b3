"""The gradient penalty of a linear critic is λ (‖w‖ - 1)², and stays differentiable where D is flat."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment
from gan_penalties import agrees, normal, packs, slope

from gan.tricks.wgan_gp import WganGp

REAL, FAKE = torch.randn(2, 9, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_of_a_linear_critic(length: float) -> None:
    """Slope w everywhere, above and below 1 alike."""
    w = length * torch.tensor([0.6, 0.8], dtype=torch.float64)
    penalty = WganGp(weight=10.0).penalty(critic(lambda x: x @ w), batch(REAL, FAKE), moment())
    torch.testing.assert_close(
        torch.as_tensor(penalty), torch.tensor(10.0 * (length - 1.0) ** 2, dtype=torch.float64)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_its_gradient_is_finite_where_d_is_flat(dtype: torch.dtype) -> None:
    """At w = 0 the norm has no derivative, and a NaN there would end the run."""

    def penalty(w: torch.Tensor) -> torch.Tensor:
        at = moment(dtype=dtype)
        return torch.as_tensor(
            WganGp(weight=10.0).penalty(critic(lambda x: x @ w), batch(REAL.to(dtype), FAKE.to(dtype)), at)
        )

    gradient, value = torch.func.grad_and_value(penalty)(torch.zeros(2, dtype=dtype))
    assert gradient.isfinite().all() and float(value) == pytest.approx(10.0, rel=1e-4)


def test_it_looks_on_the_segment_between_each_pair() -> None:
    """The points where the slope is taken lie between the real and the generated sample of the same row."""
    seen = []

    def judge(x: torch.Tensor) -> torch.Tensor:
        seen.append(torch.tensor(x.tolist(), dtype=torch.float64))
        return x.sum(dim=1)

    WganGp(weight=1.0).penalty(critic(judge), batch(REAL, FAKE), moment())
    share = (seen[0] - FAKE) / (REAL - FAKE)
    torch.testing.assert_close(share[:, 0], share[:, 1])  # one u a sample
    assert ((share > 0) & (share < 1)).all() and len(share[:, 0].unique()) == len(REAL)


@pytest.mark.parametrize(("length", "expected"), [(1.5, 0.0), (2.0, 0.0), (3.0, 10.0)])
def test_one_sided_leaves_small_slopes_alone(length: float, expected: float) -> None:
    """Of a linear critic with slope w and target k: λ max(0, ‖w‖ - k)²."""
    w = length * torch.tensor([0.6, 0.8], dtype=torch.float64)
    trick = WganGp(weight=10.0, sided="one", target=2.0)
    penalty = trick.penalty(critic(lambda x: x @ w), batch(REAL, FAKE), moment())
    assert float(penalty) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("sided", ["two", "one"])
@pytest.mark.parametrize("shape", [(2,), (1, 2, 3)])
def test_it_is_the_papers_equation(shape: tuple[int, ...], sided: str, pack: int) -> None:
    """Value and gradient in D's parameters are those of a loop over pairs of packs, one u a pair."""
    given, at = batch(normal(8, *shape), normal(8, *shape, seed=1)), moment()
    shares = at.rng.uniform((8 // pack,)).tolist()

    def reference(weights_P: torch.Tensor) -> torch.Tensor:
        terms = []
        pairs = zip(shares, packs(given.real, pack), packs(given.fake, pack), strict=True)
        for u, real, fake in pairs:
            excess = slope(weights_P, u * real + (1 - u) * fake).square().sum().sqrt() - 0.7
            terms.append(excess**2 if sided == "two" or excess > 0 else 0.0 * excess)
        return 10.0 * sum(terms) / len(terms)

    agrees(WganGp(weight=10.0, sided=sided, target=0.7), given, at, pack, reference)
