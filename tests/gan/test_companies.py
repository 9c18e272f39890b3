"""What holds for tricks together, as many as fit and two by two; each alone is asked elsewhere."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from gan_cases import companies

from bench.contracts.rules import (
    SICK,
    finite_after,
    no_loops_over_replicas,
    same_alone_and_in_a_cohort,
    stays_the_only_one,
    unclear,
    vectorised,
)
from bench.contracts.trainings import WORLDS, World, home, recipe, replicas, tries
from gan.recipe import Recipe
from gan.registry import TRICKS

PAIRS = list(itertools.combinations(TRICKS.names(), 2))


COMPANIES = pytest.mark.parametrize("names", companies(), ids="+".join)


def _company(names: tuple[str, ...], count: int) -> list[Recipe]:
    """All of these tricks at once, in runs with knobs, learning rates and seeds of their own.

    Of few steps: so many tricks at once make what rounding does grow, and what shows late shows in the
    trainings that each trick has alone.
    """
    return replicas(dataclasses.replace(home(names[0]), d_steps=2, steps=6), names, count)


@COMPANIES
def test_a_company_is_the_same_alone_and_in_a_cohort(names: tuple[str, ...]) -> None:
    """To 1e-9 in float64 after 6 steps, for three replicas with other seeds, knobs and learning rates.

    No trick makes another fall back to a loop over replicas.
    """
    with no_loops_over_replicas():
        same_alone_and_in_a_cohort(_company(names, 3))


@COMPANIES
def test_a_replica_of_a_company_that_diverges_stays_the_only_one(names: tuple[str, ...]) -> None:
    """The others end bit for bit where they end beside healthy ones; it is frozen, finite and dated."""
    stays_the_only_one(_company(names, len(SICK) + 2))


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: "-".join(choice.name for choice in world))
def test_training_without_tricks_is_vectorised(world: World) -> None:
    """Whatever the data and the model."""
    data, model = world
    vectorised(replicas(recipe(data=data, model=model), [], count=2))


def _first(pair: tuple[str, str]) -> tuple[Recipe | None, list[str]]:
    """The first training in which two tricks act together, and the reasons before it why others cannot be."""
    reasons = []
    for tried, reason in tries({name: {} for name in pair}):
        if reason is None:
            return tried, reasons
        reasons.append(reason)
    return None, reasons


def test_any_two_tricks_go_together_or_say_why_not() -> None:
    """Each pair is asked about in every world with every loss until it fits; every refusal is in words."""
    wrong = {
        said for pair in PAIRS for reason in _first(pair)[1] if (said := unclear(reason, pair)) is not None
    }
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_any_two_tricks_that_go_together_train(pair: tuple[str, str]) -> None:
    """For three steps, all numbers stay finite and both players move."""
    together, _ = _first(pair)
    if together is not None:
        assert finite_after(3, together) is None
