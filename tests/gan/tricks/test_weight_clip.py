"""After each update, every parameter of D is within the bounds, and G is left alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from gan_cases import cohort_of, moment, recipe, trained

from gan.build import why_not
from gan.tricks.weight_clip import WeightClip


def test_only_the_discriminators_parameters_are_clipped() -> None:
    """max(-c, min(c, w)) for D, G's as they were."""
    before = torch.tensor([-3.0, -0.1, 0.0, 0.2, 5.0], dtype=torch.float64)
    trick = WeightClip(bound=0.15)
    after = trick.project(before, moment(side="discriminator"))
    assert after.tolist() == [-0.15, -0.1, 0.0, 0.15, 0.15]
    assert torch.equal(trick.project(before, moment(side="generator")), before)


def test_what_is_not_finite_stays_so() -> None:
    """A discriminator that has diverged must be found, not healed."""
    before = torch.tensor([math.nan, 2.0, -math.inf, math.inf])
    after = WeightClip(bound=1.0).project(before, moment(side="discriminator"))
    assert math.isnan(after[0]) and after[1:].tolist() == [1.0, -math.inf, math.inf]


def test_it_holds_throughout_the_training() -> None:
    """From the first step on, with some parameters at the bound, biases and weights alike."""
    run = recipe({"weight_clip": {"bound": 0.05}}, "wasserstein", d_steps=3, steps=3)
    cohort = cohort_of([run])
    assert cohort.replica(0).state.players["discriminator"].parameters.abs().max() > 0.05
    cohort.run(1)
    for state in (cohort.replica(0).state, trained(run).replica(0).state):
        sizes = state.players["discriminator"].parameters.abs()
        assert sizes.max() == 0.05, "the largest is at the bound"
        assert int((sizes < 0.05).sum()) > 10, "others are within"
        assert state.players["generator"].parameters.abs().max() > 0.05


def test_all_parameters_are_bounded_and_so_is_the_slope() -> None:
    """|∂D/∂x| ≤ ∏ √(rows · columns) c, layer by layer (leaky ReLU has slopes of at most 1)."""
    cohort = trained(recipe({"weight_clip": {"bound": 0.3}}, "wasserstein", d_steps=5))
    parameters = cohort.nets.layouts["discriminator"].unpack(
        cohort.replica(0).state.players["discriminator"].parameters
    )
    bound = 1.0
    for weight in (p for p in parameters.values() if p.ndim > 1):
        bound *= 0.3 * weight.numel() ** 0.5
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    slope = torch.func.grad(
        lambda points: torch.func.functional_call(cohort.nets.discriminator, parameters, (points,)).sum()
    )(x)
    assert 0.0 < float(slope.norm(dim=1).max()) <= bound


@pytest.mark.parametrize("other", ["spectral_norm", "weight_norm"])
@pytest.mark.parametrize("player", ["discriminator", "both", "generator"])
def test_it_declines_where_weights_are_rescaled(other: str, player: Any) -> None:
    """A bound on what is divided by its own size bounds nothing; G may be normalised as it likes."""
    reason = why_not(recipe({"weight_clip": {}, other: {"player": player}}))
    assert (reason is None) == (player == "generator")
    assert reason is None or f"{other} rescales" in reason
