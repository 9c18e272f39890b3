"""The pull is the gradient of the squared distance from the mean of all past parameters."""

from __future__ import annotations

import math

import pytest
import torch
from gan_cases import NOTHING, moment
from torch import Tensor

from gan.tricks.base import Game, Side
from gan.tricks.historical_averaging import HistoricalAveraging


@pytest.mark.parametrize("side", ["generator", "discriminator"])
def test_is_the_gradient_of_the_papers_cost(side: Side) -> None:
    """Autograd through λ ‖θ - mean‖² with all of the past kept in a list, at each of 20 rounds, to 1e-12."""
    noise = torch.Generator().manual_seed(0)
    path = torch.randn((20, 2, 5), generator=noise, dtype=torch.float64).cumsum(0)
    trick, loss_gradient = HistoricalAveraging(weight=0.7), torch.full((5,), 0.1, dtype=torch.float64)
    sides: tuple[Side, Side] = ("generator", "discriminator")
    memory = trick.begin(dict(zip(sides, path[0], strict=True)), moment())
    for n in range(1, 20):
        players = dict(zip(sides, path[n], strict=True))
        theta = players[side].clone().requires_grad_()
        past = torch.stack([row[sides.index(side)] for row in path[:n]])
        (0.7 * (theta - past.mean(0)).square().sum()).backward()
        game = Game(players, {})
        found = trick.regularise(loss_gradient, game, moment(memory=memory, side=side))
        torch.testing.assert_close(found, loss_gradient + theta.grad, rtol=1e-12, atol=1e-12)
        _, memory = trick.update(players, {}, NOTHING, moment(memory=memory))


def _distances(weight: float, rounds: int) -> list[float]:
    """From the equilibrium of x y, after each round of simultaneous descent from (1, 1) at η = 0.2."""
    trick, lr = HistoricalAveraging(weight=weight), 0.2
    one = torch.ones(1, dtype=torch.float64)
    players: dict[Side, Tensor] = {"generator": one, "discriminator": one}
    memory, distances = trick.begin(players, moment()), [math.sqrt(2.0)]
    for _ in range(rounds):
        game = Game(players, {})
        x, y = players["generator"], players["discriminator"]
        along_x = trick.regularise(y, game, moment(memory=memory, side="generator"))
        along_y = trick.regularise(-x, game, moment(memory=memory, side="discriminator"))
        players = {"generator": x - lr * along_x, "discriminator": y - lr * along_y}
        _, memory = trick.update(players, {}, NOTHING, moment(memory=memory))
        distances.append(math.hypot(float(players["generator"]), float(players["discriminator"])))
    return distances


def test_ends_a_bilinear_game_that_descent_leaves() -> None:
    """The distance falls as t to the power of -1 / (1 + 4 λ²): as 1 / √t at λ = 1/2.

    The mean m hardly moves in the end, so z rests where F z + 2 λ (z - m) = 0, with F of eigenvalues ±i; then
    t dm/dt = z - m = -F (F + 2 λ)⁻¹ m, whose eigenvalues have the real part -1 / (1 + 4 λ²).
    """
    without, held = _distances(0.0, 20), _distances(0.5, 1600)
    assert without[-1] == pytest.approx(math.sqrt(2.0) * 1.04**10, rel=1e-12), "√(1 + η²) a round"
    assert held[1600] / held[800] == pytest.approx(2**-0.5, rel=0.01)
