"""The gradient penalty of a linear critic is λ (‖w‖ - 1)², and stays differentiable where D is flat."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment

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
