"""What every loss keeps: finite far out, never a pull to the wrong side, a mean over the batch."""

from __future__ import annotations

import dataclasses
import itertools
import typing
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from bench.contracts.base import Broken, Check, Subject
from bench.contracts.rules import (
    NEAR,
    finite_after,
    repeatable,
    same_alone_and_in_a_cohort,
    together,
    vectorised,
)
from bench.contracts.trainings import differ_at_most, nearby, recipe, trained_by
from gan.losses.base import Loss
from gan.recipe import Recipe
from gan.registry import LOSSES, OPTIMIZERS, Knob, Spec

_FAR = (-100.0, 0.0, 100.0)
_HOW = "use softplus, logsigmoid and their like, which are finite far out, instead of log and exp"


def _of_d(loss: Loss, real_B: Tensor, fake_B: Tensor) -> Tensor:
    return loss.discriminator(real_B, fake_B, loss.targets)


def _of_g(loss: Loss, real_B: Tensor, fake_B: Tensor) -> Tensor:
    return loss.generator(fake_B, real_B if loss.pairs else None, loss.targets)


PLAYERS = {"discriminator": _of_d, "generator": _of_g}
"""Player -> its loss, given D's logits on real and on generated samples."""


def structures(spec: Spec) -> list[dict[str, Any]]:
    """Every choice of a loss's structural knobs; those of a loss are names, or yes or no."""
    knobs = [knob for knob in spec.knobs if knob.structural]
    each = itertools.product(*map(_values, knobs))
    return [{knob.name: value for knob, value in zip(knobs, values, strict=True)} for values in each]


def _values(knob: Knob) -> tuple[Any, ...]:
    found = (False, True) if knob.type is bool else typing.get_args(knob.type)
    if not found:
        raise Broken(
            f"knob {knob.name} cannot be enumerated; the structure of a loss is a Literal or a bool, and "
            "its numbers are floats"
        )
    return found


def _variants(subject: Subject) -> Iterator[tuple[Loss, str]]:
    """It at every choice of its structure, and the choice in words; nothing for the only one."""
    for structure in structures(subject.spec):
        words = ", ".join(f"{name} = {value}" for name, value in structure.items())
        yield subject.made(**structure), f" ({words})" if words else ""


def finite_far_out(subject: Subject) -> None:
    """Value and gradient of both players are finite in float32 at logits of ±100, gradients squared too."""
    for loss, variant in _variants(subject):
        for (player, value_of), real, fake in itertools.product(PLAYERS.items(), _FAR, _FAR):
            logits = [torch.full((4,), value, requires_grad=True) for value in (real, fake)]
            said = f"of the {player} at logits of {real:g} on real and {fake:g} on generated samples{variant}"
            _check_finite(value_of(loss, *logits), logits, said)


def _check_finite(value: Tensor, logits: list[Tensor], said: str) -> None:
    if value.shape != ():
        raise Broken(f"the loss {said} has the shape {tuple(value.shape)}; it must be one number: .mean()")
    if not value.isfinite():
        raise Broken(f"the loss {said} is {float(value.detach())}; {_HOW}")
    for gradient in torch.autograd.grad(value, logits, allow_unused=True):
        if gradient is not None and not gradient.square().sum().isfinite():
            raise Broken(f"the gradient {said} is {float(gradient[0])}; {_HOW}")


def pulls_to_the_right_side(subject: Subject) -> None:
    """At logits of 0.5, D wants real up and generated down, and G wants generated up."""
    for loss, variant in _variants(subject):
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
            raise Broken("; ".join(wrong) + f": a sign is wrong{variant}")


def is_a_mean(subject: Subject) -> None:
    """A batch said twice costs the same: learning rates do not depend on the batch size."""
    once = [torch.linspace(*ends, 6, dtype=torch.float64) for ends in ((-2, 3), (1, -2))]
    twice = [torch.cat([logits, logits]) for logits in once]
    for loss, variant in _variants(subject):
        for player, value_of in PLAYERS.items():
            one, two = value_of(loss, *once), value_of(loss, *twice)
            if not differ_at_most([one], [two]) <= NEAR:
                raise Broken(
                    f"the {player}'s loss is {float(one):.6g} on a batch and {float(two):.6g} on the same "
                    f"batch said twice{variant}; take the mean over the batch, not the sum"
                )


