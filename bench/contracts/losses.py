"""What every loss keeps: finite far out, never a pull to the wrong side, a mean over the batch."""

from __future__ import annotations

import dataclasses
import itertools

import torch
from torch import Tensor

from bench.contracts.base import Broken, Check, Subject
from bench.contracts.trainings import (
    finite_after,
    nearby,
    recipe,
    repeatable,
    same_alone_and_in_a_cohort,
    vectorised,
)
from gan.losses.base import Loss
from gan.recipe import Choice, Recipe
from gan.registry import LOSSES, OPTIMIZERS

_FAR = (-100.0, 0.0, 100.0)
_HOW = "use softplus, logsigmoid and their like, which are finite far out, instead of log and exp"


def _of_d(loss: Loss, real_B: Tensor, fake_B: Tensor) -> Tensor:
    return loss.discriminator(real_B, fake_B, loss.targets)


def _of_g(loss: Loss, real_B: Tensor, fake_B: Tensor) -> Tensor:
    return loss.generator(fake_B, real_B if loss.pairs else None, loss.targets)


PLAYERS = {"discriminator": _of_d, "generator": _of_g}
"""Player -> its loss, given D's logits on real and on generated samples."""


def finite_far_out(subject: Subject) -> None:
    """Value and gradient of both players are finite in float32 at logits of ±100."""
    loss = subject.made()
    for (player, value_of), real, fake in itertools.product(PLAYERS.items(), _FAR, _FAR):
        logits = [torch.full((4,), value, requires_grad=True) for value in (real, fake)]
        value = value_of(loss, *logits)
        said = f"of the {player} at logits of {real:g} on real and {fake:g} on generated samples"
        if value.shape != ():
            raise Broken(
                f"the loss {said} has the shape {tuple(value.shape)}; it must be one number: .mean()"
            )
        if not value.isfinite():
            raise Broken(f"the loss {said} is {float(value.detach())}; {_HOW}")
        for gradient in torch.autograd.grad(value, logits, allow_unused=True):
            if gradient is not None and not gradient.isfinite().all():
                raise Broken(f"the gradient {said} is {float(gradient[0])}; {_HOW}")


def pulls_to_the_right_side(subject: Subject) -> None:
    """At logits of 0.5, D wants real up and generated down, and G wants generated up."""
    loss = subject.made()
    real_B, fake_B = (torch.full((4,), 0.5, requires_grad=True) for _ in range(2))
    up, down = torch.autograd.grad(_of_d(loss, real_B, fake_B), [real_B, fake_B])
    (pull,) = torch.autograd.grad(_of_g(loss, real_B, fake_B), [fake_B])
    wrong = [
        f"descending the {player}'s loss moves {kind} samples' logits {moves} (slope {slope[0]:+.3g})"
        for player, kind, moves, slope, right in (
            ("discriminator", "real", "down or nowhere", up, (up < 0).all()),
            ("discriminator", "generated", "up or nowhere", down, (down > 0).all()),
            ("generator", "generated", "down or nowhere", pull, (pull < 0).all()),
        )
        if not right
    ]
    if wrong:
        raise Broken("; ".join(wrong) + ": a sign is wrong")


def is_a_mean(subject: Subject) -> None:
    """A batch said twice costs the same: learning rates do not depend on the batch size."""
    loss = subject.made()
    once = torch.linspace(-2, 3, 6), torch.linspace(1, -2, 6)
    twice = [torch.cat([logits, logits]) for logits in once]
    for player, value_of in PLAYERS.items():
        one, two = float(value_of(loss, *once)), float(value_of(loss, *twice))
        if abs(one - two) > 1e-5 * max(1.0, abs(one)):
            raise Broken(
                f"the {player}'s loss is {one:.6g} on a batch and {two:.6g} on the same batch said twice; "
                "take the mean over the batch, not the sum"
            )


def _trainings(subject: Subject) -> list[tuple[Recipe, Recipe]]:
    """Two replicas under every optimizer."""
    return [
        tuple(  # type: ignore[misc]
            recipe(
                loss=subject.name,
                optimizer=Choice.of(OPTIMIZERS, optimizer, **nearby(OPTIMIZERS, optimizer, index)),
                seed=index,
            )
            for index in range(2)
        )
        for optimizer in OPTIMIZERS.names()
    ]


def trains(subject: Subject) -> None:
    """Training with it stays finite, and moves both players."""
    if reason := finite_after(20, recipe(loss=subject.name)):
        raise Broken(f"on the ring, {reason}")


def is_repeatable(subject: Subject) -> None:
    """The same seed gives the same run, bit for bit."""
    repeatable(recipe(loss=subject.name, steps=10))


def same_in_a_cohort(subject: Subject) -> None:
    """A run is the same alone and in a cohort, to 1e-9 in float64 after 20 steps, with every optimizer."""
    for pair in _trainings(subject):
        same_alone_and_in_a_cohort(pair)


def knobs_differ_in_a_cohort(subject: Subject) -> None:
    """Replicas whose knobs differ train together, each as it does alone."""
    if nearby(LOSSES, subject.name, 1):
        runs = [recipe(loss=subject.name, steps=10, seed=index) for index in range(2)]
        choices = [subject.choice(**nearby(LOSSES, subject.name, index)) for index in range(2)]
        pairs = zip(runs, choices, strict=True)
        same_alone_and_in_a_cohort([dataclasses.replace(run, loss=choice) for run, choice in pairs])


def is_vectorised(subject: Subject) -> None:
    """A cohort is one program: nothing falls back to a loop over replicas."""
    vectorised([recipe(loss=subject.name, seed=seed) for seed in range(2)])


CHECKS: tuple[Check, ...] = (
    finite_far_out,
    pulls_to_the_right_side,
    is_a_mean,
    trains,
    is_repeatable,
    same_in_a_cohort,
    knobs_differ_in_a_cohort,
    is_vectorised,
)
GATES: tuple[Check, ...] = (trains,)
