"""Each component alone is moved to the nearest number within the bounds."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from gan_cases import moment
from hypothesis import given
from hypothesis import strategies as st

from gan.tricks.clip_value import ClipValue

components = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8)


@given(components, st.floats(1e-6, 1e6))
def test_components_are_held_within_the_bounds(values: list[float], bound: float) -> None:
    """max(-c, min(c, g)), number by number in plain Python."""
    before = torch.tensor(values, dtype=torch.float64)
    after = ClipValue(bound=bound).gradient(before, moment())
    assert after.tolist() == [max(-bound, min(bound, value)) for value in values]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_without_a_bound_nothing_changes(dtype: torch.dtype) -> None:
    """Bit for bit, the bound being a tensor as in a cohort."""
    before = torch.tensor([-1e30, -0.0, 1e-30, 3.0], dtype=dtype)
    bound: Any = torch.tensor(math.inf, dtype=dtype)
    assert torch.equal(ClipValue(bound=bound).gradient(before, moment()), before)


def test_what_is_not_finite_stays_so() -> None:
    """A replica that has diverged must be found, not hidden."""
    after = ClipValue(bound=1.0).gradient(torch.tensor([math.nan, 2.0, -math.inf, math.inf]), moment())
    assert math.isnan(after[0]) and after[1:].tolist() == [1.0, -math.inf, math.inf]


@pytest.mark.parametrize("player", ["discriminator", "generator", "both"])
@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_only_the_named_player_is_clipped(player: Any, side: Any) -> None:
    """The other's gradient is its own."""
    gradient = torch.full((3,), 5.0)
    after = ClipValue(player=player).gradient(gradient, moment(side=side))
    assert torch.equal(after, gradient) == (player not in (side, "both"))
