"""What every trick keeps: neutral knobs do nothing, others something, and a cohort changes nothing at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch

from bench.contracts.base import Broken, Check, Subject, explained
from bench.contracts.rules import (
    SICK,
    finite_after,
    repeatable,
    same_alone_and_in_a_cohort,
    stays_the_only_one,
    unclear,
    vectorised,
)
from bench.contracts.trainings import (
    IMAGES,
    POINTS,
    World,
    differ_at_most,
    drawn,
    home,
    recipe,
    replicas,
    trained,
    weights,
    without,
)
from gan.build import why_not
from gan.recipe import Recipe
from gan.registry import LOSSES
from gan.tricks.base import Trick

LONG = 50
"""Steps after which a trick and a loss that do not agree have shown it."""
_RETURNS = "each point returns what it is given, in the same shape (gan/tricks/base.py)"


def points(subject: Subject) -> list[str]:
    """The points of a step at which it acts."""
    cls = subject.registry.load(subject.name, subject.spec.source)
    own = [name for name in vars(Trick) if not name.startswith("_") and name != "fits"]
    return [name for name in own if getattr(cls, name) is not getattr(Trick, name)]


def trains(subject: Subject) -> None:
    """It trains somewhere, alone, and stays finite."""
    at_home = home(subject.name)
    acting = f"it acts at: {', '.join(points(subject)) or 'no point at all'}"
    try:
        reason = finite_after(3, at_home)
    except Exception as error:
        # A value of the wrong shape or type breaks whoever is handed it next, far from the trick.
        raise Broken(f"{explained(error)}; {acting}; {_RETURNS}") from error
    if reason:
        raise Broken(f"alone, with the loss {at_home.loss.name}, {reason}; {acting}")


def is_repeatable(subject: Subject) -> None:
    """The same seed gives the same run, bit for bit."""
    repeatable(home(subject.name, steps=10))


def neutral_knobs_do_nothing(subject: Subject) -> None:
    """At its neutral knobs weights and samples are bit for bit those without it."""
    neutral = {knob.name: knob.neutral for knob in subject.spec.knobs if knob.neutral is not None}
    if not neutral:
        return
    for precision in ("float32", "float64"):
        with_it = home(subject.name, neutral, steps=10, precision=precision, d_steps=2)
        one, other = trained(with_it), trained(without(subject.name, with_it))
        for what, a, b in (("weights", weights(one), weights(other)), ("samples", drawn(one), drawn(other))):
            if not torch.equal(a, b):
                said = ", ".join(f"{name} = {value}" for name, value in neutral.items())
                raise Broken(
                    f"at {said} the {what} are {differ_at_most([a], [b]):.1e} away from those without it "
                    f"({precision}, 10 steps); declare another `neutral`, or none, or make it exact"
                )


def changes_something(subject: Subject) -> None:
    """Somewhere in its range it changes something: it is no silent no-op."""
    knobs = subject.spec.knobs
    lowest = {knob.name: knob.low for knob in knobs if not knob.structural and knob.low is not None}
    if not (_differs(subject.name, {}) or _differs(subject.name, lowest)):
        acting = ", ".join(points(subject))
        why = f"what it does at {acting} has no effect" if acting else "it overrides no point of a step"
        raise Broken(
            "after 10 steps weights and samples are bit for bit those without it, at its default knobs and "
            f"at its lowest: {why} (see gan/tricks/base.py), or `fits` must decline this setup"
        )


def _differs(name: str, knobs: dict[str, float]) -> bool:
    with_it = home(name, knobs, steps=10)
    one, other = trained(with_it), trained(without(name, with_it))
    return not (torch.equal(weights(one), weights(other)) and torch.equal(drawn(one), drawn(other)))


def _replicas(name: str, count: int = 3, **changes: Any) -> list[Recipe]:
    world = dataclasses.replace(home(name, **changes), d_steps=2)
    return replicas(world, [trick.name for trick in world.tricks], count)


def same_in_a_cohort(subject: Subject) -> None:
    """A run is the same alone and in a cohort, to 1e-9 in float64 after 20 steps."""
    same_alone_and_in_a_cohort(_replicas(subject.name))


def is_vectorised(subject: Subject) -> None:
    """A cohort is one program: nothing falls back to a loop over replicas."""
    vectorised(_replicas(subject.name, 2))


def sick_replica_stays_alone(subject: Subject) -> None:
    """A replica that diverges is frozen and dated, and the others never notice."""
    stays_the_only_one(_replicas(subject.name, len(SICK) + 2, steps=10))


def works_with_every_loss_on_points(subject: Subject) -> None:
    """With every loss it trains for 50 steps on points and stays finite, or declines in words."""
    _agrees_with_losses(subject.name, POINTS)


def works_with_every_loss_on_images(subject: Subject) -> None:
    """With every loss it trains for 50 steps on images and stays finite, or declines in words."""
    _agrees_with_losses(subject.name, IMAGES)


def _agrees_with_losses(name: str, worlds: Sequence[World]) -> None:
    company = [trick.name for trick in home(name).tricks]
    wrong = [
        f"with the loss {loss} {said}"
        for loss in LOSSES.names()
        if (said := _wrong_with(company, loss, worlds)) is not None
    ]
    if wrong:
        raise Broken("; ".join(wrong) + "; mend it, or let `fits` decline with what to change")


def _wrong_with(names: Sequence[str], loss: str, worlds: Sequence[World]) -> str | None:
    """What is wrong with these tricks under a loss, in the first world where they apply; None if nothing."""
    reasons = []
    for data, model in worlds:
        together = recipe({name: {} for name in names}, loss, data=data, model=model)
        reason = why_not(together)
        if reason is None:
            return finite_after(LONG, together)
        reasons.append(reason)
    return next((said for reason in reasons if (said := unclear(reason, names))), None)


def whole_numbers_are_real(subject: Subject) -> None:
    """`sigma: 1` and `sigma: 1.0` are one run, and share a cohort with `0.5`."""
    whole = {
        knob.name: int(max(knob.low, 1) if (knob.high or 0) >= 1 else knob.low)
        for knob in subject.spec.knobs
        if not knob.structural and knob.low is not None
    }
    floats = {key: float(value) for key, value in whole.items()}
    ints, real = home(subject.name, whole, steps=8), home(subject.name, floats, steps=8)
    trained(ints, dataclasses.replace(real, seed=1))
    if not torch.equal(weights(trained(ints)), weights(trained(real))):
        raise Broken(f"{whole} and {floats} train to other weights; do arithmetic with knobs, nothing else")


CHECKS: tuple[Check, ...] = (
    trains,
    is_repeatable,
    neutral_knobs_do_nothing,
    changes_something,
    same_in_a_cohort,
    is_vectorised,
    sick_replica_stays_alone,
    works_with_every_loss_on_points,
    works_with_every_loss_on_images,
    whole_numbers_are_real,
)
GATES: tuple[Check, ...] = (trains,)
