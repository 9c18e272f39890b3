"""Small trainings, and the moments at which a trick is asked to act; shared by the tests of `gan`."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from gan.build import component, why_not
from gan.models.base import Layout
from gan.recipe import Choice, Recipe
from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS, TRICKS, Knob, Registry
from gan.rng import Rng
from gan.train import Cohort
from gan.tricks.base import At, Batch, Critic, Memory, Side

CPU = torch.device("cpu")
Knobs = Mapping[str, Any]
Tricks = Mapping[str, Knobs]

RING = Choice.of(DATA, "ring", size=512)
DIGITS = Choice.of(DATA, "digits")
MLP = Choice.of(MODELS, "mlp", width=8)
DCGAN = Choice.of(MODELS, "dcgan", width=2)
DCGAN_WITHOUT_NORM = Choice.of(MODELS, "dcgan", width=2, discriminator_norm="none")
WORDS = Choice.of(DATA, "discrete", size=512)
BITS = Choice.of(DATA, "discrete", symbols=2, size=512)
WORLDS = (
    (RING, MLP),
    (WORDS, MLP),
    (BITS, MLP),
    (DIGITS, MLP),
    (DIGITS, DCGAN_WITHOUT_NORM),
    (DIGITS, DCGAN),
)
"""Pairs of data and model in which a component is tried, the fastest first."""


def recipe(tricks: Tricks | None = None, loss: str = "non_saturating", **changes: Any) -> Recipe:
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


def chosen(tricks: Tricks) -> tuple[Choice, ...]:
    """Tricks by name and knobs, in the order in which they are folded."""
    return tuple(Choice.of(TRICKS, name, **knobs) for name, knobs in sorted(tricks.items()))


@functools.cache
def _samples(name: str, knobs: tuple[tuple[str, Any], ...]) -> Tensor:
    x: Tensor = component("data", Choice(name, dict(knobs))).load(Path()).x
    return x


def cohort_of(recipes: Iterable[Recipe], compiled: bool = False) -> Cohort:
    """The cohort of these recipes, before its first step."""
    recipes = list(recipes)
    data = recipes[0].data
    return Cohort(recipes, _samples(data.name, tuple(data.knobs.items())), CPU, compiled)


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
    """The first training in which a trick can act: some loss, some world, with another trick if need be."""
    losses = sorted(LOSSES.names(), key=lambda name: name != "non_saturating")
    others = ({}, *({other: {}} for other in TRICKS.names() if other != trick))
    refusals = []
    for company, (data, model), loss in itertools.product(others, WORLDS, losses):
        tried = recipe({**company, trick: knobs or {}}, loss, **{"data": data, "model": model, **changes})
        if (reason := why_not(tried)) is None:
            return tried
        refusals.append(reason)
    raise AssertionError(f"{trick} fits nowhere: {refusals[0]}")


def trained_by(optimizer: str, knobs: Knobs | None = None, **changes: Any) -> Recipe:
    """The first training, in the order of the ways to update, that an optimiser can do."""
    choice = Choice.of(OPTIMIZERS, optimizer, **(knobs or {}))
    refusals = []
    for updates in ("alternating", "simultaneous"):
        tried = recipe(optimizer=choice, **{"updates": updates, **changes})
        if (reason := why_not(tried)) is None:
            return tried
        refusals.append(reason)
    raise AssertionError(f"{optimizer} fits nowhere: {refusals[0]}")


def companies() -> list[tuple[str, ...]]:
    """Sets of tricks that fit together, each as large as can be; every trick is in one of them."""
    remaining, sets = TRICKS.names(), []
    while remaining:
        first = home(remaining[0])
        together = {trick.name: {} for trick in first.tricks}
        for name in remaining:
            grown = {**together, name: {}}
            if why_not(recipe(grown, first.loss.name, data=first.data, model=first.model)) is None:
                together = grown
        sets.append(tuple(sorted(together)))
        remaining = [name for name in remaining if name not in together]
    return sets


def nearby(registry: Registry, name: str, index: int) -> dict[str, float]:
    """Values for all of a component's knobs, near the defaults, others for every index."""
    return {knob.name: _nearby(knob, index) for knob in registry.spec(name).knobs if not knob.structural}


def _nearby(knob: Knob, index: int) -> float:
    value = float(knob.default) * (1.0 - 0.1 * index) if knob.default else 0.01 * index
    low = -float("inf") if knob.low is None else knob.low
    high = float("inf") if knob.high is None else knob.high
    return min(max(value, low), high)


def moment(
    t: float = 0.0,
    memory: Memory | None = None,
    side: Side = "discriminator",
    seed: int = 0,
    layouts: Mapping[Side, Layout] | None = None,
    dtype: torch.dtype = torch.float64,
) -> At:
    """Where a trick is asked to act, in a test that asks it directly."""
    rng = Rng.of(torch.tensor(seed), 0, dtype)
    return At(torch.tensor(t, dtype=dtype), rng, {"it": memory or {}}, side, layouts or {}, "it")


def critic(judge: Callable[[Tensor], Tensor], pack: int = 1) -> Critic:
    """A discriminator that is a function of samples; what it looks at are the samples themselves."""
    return Critic(lambda x: (judge(x), x.reshape(len(x) // pack, -1)), pack)


def batch(real: Tensor, fake: Tensor, z: Tensor | None = None, **companions: Tensor) -> Batch:
    """A batch of these samples; where nobody asks for the latents they may be left out."""
    return Batch(real, fake, torch.zeros(len(fake), 1) if z is None else z, companions)


NOTHING = batch(torch.zeros(0, 1), torch.zeros(0, 1))
"""For tricks that do not look at the batch."""
