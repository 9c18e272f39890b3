"""What the structure of a round means: how many updates, from which point, on how many batches."""

from __future__ import annotations

import dataclasses

import torch
from gan_cases import CPU, Recipe, cohort_of, recipe, trained, weights
from torch import Tensor

from gan.build import knobs_of, nets_of, state_of
from gan.losses.base import Targets
from gan.players import Player, generate
from gan.recipe import Choice
from gan.registry import LOSSES, OPTIMIZERS
from gan.rng import Rng
from gan.step import discriminator_loss, draw, generator_loss, update_discriminator, update_generator
from gan.tricks.base import At, Batch, Trick
from gan.tricks.chain import Chain

SGD = Choice.of(OPTIMIZERS, "sgd")


def _world(run: Recipe):  # type: ignore[no-untyped-def]
    """All that a step is given, and the moment of the first."""
    knobs, nets, data = knobs_of(run, CPU), nets_of(run), cohort_of([run]).data
    players = state_of(run, nets, knobs).players
    rng = Rng.of(knobs.seed, 0, nets.dtype)
    at = At(torch.zeros((), dtype=nets.dtype), rng, {}, "discriminator", nets.layouts, shape=nets.shape)
    return players["generator"], players["discriminator"], data, nets, knobs, at


def _players(run: Recipe) -> dict[str, Tensor]:
    cohort = trained(run)
    return {side: player.parameters for side, player in cohort.replica(0).state.players.items()}


def test_accumulated_batches_are_one_large_batch() -> None:
    """Where D judges each sample alone, m batches of B give the gradient of one batch of m B."""
    run = recipe(optimizer=SGD, accumulation=3, batch_size=8)
    G, D, data, nets, knobs, at = _world(run)
    plays = draw(G, data, nets, knobs, at)
    batches = [batch for batch, *_ in plays]
    assert len({tuple(batch.real.flatten().tolist()) for batch in batches}) == 3, "fresh batches"
    whole = Batch(*(torch.cat([getattr(b, name) for b in batches]) for name in ("real", "fake", "z")), {})
    moved, _ = update_discriminator(D, G, plays, nets, knobs, at)
    gradient = torch.func.grad(lambda w: discriminator_loss(w, whole, nets, knobs, at)[0])(D.parameters)
    torch.testing.assert_close(moved.parameters, D.parameters - 2e-3 * gradient, rtol=0, atol=1e-12)

    turn = at.place("generator", "generator")
    moved, _ = update_generator(G, D, plays, nets, knobs, turn)

    def loss(weights_P: Tensor) -> Tensor:
        fake = generate(weights_P, whole.z, nets, knobs, at)
        return generator_loss((fake, {}), D, whole, nets, knobs, turn)[0]

    expected = G.parameters - 1e-3 * torch.func.grad(loss)(G.parameters)
    torch.testing.assert_close(moved.parameters, expected, rtol=0, atol=1e-12)


def test_simultaneous_players_move_from_the_same_point() -> None:
    """G answers to D as it was: its first update is the same whatever D's learning rate, unlike in turns."""
    for updates, same in (("simultaneous", True), ("alternating", False)):
        slow = recipe(optimizer=SGD, steps=1, updates=updates)
        fast = dataclasses.replace(slow, discriminator_lr=0.5)
        assert torch.equal(_players(slow)["generator"], _players(fast)["generator"]) == same
        assert not torch.equal(_players(slow)["discriminator"], _players(fast)["discriminator"])


def test_generator_steps_are_that_many_updates() -> None:
    """Each further one is taken on fresh latents, and D is untouched by them in the first round."""
    one, two = (recipe(optimizer=SGD, steps=1, g_steps=g) for g in (1, 2))
    assert torch.equal(_players(one)["discriminator"], _players(two)["discriminator"])
    G, D, data, nets, knobs, at = _world(two)
    D = Player(_players(one)["discriminator"], {})
    G = Player(_players(one)["generator"], {})
    here = at.place("generator 1", "generator")
    again, _ = update_generator(G, D, draw(G, data, nets, knobs, here), nets, knobs, here)
    torch.testing.assert_close(again.parameters, _players(two)["generator"], rtol=0, atol=1e-12)


def test_the_structure_of_a_round_is_structure() -> None:
    """Runs that differ in it never share a cohort."""
    changes = ({}, {"g_steps": 2}, {"updates": "simultaneous"}, {"accumulation": 2}, {"d_steps": 2})
    assert len({recipe(**change).structure() for change in changes}) == len(changes)


def test_every_structure_of_a_round_is_the_same_alone_and_in_a_cohort() -> None:
    """To 1e-9 in float64, all of it at once."""
    runs = [
        recipe({"r1": {}}, d_steps=2, g_steps=2, updates="simultaneous", accumulation=2, seed=seed)
        for seed in range(2)
    ]
    together = trained(*runs)
    for index, run in enumerate(runs):
        torch.testing.assert_close(weights(trained(run)), weights(together, index), rtol=1e-9, atol=1e-9)


class Deaf(Trick):
    """Must never be asked for targets."""

    def targets(self, targets: Targets, count: int, at: At) -> Targets:
        raise AssertionError("this loss has no targets")


def test_a_loss_without_targets_never_asks_a_trick_for_some() -> None:
    """And one with codes gets them in its own units: 1 is its target on real samples."""
    run = recipe(loss="hinge")
    _, D, data, nets, knobs, at = _world(run)
    batch = Batch(data[:4], data[4:8], torch.zeros(4, 1), {})
    discriminator_loss(
        D.parameters, batch, nets, dataclasses.replace(knobs, tricks=Chain({"deaf": Deaf()})), at
    )
    coded = recipe({"label_smoothing": {"real": 0.75}})
    coded = dataclasses.replace(coded, loss=Choice.of(LOSSES, "least_squares", a=-1.0, b=1.0, c=0.0))
    _, D, data, nets, knobs, at = _world(coded)
    _, (real_B, fake_B) = discriminator_loss(D.parameters, batch, nets, knobs, at)
    expected = 0.5 * (real_B - 0.5).square().mean() + 0.5 * (fake_B + 1.0).square().mean()
    torch.testing.assert_close(discriminator_loss(D.parameters, batch, nets, knobs, at)[0], expected)
