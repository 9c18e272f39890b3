"""Never longer than the bound, never another direction, and never NaN."""

from __future__ import annotations

import math
from typing import Literal

import pytest
import torch
from gan_cases import moment
from hypothesis import given
from hypothesis import strategies as st

from gan.tricks.clip_norm import ClipNorm

gradients = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8)


@given(gradients, st.floats(1e-6, 1e6))
def test_the_norm_is_at_most_the_bound_and_the_direction_stays(values: list[float], bound: float) -> None:
    """Norm after = min(norm before, c), along the same ray."""
    before = torch.tensor(values, dtype=torch.float64)
    after = ClipNorm(bound=bound, player="both").gradient(before, moment())
    norm = math.hypot(*values)
    assert float(after.norm()) == pytest.approx(min(norm, bound), rel=1e-9)
    torch.testing.assert_close(after * norm, before * min(norm, bound), rtol=1e-9, atol=1e-9)
    if norm < bound * (1 - 1e-9):
        assert torch.equal(after, before), "a short gradient is left alone bit for bit"


@pytest.mark.parametrize("bound", [1e-6, 1.0, math.inf])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_zero_gradient_stays_zero(bound: float, dtype: torch.dtype) -> None:
    """The division by its norm must not make it NaN."""
    zero = torch.zeros(5, dtype=dtype)
    bounds = torch.tensor(bound, dtype=dtype)
    assert torch.equal(ClipNorm(bound=bounds, player="both").gradient(zero, moment()), zero)  # type: ignore[arg-type]


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_the_other_player_is_left_alone(player: Literal["generator", "discriminator"]) -> None:
    """Each player's gradient has its own norm."""
    gradient = torch.full((4,), 10.0)
    trick = ClipNorm(bound=1.0, player=player)
    for side in ("generator", "discriminator"):
        after = trick.gradient(gradient, moment(side=side))
        assert float(after.norm()) == pytest.approx(1.0 if side == player else 20.0)
