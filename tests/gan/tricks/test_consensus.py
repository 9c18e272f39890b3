"""Consensus optimisation adds γ v'ᵀ v to each player's part of the joint gradient v."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from gan_cases import CPU, cohort_of, moment, recipe, trained, weights
from gan_penalties import mlp, world
from torch import Tensor
from torch.nn import functional as F

from gan.build import knobs_of, nets_of, state_of, why_not
from gan.players import Nets
from gan.recipe import Choice
from gan.registry import OPTIMIZERS
from gan.step import draw, step
from gan.tricks.base import At, Batch, Game, Side, Vectors
from gan.tricks.chain import Chain
from gan.tricks.consensus import Consensus, _gradient

GAMMA, G_LR, D_LR = 0.3, 0.01, 0.02
PLAYERS: dict[Side, Tensor] = {
    "generator": torch.tensor([0.5], dtype=torch.float64),
    "discriminator": torch.tensor([-2.0], dtype=torch.float64),
}


@pytest.mark.parametrize(("side", "added"), [("generator", 0.5), ("discriminator", -2.0)])
def test_of_the_bilinear_game(side: Side, added: float) -> None:
    """L_G = θψ = -L_D has v = (ψ, -θ) and ½‖v‖² = ½(θ² + ψ²), whose gradient is (θ, ψ)."""

    def value(players: Vectors) -> Tensor:
        return (players["generator"] * players["discriminator"]).sum()

    game = Game(PLAYERS, {"generator": value, "discriminator": lambda players: -value(players)})
    found = Consensus(gamma=0.1).regularise(torch.ones(1).double(), game, moment(side=side))
    torch.testing.assert_close(found, torch.tensor([1.0 + 0.1 * added], dtype=torch.float64))


def _joint(nets: Nets, batch: Batch, players_P: Tensor) -> Tensor:
    """v by plain autograd, from networks and losses written out: G's part, then D's."""
    split = nets.layouts["generator"].size
    g, d = (part.requires_grad_() for part in (players_P[:split], players_P[split:]))
    fake = mlp(nets, "discriminator", d, mlp(nets, "generator", g, batch.z))
    real = mlp(nets, "discriminator", d, batch.real)
    g_loss = F.softplus(-fake).mean()
    d_loss = F.softplus(-real).mean() + F.softplus(fake).mean()
    (g_part,) = torch.autograd.grad(g_loss, g, create_graph=True)
    (d_part,) = torch.autograd.grad(d_loss, d, create_graph=True)
    return torch.cat([g_part, d_part])


def _direction(nets: Nets, batch: Batch, players_P: Tensor) -> Tensor:
    """v + γ v'ᵀ v, with the whole Jacobian v'."""
    jacobian = torch.autograd.functional.jacobian(lambda both_P: _joint(nets, batch, both_P), players_P)
    v = _joint(nets, batch, players_P.clone()).detach()
    return v + GAMMA * jacobian.T @ v


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_a_step_of_a_small_gan_is_the_papers(updates: str) -> None:
    """To 1e-8 for all parameters; where D moves first, G's part is that at the new D."""
    run = recipe(
        {"consensus": {"gamma": GAMMA}},
        optimizer=Choice.of(OPTIMIZERS, "sgd"),
        generator_lr=G_LR,
        discriminator_lr=D_LR,
        steps=1,
        updates=updates,
    )
    G, D, data, nets, knobs, at = world(run)
    ((batch, *_),) = draw(G, data, nets, knobs, at.place("round 0"))
    players_P, split = torch.cat([G.parameters, D.parameters]), len(G.parameters)
    first = _direction(nets, batch, players_P)
    d = D.parameters - D_LR * first[split:]
    second = first if updates == "simultaneous" else _direction(nets, batch, torch.cat([G.parameters, d]))
    expected = torch.cat([G.parameters - G_LR * second[:split], d])
    torch.testing.assert_close(weights(trained(run)), expected, rtol=0, atol=1e-8 * D_LR)


@pytest.mark.parametrize(
    "noise", [{"layer_noise": {"player": "generator", "sigma": 1.0}}, {"consistency": {"variant": "zcr"}}]
)
def test_what_is_made_small_is_the_gradient_that_each_player_follows(noise: dict[str, Any]) -> None:
    """With noise in G, too: `Game` has the batch, the companions and the noise of each update's own loss."""
    followed: dict[str, list[Tensor]] = {}

    @dataclasses.dataclass(frozen=True)
    class Watching(Consensus):
        def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
            followed[at.side] = [gradient_P, _gradient(game, game.players, at.side)]
            return gradient_P

    run = recipe({"consensus": {}, **noise}, precision="float64", steps=1)
    nets, knobs = nets_of(run), knobs_of(run, CPU)
    watched = Chain({**knobs.tricks.tricks, "consensus": Watching(gamma=0.1)})
    state = state_of(run, nets, knobs)
    step(state, cohort_of([run]).data, dataclasses.replace(knobs, tricks=watched), torch.tensor(0), nets)
    assert set(followed) == {"generator", "discriminator"}
    for own, of_the_game in followed.values():
        torch.testing.assert_close(of_the_game, own, rtol=0, atol=1e-10)


def test_a_penalty_that_is_evaluated_now_and_then_is_declined() -> None:
    """It counts k times in its step, and squared k² times in one step of k."""
    assert why_not(recipe({"consensus": {}, "r1": {"every": 1}})) is None
    reason = why_not(recipe({"consensus": {}, "r1": {"every": 4}}))
    assert reason is not None and "set its every to 1" in reason