def is_blind_to_order(subject: Subject) -> None:
    """The order of a batch means nothing: of its pairs, or of each kind where G does not see real samples."""
    generator = torch.Generator().manual_seed(0)
    real_B, fake_B = torch.randn(2, 64, generator=generator, dtype=torch.float64).mul(2.0).unbind()
    one, other = (torch.randperm(64, generator=generator) for _ in range(2))
    for loss, variant in _variants(subject):
        orders = [(one, one)] if loss.pairs else [(one, one), (one, other)]
        for (player, value_of), (real, fake) in itertools.product(PLAYERS.items(), orders):
            before, after = value_of(loss, real_B, fake_B), value_of(loss, real_B[real], fake_B[fake])
            if not differ_at_most([before], [after]) <= NEAR:
                raise Broken(
                    f"the {player}'s loss is {float(before):.6g}, and {float(after):.6g} of the same "
                    f"batch in another order{variant}; if G compares real with generated, say `pairs`"
                )


def targets_are_fixed(subject: Subject) -> None:
    """Targets are None or two numbers, D's on real samples the higher, that nobody can set."""
    for loss, variant in _variants(subject):
        if loss.targets is not None:
            real, fake = loss.targets
            if not real > fake:
                raise Broken(f"its targets are {real} on real and {fake} on generated samples{variant}")
        try:
            loss.targets = (1.0, 0.0)  # type: ignore[misc]
        except AttributeError:
            continue
        raise Broken("`targets` can be set from outside; make it a property")


def knobs_differ_in_a_cohort(subject: Subject) -> None:
    """Losses, slopes and boundaries of replicas whose knobs differ are those of each by itself."""
    logits = torch.randn(3, 2, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    knobs = [nearby(LOSSES, subject.name, index) for index in range(3)]
    for (loss, variant), dtype in itertools.product(_variants(subject), (torch.float32, torch.float64)):
        numbers_R = {key: torch.tensor([float(one[key]) for one in knobs], dtype=dtype) for key in knobs[0]}
        logits_R2B = logits.to(dtype)
        seen = together(partial(_slopes, loss), numbers_R, logits_R2B)
        for index in range(3):
            alone = _slopes(loss, {key: of[index] for key, of in numbers_R.items()}, logits_R2B[index])
            beside = [each[index] for each in seen]
            if wrong := {value.dtype for value in (*alone, *beside)} - {dtype}:
                raise Broken(f"in {dtype} it computes in {wrong.pop()}{variant}")
            apart = differ_at_most(alone, beside)
            if not apart <= (NEAR if dtype == torch.float64 else 1e-5):
                raise Broken(
                    f"replica {index} of 3 is {apart:.1e} away from itself alone in {dtype}{variant}; take "
                    "means over the batch and nothing else"
                )


def _slopes(loss: Loss, numbers: dict[str, Tensor], logits_2B: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of both players, D's loss, and the boundary."""
    # Through `replace`, because dataclasses are what a cohort carries its knobs in.
    turned = dataclasses.replace(loss, **numbers)  # type: ignore[type-var]

    def total(logits_2B: Tensor) -> tuple[Tensor, Tensor]:
        d = _of_d(turned, *logits_2B)
        return d + 2.0 * _of_g(turned, *logits_2B), d

    slope, d = torch.func.grad(total, has_aux=True)(logits_2B)
    return slope, d, torch.as_tensor(turned.boundary(*logits_2B), dtype=logits_2B.dtype)


def _trainings(subject: Subject) -> list[list[Recipe]]:
    """Two replicas under every optimizer, with knobs of their own."""
    return [
        [
            trained_by(
                optimizer,
                nearby(OPTIMIZERS, optimizer, index),
                loss=subject.choice(**nearby(LOSSES, subject.name, index)),
                seed=index,
            )
            for index in range(2)
        ]
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


def is_vectorised(subject: Subject) -> None:
    """A cohort is one program: nothing falls back to a loop over replicas."""
    vectorised([recipe(loss=subject.name, seed=seed) for seed in range(2)])


CHECKS: tuple[Check, ...] = (
    finite_far_out,
    pulls_to_the_right_side,
    is_a_mean,
    is_blind_to_order,
    targets_are_fixed,
    trains,
    is_repeatable,
    same_in_a_cohort,
    knobs_differ_in_a_cohort,
    is_vectorised,
)
GATES: tuple[Check, ...] = (trains,)
