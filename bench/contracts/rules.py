"""What every training keeps, whatever it is made of: rules that several kinds of component share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from bench.contracts.base import Broken
from bench.contracts.trainings import cohort_of, differ_at_most, drawn, leaves, players, trained, weights
from gan.recipe import Recipe
from gan.train import Cohort

NEAR = 1e-9
"""How far apart two computations in float64 may be that are the same but for their rounding."""
SICK = (1e30, float("inf"), float("nan"))
"""Learning rates at which both players diverge, though a trick keep one of them within bounds."""
LEAST = 12
"""Letters of a reason that says what to change."""


def same_alone_and_in_a_cohort(recipes: Sequence[Recipe]) -> None:
    """The first and the last, to 1e-9 in float64, in all of the state and every sample. Raises Broken."""
    singles = {index: trained(recipes[index]) for index in (0, len(recipes) - 1)}
    together = trained(*recipes)
    # Before anything is drawn: a snapshot begins a new window of the logs.
    states = {index: (leaves(single, 0), leaves(together, index)) for index, single in singles.items()}
    for index, single in singles.items():
        one, other = states[index]
        apart = differ_at_most([*one, drawn(single)], [*other, drawn(together, index)])
        if not apart <= NEAR:
            raise Broken(
                f"after {recipes[0].steps} steps replica {index} of {len(recipes)} is {apart:.1e} away from "
                "where it ends alone; keep every number of a replica its own: no statistics over all "
                "tensors, no state outside `at.memory`, no random numbers but those of the `rng`"
            )
    if stuck := at_rest(recipes[0], singles[0]):
        raise Broken(f"after {recipes[0].steps} steps the {stuck} has not moved: nothing trains")
    spread = float((weights(together, 0) - weights(together, 1)).abs().max())
    if not spread > 1e-3:
        raise Broken(
            f"replicas with other seeds, knobs and learning rates end {spread:.1e} apart: nothing trains"
        )


def stays_the_only_one(recipes: Sequence[Recipe]) -> None:
    """Runs that learn at the rates `SICK` diverge and are frozen; those around them never notice.

    Args:
        recipes: Two more than there are such rates; the first and the last keep their own.

    Raises:
        Broken: That is not so.
    """
    healthy = [dataclasses.replace(one, precision="float32") for one in recipes]
    sick = [
        dataclasses.replace(one, generator_lr=lr, discriminator_lr=lr)
        for one, lr in zip(healthy[1:-1], SICK, strict=True)
    ]
    reference, cohort = trained(*healthy), cohort_of([healthy[0], *sick, healthy[-1]])
    half = recipes[0].steps // 2
    cohort.run(half)
    seen = cohort.snapshot(False)
    rates = dict(enumerate(SICK, start=1))
    for index, lr in rates.items():
        if seen.diverged[index] is None:
            raise Broken(f"players that learn at {lr} go on as if they were finite after {half} steps")
        if seen.logs[index] is not None:
            raise Broken(f"the logs of players that diverged, learning at {lr}, are handed on")
        if not all(bool(leaf.isfinite().all()) for leaf in leaves(cohort, index)):
            raise Broken(f"learning at {lr}, a state holds NaN or infinity: it is frozen too late")
    others = [0, len(recipes) - 1]
    if ill := [index for index in others if seen.diverged[index] is not None or seen.logs[index] is None]:
        raise Broken(f"replicas {ill} are not finite, beside some whose players learn at {SICK}")
    frozen = {index: leaves(cohort, index) for index in rates}
    cohort.run(half)
    for index in rates:
        if differ_at_most(frozen[index], leaves(cohort, index)):
            raise Broken("the state of a diverged replica goes on changing")
    if cohort.snapshot(False).diverged != seen.diverged:
        raise Broken("the step at which a replica has diverged changes later on")
    for index in others:
        if not torch.equal(weights(cohort, index), weights(reference, index)):
            raise Broken(
                f"replica {index} ends elsewhere when its neighbours, learning at {SICK}, diverge: something "
                "is computed over all replicas"
            )


@contextmanager
def no_loops_over_replicas() -> Iterator[None]:
    """Make an operation without a batching rule, which would run once a replica, an error."""
    switches: Any = torch._C._functorch
    before = switches._is_vmap_fallback_enabled()
    switches._set_vmap_fallback_enabled(False)
    try:
        yield
    finally:
        switches._set_vmap_fallback_enabled(before)


def together(function: Callable[..., Any], *args: Any) -> Any:
    """`function` for every replica along the arguments' first axes, as one program."""
    with no_loops_over_replicas():
        return torch.vmap(function)(*args)


def vectorised(recipes: Sequence[Recipe]) -> None:
    """Two steps of these runs as one program; raises RuntimeError where that falls back to a loop."""
    with no_loops_over_replicas():
        cohort_of(recipes).run(2)


def repeatable(once: Recipe) -> None:
    """Trained twice, the same run ends bit for bit at the same weights and samples. Raises Broken."""
    one, again = trained(once), trained(once)
    if not (torch.equal(weights(one), weights(again)) and torch.equal(drawn(one), drawn(again))):
        apart = differ_at_most([weights(one), drawn(one)], [weights(again), drawn(again)])
        raise Broken(
            f"two trainings of the same run with the same seed end {apart:.1e} apart; draw random numbers "
            "from the `rng` that is given (at.rng.normal, at.rng.uniform), never from torch.randn or random, "
            "and keep nothing outside `at.memory`"
        )


def at_rest(recipe: Recipe, ended: Cohort) -> str | None:
    """The player that is where it began; None if both have moved."""
    begun = players(cohort_of([recipe]))
    return next((side for side, end in players(ended).items() if torch.equal(begun[side], end)), None)


def finite_after(steps: int, tried: Recipe) -> str | None:
    """Why a run is not finite, or has not moved, after a few steps in float32; None if all is well."""
    short = dataclasses.replace(tried, steps=steps, precision="float32")
    ended = trained(short)
    (diverged,) = ended.snapshot(True).diverged
    if diverged is not None:
        return f"its numbers are NaN or infinite in step {diverged}"
    if stuck := at_rest(short, ended):
        return f"the {stuck} has not moved after {steps} steps"
    if not drawn(ended).isfinite().all():
        return "its samples are NaN or infinite"
    return None


def unclear(reason: str, names: Sequence[str]) -> str | None:
    """What is wrong with the reason for which a combination is declined; None if nothing.

    Args:
        reason: As `gan.build.why_not` gives it: who declines, a colon, and why.
        names: Who may decline.
    """
    who, _, why = reason.partition(": ")
    if who not in names or len(why) < LEAST:
        return f"it is declined with {reason!r}, which does not say what to change"
    return None
