"""Trainings of milliseconds in which a component is tried, and what they are compared by."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from bench.contracts.base import Broken
from gan.build import component, why_not
from gan.recipe import Choice, Recipe
from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS, TRICKS, Knob, Registry
from gan.train import Cohort

CPU = torch.device("cpu")
Knobs = Mapping[str, Any]

RING = Choice.of(DATA, "ring", size=512)
DIGITS = Choice.of(DATA, "digits")
MLP = Choice.of(MODELS, "mlp", width=8)
DCGAN = Choice.of(MODELS, "dcgan", width=2)
DCGAN_WITHOUT_NORM = Choice.of(MODELS, "dcgan", width=2, discriminator_norm="none")
WORLDS = ((RING, MLP), (DIGITS, MLP), (DIGITS, DCGAN_WITHOUT_NORM), (DIGITS, DCGAN))
"""Pairs of data and model in which a component is tried, the fastest first."""
NEAR = 1e-9
"""How far apart two computations in float64 may be that are the same but for their rounding."""


def recipe(tricks: Mapping[str, Knobs] | None = None, loss: str = "non_saturating", **changes: Any) -> Recipe:
    """A run that trains in milliseconds; any field may be changed."""
    plain: dict[str, Any] = {
        "data": RING,
        "model": MLP,
        "loss": Choice.of(LOSSES, loss),
        "optimizer": Choice.of(OPTIMIZERS, "adam"),
        "tricks": chosen(tricks or {}),
        "generator_lr": 1e-3,
        "discriminator_lr": 2e-3,
        "steps": 20,
        "batch_size": 16,
        "d_steps": 1,
        "latent_size": 4,
        "seed": 0,
        "precision": "float64",
    }
    return Recipe(**{**plain, **changes})


def chosen(tricks: Mapping[str, Knobs]) -> tuple[Choice, ...]:
    """Tricks by name and knobs, in the order in which they are folded."""
    return tuple(Choice.of(TRICKS, name, **knobs) for name, knobs in sorted(tricks.items()))


@functools.cache
def _samples(name: str, source: str | None, knobs: tuple[tuple[str, Any], ...]) -> Tensor:
    x: Tensor = component("data", Choice(name, dict(knobs), source)).load(Path()).x
    return x


def cohort_of(recipes: Iterable[Recipe]) -> Cohort:
    """The cohort of these recipes, before its first step."""
    recipes = list(recipes)
    data = recipes[0].data
    return Cohort(recipes, _samples(data.name, data.source, tuple(data.knobs.items())), CPU)


def trained(*recipes: Recipe) -> Cohort:
    """The cohort of these recipes, after its last step."""
    cohort = cohort_of(recipes)
    cohort.run(recipes[0].steps)
    return cohort


def leaves(cohort: Cohort, index: int) -> list[Tensor]:
    """Every number of one replica: weights, moments, memories, logs."""
    return pytree.tree_leaves(cohort.replica(index))


def weights(cohort: Cohort, index: int = 0) -> Tensor:
    """Both players' parameters of one replica, as one vector."""
    players = cohort.replica(index).state.players
    return torch.cat([players["generator"].parameters, players["discriminator"].parameters])


def drawn(cohort: Cohort, index: int = 0, count: int = 32) -> Tensor:
    """Samples of one replica as a metric would get them."""
    return cohort.snapshot(True).sample(index, count)


def home(trick: str, knobs: Knobs | None = None, **changes: Any) -> Recipe:
    """The first training in which a trick can act: some loss, some world, with another trick if need be.

    Raises:
        Broken: There is none.
    """
    losses = sorted(LOSSES.names(), key=lambda name: name != "non_saturating")
    others: list[dict[str, Knobs]] = [{}]
    others += [{other: {}} for other in TRICKS.names() if other != trick]
    refusals = []
    for company, (data, model), loss in itertools.product(others, WORLDS, losses):
        tried = recipe({**company, trick: knobs or {}}, loss, **{"data": data, "model": model, **changes})
        if (reason := why_not(tried)) is None:
            return tried
        refusals.append(reason)
    raise Broken(f"`fits` declines every setup there is, with the reason: {refusals[0]}")


def without(trick: str, recipe: Recipe) -> Recipe:
    """The same run without one of its tricks."""
    return dataclasses.replace(recipe, tricks=tuple(t for t in recipe.tricks if t.name != trick))


def nearby(registry: Registry, name: str, index: int) -> dict[str, float]:
    """Values for all of a component's knobs, near the defaults, others for every index."""
    return {knob.name: _nearby(knob, index) for knob in registry.spec(name).knobs if not knob.structural}


def _nearby(knob: Knob, index: int) -> float:
    value = float(knob.default) * (1.0 - 0.1 * index) if knob.default else 0.01 * index
    low = -float("inf") if knob.low is None else knob.low
    high = float("inf") if knob.high is None else knob.high
    return min(max(value, low), high)


