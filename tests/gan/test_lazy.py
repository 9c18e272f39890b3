"""A penalty that is evaluated in every n-th step only, and counts n times there."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from gan_cases import CPU, Recipe, cohort_of, home, leaves
from torch import Tensor

from gan.build import knobs_of, nets_of, state_of
from gan.players import Knobs
from gan.recipe import Choice
from gan.registry import OPTIMIZERS, TRICKS
from gan.step import step
from gan.tricks.base import At, Batch, Critic, Game, Trick
from gan.tricks.chain import Chain

LAZY = [spec.name for spec in TRICKS.specs() if any(knob.name == "every" for knob in spec.knobs)]
SGD = Choice.of(OPTIMIZERS, "sgd")


def _times(trick: Trick, factor: float) -> Trick:
    """The same trick, evaluated whenever it is asked, with so many times its penalty."""

    class Times(type(trick)):  # type: ignore[misc]
        def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
            return factor * super().penalty(critic, batch, at) if factor else 0.0

        def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
            return gradient_P + factor * (super().regularise(gradient_P, game, at) - gradient_P)

    fields = {field.name: getattr(trick, field.name) for field in dataclasses.fields(trick)}  # type: ignore[arg-type]
    return Times(**{**fields, "every": 1})  # type: ignore[no-any-return]


def _by_hand(run: Recipe, name: str, steps: int) -> list[Tensor]:
    """Both players after the penalty has counted four times in steps 0, 4, 8, ... and else not at all."""
    knobs, nets, data = knobs_of(run, CPU), nets_of(run), cohort_of([run]).data
    state = state_of(run, nets, knobs)
    for n in range(steps):
        tricks = knobs.tricks.tricks
        chain = Chain({**tricks, name: _times(tricks[name], 0.0 if n % 4 else 4.0)})
        now = Knobs(knobs.seed, knobs.lr, knobs.loss, knobs.optimizer, chain)
        state, _ = step(state, data, now, torch.tensor(n), nets)
    return [state.players[side].parameters for side in ("generator", "discriminator")]


@pytest.mark.parametrize("name", LAZY)
def test_lazy_evaluation_is_a_stronger_penalty_in_fewer_steps(name: str) -> None:
    """Four times the penalty in steps 0, 4 and 8 and nothing in the others, with several updates a step."""
    run = home(name, {"every": 4}, optimizer=SGD, steps=9, d_steps=2)
    cohort = cohort_of([run])
    cohort.run(9)
    players = cohort.replica(0).state.players
    generator, discriminator = _by_hand(run, name, 9)
    torch.testing.assert_close(players["generator"].parameters, generator, rtol=0, atol=1e-12)
    torch.testing.assert_close(players["discriminator"].parameters, discriminator, rtol=0, atol=1e-12)
    always = cohort_of([home(name, {}, optimizer=SGD, steps=9, d_steps=2)])
    always.run(9)
    assert not torch.equal(leaves(always, 0)[0], leaves(cohort, 0)[0]), "or laziness changed nothing"


@pytest.mark.parametrize("name", LAZY)
def test_how_often_is_structure(name: str) -> None:
    """Runs that differ in it take other programs, and never share a cohort."""
    assert len({home(name, {"every": every}).structure() for every in (1, 2, 4)}) == 3
