"""Many tricks are one: folded in order, penalties summed, memories and random numbers kept apart."""

from __future__ import annotations

import pytest
import torch
from gan_cases import batch, critic, moment
from torch import Tensor

from gan.tricks.base import At, Batch, Critic, Game, Memory, Trick, Vectors
from gan.tricks.chain import Chain


class Affine(Trick):
    """x -> a x + b wherever a trick may act."""

    def __init__(self, a: float, b: float) -> None:
        self.a, self.b = a, b

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        return self.a * z_BZ + self.b

    generated = inputs = judged = gradient = project = evaluate = latent

    def hidden(self, h: Tensor, layer: str, at: At) -> Tensor:
        return self.a * h + self.b

    def output(self, logits_B: Tensor, features_BF: Tensor, at: At) -> Tensor:
        return self.a * logits_B + self.b

    def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
        return self.a * gradient_P + self.b

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        return self.b

    bonus = penalty

    def begin(self, players: Vectors, at: At) -> Memory:
        return {"own": torch.tensor(self.b), "stream": at.rng.uniform((1,))}


CHAIN = Chain({"double": Affine(2.0, 0.0), "shift": Affine(1.0, 3.0)})
ONE = torch.ones(2)


POINTS = ["latent", "generated", "inputs", "judged", "gradient", "project", "evaluate"]


@pytest.mark.parametrize("point", POINTS)
def test_points_are_folded_in_order(point: str) -> None:
    """First doubled, then shifted: 2 · 1 + 3."""
    assert torch.equal(getattr(CHAIN, point)(ONE, moment()), 5.0 * ONE)


def test_points_that_are_told_more_are_folded_in_order() -> None:
    """Hidden activations with their layer's name, logits with their features, gradients with the game."""
    assert torch.equal(CHAIN.hidden(ONE, "layers.0", moment()), 5.0 * ONE)
    assert torch.equal(CHAIN.output(ONE, ONE[:, None], moment()), 5.0 * ONE)
    game = Game({"generator": ONE, "discriminator": ONE}, {})
    assert torch.equal(CHAIN.regularise(ONE, game, moment()), 5.0 * ONE)


@pytest.mark.parametrize("point", ["penalty", "bonus"])
def test_penalties_and_bonuses_are_summed(point: str) -> None:
    """0 + 3, and 0 for no trick at all."""
    given = critic(torch.sum), batch(ONE, ONE), moment()
    assert getattr(CHAIN, point)(*given) == 3.0
    assert getattr(Chain({}), point)(*given) == 0.0


def test_each_part_has_its_own_memory_and_stream() -> None:
    """Named by the part."""
    memory = CHAIN.begin({"generator": ONE, "discriminator": ONE}, moment())
    assert {name: float(part["own"]) for name, part in memory.items()} == {"double": 0.0, "shift": 3.0}
    assert memory["double"]["stream"] != memory["shift"]["stream"]


def test_a_chain_has_every_point_of_a_trick() -> None:
    """So that a new point cannot be forgotten: it would be a silent no-op."""
    points = {name for name in vars(Trick) if not name.startswith("_")}
    assert points == {name for name in vars(Chain) if not name.startswith("_")} - {"tricks"}