def replicas(world: Recipe, names: Sequence[str], count: int = 3) -> list[Recipe]:
    """`count` runs of `world` with these tricks, each with knobs, learning rates and a seed of its own."""

    def of(index: int) -> Recipe:
        def near(registry: Registry, choice: Choice) -> Choice:
            return dataclasses.replace(choice, knobs={**choice.knobs, **nearby(registry, choice.name, index)})

        return dataclasses.replace(
            world,
            tricks=chosen({name: nearby(TRICKS, name, index) for name in names}),
            loss=near(LOSSES, world.loss),
            optimizer=near(OPTIMIZERS, world.optimizer),
            generator_lr=1e-3 * (1 + index),
            discriminator_lr=2e-3 * (1 + index),
            seed=index,
        )

    return [of(index) for index in range(count)]


def differ_at_most(one: Iterable[Tensor], other: Iterable[Tensor]) -> float:
    """The largest difference of two lists of tensors, relative where numbers are above 1."""
    pairs = zip(one, other, strict=True)
    apart = [((a - b).abs() / b.abs().clamp(min=1.0)).max() for a, b in pairs if a.numel()]
    return max((float(value.double()) for value in apart), default=0.0)


def same_alone_and_in_a_cohort(recipes: Sequence[Recipe]) -> None:
    """To 1e-9 in float64, every number of the state and every sample. Raises Broken."""
    singles = [trained(alone) for alone in recipes]
    together = trained(*recipes)
    # Before anything is drawn: a snapshot begins a new window of the logs.
    states = [(leaves(single, 0), leaves(together, index)) for index, single in enumerate(singles)]
    for index, (single, (one, other)) in enumerate(zip(singles, states, strict=True)):
        apart = differ_at_most([*one, drawn(single)], [*other, drawn(together, index)])
        if not apart <= NEAR:
            raise Broken(
                f"after {recipes[0].steps} steps replica {index} of {len(recipes)} is {apart:.1e} away from "
                "where it ends alone; keep every number of a replica its own: no statistics over all "
                "tensors, no state outside `at.memory`, no random numbers but those of the `rng`"
            )
    spread = float((weights(together, 0) - weights(together, 1)).abs().max())
    if not spread > 1e-3:
        raise Broken(
            f"replicas with other seeds, knobs and learning rates end {spread:.1e} apart: nothing trains"
        )


def stays_the_only_one(recipes: Sequence[Recipe], sick_lr: float) -> None:
    """Of three runs the one whose D learns at `sick_lr` diverges and is frozen; nothing else changes."""
    healthy = [dataclasses.replace(one, precision="float32") for one in recipes]
    infected = [healthy[0], dataclasses.replace(healthy[1], discriminator_lr=sick_lr), *healthy[2:]]
    reference, cohort = trained(*healthy), cohort_of(infected)
    half = recipes[0].steps // 2
    cohort.run(half)
    diverged = cohort.snapshot(False).diverged
    others = [index for index in range(len(recipes)) if index != 1]
    if diverged[1] is None:
        raise Broken(
            f"a discriminator that learns at {sick_lr} goes on as if it were finite after {half} steps"
        )
    if ill := [index for index in others if diverged[index] is not None]:
        raise Broken(f"replicas {ill} are not finite, beside one whose discriminator learns at {sick_lr}")
    frozen = leaves(cohort, 1)
    if not all(bool(leaf.isfinite().all()) for leaf in frozen):
        raise Broken("the state of the diverged replica holds NaN or infinity: it is frozen too late")
    cohort.run(half)
    if differ_at_most(frozen, leaves(cohort, 1)):
        raise Broken("the state of a diverged replica goes on changing")
    for index in others:
        if not torch.equal(weights(cohort, index), weights(reference, index)):
            raise Broken(
                f"replica {index} ends elsewhere when its neighbour, learning at {sick_lr}, diverges: "
                "something is computed over all replicas"
            )


@contextmanager
def no_loops_over_replicas() -> Iterator[None]:
    """Make an operation without a batching rule, which would run once a replica, an error."""
    switches = torch._C._functorch
    name = "_is_" + "vmap_fallback_enabled", "_set_" + "vmap_fallback_enabled"
    enabled: Callable[[], bool] = getattr(switches, name[0])
    enable: Callable[[bool], None] = getattr(switches, name[1])
    before = enabled()
    enable(False)
    try:
        yield
    finally:
        enable(before)


def vectorised(recipes: Sequence[Recipe]) -> None:
    """One step of these runs as one program; raises RuntimeError where that falls back to a loop."""
    with no_loops_over_replicas():
        cohort_of(recipes).run(1)


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


def finite_after(steps: int, tried: Recipe) -> str | None:
    """Why a run is not finite, or has not moved, after a few steps in float32; None if all is well."""
    short = dataclasses.replace(tried, steps=steps, precision="float32")
    begun, ended = cohort_of([short]), trained(short)
    (diverged,) = ended.snapshot(True).diverged
    if diverged is not None:
        return f"its numbers are NaN or infinite in step {diverged}"
    if torch.equal(weights(begun), weights(ended)):
        return f"neither player has moved after {steps} steps"
    if not drawn(ended).isfinite().all():
        return "its samples are NaN or infinite"
    return None
