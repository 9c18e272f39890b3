"""Trainings of milliseconds in which a component is tried, and what they are compared by."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from bench.contracts.base import Broken
from gan.build import SIDES, component, why_not
from gan.data.base import Data
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
WORDS = Choice.of(DATA, "discrete", size=512)
BITS = Choice.of(DATA, "discrete", symbols=2, size=512)
STEPS = 20
"""Of a training for which no other number is asked."""
World = tuple[Choice, Choice]
"""Data and a model."""
POINTS: tuple[World, ...] = ((RING, MLP), (WORDS, MLP), (BITS, MLP))
"""Points, and for what acts on nothing else points that are symbols."""
IMAGES: tuple[World, ...] = ((DIGITS, MLP), (DIGITS, DCGAN_WITHOUT_NORM), (DIGITS, DCGAN))
"""Images, and for what acts in nothing else convolutions."""
WORLDS = (*POINTS, *IMAGES)
"""Pairs of data and model in which a component is tried, the fastest first."""


def recipe(
    tricks: Mapping[str, Knobs] | None = None, loss: str | Choice = "non_saturating", **changes: Any
) -> Recipe:
    """A run that trains in milliseconds; any field may be changed."""
    plain: dict[str, Any] = {
        "data": RING,
        "model": MLP,
        "loss": Choice.of(LOSSES, loss) if isinstance(loss, str) else loss,
        "optimizer": Choice.of(OPTIMIZERS, "adam"),
        "tricks": chosen(tricks or {}),
        "generator_lr": 1e-3,
        "discriminator_lr": 2e-3,
        "steps": STEPS,
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
    data: Data = component("data", Choice(name, dict(knobs), source))
    if data.file_backed:
        # Nobody need have the files: here their shape matters, and not what is seen on them.
        return 2.0 * torch.rand(64, *data.shape, generator=torch.Generator().manual_seed(0)) - 1.0
    return data.load(Path()).x


def cohort_of(recipes: Iterable[Recipe], compiled: bool = False) -> Cohort:
    """The cohort of these recipes, before its first step."""
    recipes = list(recipes)
    data = recipes[0].data
    return Cohort(recipes, _samples(data.name, data.source, tuple(data.knobs.items())), CPU, compiled)


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
    return torch.cat(list(players(cohort, index).values()))


def players(cohort: Cohort, index: int = 0) -> dict[str, Tensor]:
    """Each player's parameters of one replica, the generator's first."""
    state = cohort.replica(index).state
    return {side: state.players[side].parameters for side in SIDES}


def drawn(cohort: Cohort, index: int = 0, count: int = 32) -> Tensor:
    """Samples of one replica as a metric would get them."""
    return cohort.snapshot(True).sample(index, count)


def tries(
    tricks: Mapping[str, Knobs], worlds: Sequence[World] = WORLDS, **changes: Any
) -> Iterator[tuple[Recipe, str | None]]:
    """Trainings with these tricks, in every world with every loss, each with the reason why it cannot be."""
    losses = sorted(LOSSES.names(), key=lambda name: name != "non_saturating")
    for (data, model), loss in itertools.product(worlds, losses):
        tried = recipe(tricks, loss, **{"data": data, "model": model, **changes})
        yield tried, why_not(tried)


def home(trick: str, knobs: Knobs | None = None, **changes: Any) -> Recipe:
    """The first training in which a trick can act: some loss, some world, with another trick if need be.

    Raises:
        Broken: There is none.
    """
    others: list[dict[str, Knobs]] = [{}]
    others += [{other: {}} for other in TRICKS.names() if other != trick]
    refusal = None
    for company in others:
        for tried, reason in tries({**company, trick: knobs or {}}, **changes):
            if reason is None:
                return tried
            refusal = refusal or reason
    raise Broken(f"`fits` declines every setup there is, with the reason: {refusal}")


def trained_by(optimizer: str, knobs: Knobs | None = None, **changes: Any) -> Recipe:
    """The first training, in the order of the ways to update, that an optimiser can do.

    Raises:
        Broken: There is none.
    """
    choice = Choice.of(OPTIMIZERS, optimizer, **(knobs or {}))
    refusals = []
    for updates in ("alternating", "simultaneous"):
        tried = recipe(optimizer=choice, **{"updates": updates, **changes})
        if (reason := why_not(tried)) is None:
            return tried
        refusals.append(reason)
    raise Broken(f"`fits` declines to update in turns and at once: {'; '.join(refusals)}")


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
    """The largest difference of two lists of tensors, divided by 1 + |x|; or NaN."""
    pairs = [(a.double(), b.double()) for a, b in zip(one, other, strict=True) if a.numel()]
    # Of a list of Python's numbers `max` would pass over NaN.
    return float(torch.stack([((a - b).abs() / (1.0 + b.abs())).max() for a, b in pairs]).max())
