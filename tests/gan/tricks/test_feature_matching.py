"""The distance is that of the mean features; in the place of G's loss, it is all that G follows."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment, recipe
from torch import Tensor
from worlds import World

from gan.build import why_not
from gan.registry import LOSSES
from gan.step import generator_loss
from gan.tricks.base import Critic
from gan.tricks.feature_matching import FeatureMatching

REAL, FAKE = torch.randn(2, 8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("distance", ["squared", "absolute"])
def test_equals_the_formula(distance: str, pack: int) -> None:
    """Features are the (packed) samples themselves here."""
    trick = FeatureMatching(weight=0.7, distance=distance)
    cost = trick.bonus(critic(lambda x: x[:, 0], pack), batch(REAL, FAKE), moment())
    gap = REAL.reshape(8 // pack, -1).mean(0) - FAKE.reshape(8 // pack, -1).mean(0)
    expected = sum(abs(float(g)) ** (2 if distance == "squared" else 1) for g in gap)
    assert float(torch.as_tensor(cost)) == pytest.approx(0.7 * expected, rel=1e-12)


def _gradient(world: World) -> Tensor:
    """Of G's loss, at its samples."""
    given = (world.D, world.batch, world.nets, world.knobs, world.g_turn)
    return torch.func.grad(lambda x: generator_loss((x, {}), *given)[0])(world.batch.fake)


@pytest.mark.parametrize("loss", LOSSES.names())
def test_it_takes_the_place_of_the_loss_or_is_added_to_it(loss: str) -> None:
    """The gradient at G's samples is its own, or its own and the loss's, for every loss."""
    alone, both = (World(recipe({"feature_matching": {"replace": r}}, loss)) for r in (True, False))
    adversarial = _gradient(World(recipe({}, loss)))
    layout = alone.nets.layouts["discriminator"]
    parameters = layout.unpack(alone.D.parameters)

    def features(x: Tensor) -> Tensor:
        for index in range(2):
            x = x @ parameters[f"layers.{index}.weight"].T + parameters[f"layers.{index}.bias"]
            x = torch.nn.functional.leaky_relu(x, 0.2)
        return x

    judge = Critic(lambda x: (x[:, 0], features(x)))
    own = torch.func.grad(
        lambda x: torch.as_tensor(FeatureMatching().bonus(judge, batch(alone.batch.real, x), moment()))
    )(alone.batch.fake)
    torch.testing.assert_close(_gradient(alone), own, rtol=0, atol=1e-12)
    torch.testing.assert_close(_gradient(both), own + adversarial, rtol=0, atol=1e-12)
    assert adversarial.abs().max() > 1e-6


def test_what_acts_on_the_replaced_loss_is_declined() -> None:
    """It would do nothing; beside the loss it is welcome."""
    for other, knobs in (("top_k", {}), ("unrolled", {"objective": "own"})):
        reason = why_not(recipe({"feature_matching": {}, other: knobs}))
        assert reason is not None and other in reason
        beside = why_not(recipe({"feature_matching": {"replace": False}, other: knobs}))
        assert (beside is None) == (other == "top_k") or "objective" not in str(beside)
    assert why_not(recipe({"feature_matching": {"weight": 0.0}})) is not None
    assert why_not(recipe({"feature_matching": {"weight": 0.0, "replace": False}})) is None
