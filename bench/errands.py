"""What a driver has done by a process that may import torch, so that it stays light itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.plan import Plan
from bench.study import Study
from bench.tasks import Scoring, Survey
from gan.recipe import Recipe


@dataclass(frozen=True)
class Layout:
    """A study's plan, and where and how it trains."""

    plan: Plan
    devices: tuple[str, ...]
    """One a worker."""
    sizes: Mapping[str, int]
    """Structure -> most replicas that train together; empty where nobody has asked."""


@dataclass(frozen=True)
class Wish:
    """Where a user wants a study to run; None leaves it open."""

    devices: tuple[str, ...] = ("auto",)
    workers: int | None = None
    workers_per_device: int | None = None
    cohort_size: int | None = None
    offered: tuple[str, ...] = ()
    """The device of every worker where that is known: of a cluster, which has others than this machine."""


def lay_out(study: Study, wish: Wish, sized: bool = True) -> Layout:
    """Plan a study for the devices of this machine, or for those that are offered.

    Args:
        study: What is to be planned.
        wish: Where it is to run.
        sized: Whether to find out how many replicas train together: it takes seconds.

    Raises:
        StudyError: The study cannot be planned.
        PlacementError: There is no such device.
    """
    from bench import placement
    from bench.plan import plan

    know_plugins(study)
    planned = plan(study)
    devices = wish.offered or placement.spread(
        placement.devices(wish.devices), wish.workers, wish.workers_per_device
    )
    sizes = sizes_of(structures(planned), devices, wish.cohort_size) if sized else {}
    return Layout(planned, devices, sizes)


Ask = Callable[..., Any]
"""Calls a function with arguments, in this process or in another."""


def here(function: Callable[..., Any], *arguments: object) -> Any:
    """Ask this process."""
    return function(*arguments)


def structures(plan: Plan) -> dict[str, Recipe]:
    """A recipe of every structure in a plan."""
    return {arm.runs[0].recipe.structure(): arm.runs[0].recipe for arm in plan.arms if arm.runs}


def sizes_of(recipes: Mapping[str, Recipe], devices: Sequence[str], limit: int | None) -> dict[str, int]:
    """Most replicas of every structure that train together on each of these devices."""
    from bench import placement

    size_of = placement.cohort_size(devices[0], devices.count(devices[0]))
    return {structure: limit or size_of(recipe) for structure, recipe in recipes.items()}


def survey(scoring: Scoring, device: str) -> Survey:
    """As `bench.worker.survey`."""
    from bench import worker

    return worker.survey(scoring, device)


def know_plugins(study: Study) -> None:
    """Let this process know the plug-ins of a study that another has read."""
    from gan import plugins

    plugins.register([spec.file for spec in study.plugins if spec.file])
