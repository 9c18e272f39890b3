"""The moments at which a trick is asked to act, beside the small trainings of `bench.contracts.trainings`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from bench.contracts.trainings import (
    BITS,
    CPU,
    DCGAN,
    DCGAN_WITHOUT_NORM,
    DIGITS,
    MLP,
    RING,
    WORDS,
    chosen,
    cohort_of,
    drawn,
    home,
    leaves,
    nearby,
    recipe,
    trained,
    trained_by,
    weights,
)
from gan.build import why_not
from gan.models.base import Layout
from gan.recipe import Recipe
from gan.registry import TRICKS
from gan.rng import Rng
from gan.tricks.base import At, Batch, Critic, Memory, Side

__all__ = [
    "BITS",
    "CPU",
    "DCGAN",
    "DCGAN_WITHOUT_NORM",
    "DIGITS",
    "MLP",
    "NOTHING",
    "RING",
    "WORDS",
    "Recipe",
    "batch",
    "chosen",
    "cohort_of",
    "companies",
    "critic",
    "drawn",
    "home",
    "leaves",
    "moment",
    "nearby",
    "recipe",
    "trained",
    "trained_by",
    "weights",
]


LARGEST = 16
"""Tricks in a company."""
COSTLY, FEW = "consensus", 4
"""It differentiates all that the others do twice: with fifteen of them it takes minutes."""


def companies() -> list[tuple[str, ...]]:
    """Sets of tricks that fit together, each as large as may be; every trick is in one of them."""
    cheap = [name for name in TRICKS.names() if name != COSTLY]
    remaining, sets = cheap, [_company(COSTLY, cheap, FEW)]
    while remaining:
        sets.append(_company(remaining[0], remaining, LARGEST))
        remaining = [name for name in remaining if name not in sets[-1]]
    return sets


def _company(first: str, others: list[str], most: int) -> tuple[str, ...]:
    """One trick, and those of the others that fit beside it and beside each other."""
    place = home(first)
    together: dict[str, dict[str, Any]] = {trick.name: {} for trick in place.tricks}
    for name in others:
        if len(together) == most:
            break
        grown = {**together, name: {}}
        if why_not(recipe(grown, place.loss.name, data=place.data, model=place.model)) is None:
            together = grown
    return tuple(sorted(together))


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
