"""Which cohorts are left to train: interrupted ones as they were, the rest grouped anew."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.ledger import Ledger
from bench.plan import Plan, Run, cohorts
from bench.tasks import Member, Place
from gan.generations import generations
from gan.recipe import Recipe, digest


@dataclass(frozen=True)
class Group:
    """Runs that train together."""

    id: str
    members: tuple[Member, ...]
    place: Place | None
    """Where they trained before they were interrupted; None if they did not."""
    origin: str | None = None
    """The cohort that they were a part of, whose checkpoint they go on from."""


def groups(
    plan: Plan, pending: Sequence[Run], ledger: Ledger, checkpoints: Path, size_of: Callable[[Recipe], int]
) -> list[Group]:
    """The cohorts of the `pending` runs, interrupted ones first."""
    names = {arm.id: arm.name for arm in plan.arms}
    resumed = _interrupted(pending, ledger, checkpoints)
    taken = {member.run for group in resumed for member in group.members}
    most = _fitting(plan, ledger)

    def size(recipe: Recipe) -> int:
        return min(size_of(recipe), most[recipe.structure()]) if most else size_of(recipe)

    fresh = cohorts([run for run in pending if run.id not in taken], size)
    return resumed + [
        Group(cohort.id, tuple(member_of(run, names[run.arm]) for run in cohort.runs), None)
        for cohort in fresh
    ]


def halves(members: Sequence[Member]) -> list[Group]:
    """The two cohorts that go on where one of these members was too large."""
    middle = (len(members) + 1) // 2
    parts = tuple(members[:middle]), tuple(members[middle:])
    return [Group(digest([member.run for member in part]), part, None) for part in parts]


def _fitting(plan: Plan, ledger: Ledger) -> Mapping[str, int]:
    """Structure -> most replicas that fit into the memory; empty if it has never run out."""
    if not ledger.splits:
        return {}
    structures = {run.id: run.recipe.structure() for run in plan.runs}
    found: dict[str, int] = defaultdict(lambda: sys.maxsize)
    for parts in ledger.splits.values():
        if (structure := structures.get(parts[0][0])) is not None:
            found[structure] = min(found[structure], max(len(part) for part in parts))
    return found


def _interrupted(pending: Iterable[Run], ledger: Ledger, checkpoints: Path) -> list[Group]:
    """Cohorts with a checkpoint. It holds all replicas or none, so runs no longer planned go on with them."""
    known: dict[str, list[str]] = {}
    for run, start in ledger.started.items():
        known.setdefault(start["cohort"], []).append(run)
    wanted = {run.id for run in pending}
    wholes = {digest(part): whole for whole, parts in ledger.splits.items() for part in parts}

    def kept(cohort: str | None) -> bool:
        return cohort is not None and bool(generations(checkpoints / f"cohort-{cohort}.pt"))

    found = []
    for name, runs in known.items():
        whole = wholes.get(name)
        if wanted.isdisjoint(runs) or not (kept(name) or kept(whole)):
            continue
        start = ledger.started[runs[0]]
        place = Place(start["device"], start["threads"], start["compiled"])
        for part in ledger.splits.get(name) or [runs]:
            # A part that has begun is a cohort of its own, with the starts of its runs.
            going = [run for run in part if run in runs]
            if going and not wanted.isdisjoint(going):
                members = tuple(_recorded(ledger, run) for run in going)
                split = name in ledger.splits
                found.append(
                    Group(digest(going) if split else name, members, place, name if split else whole)
                )
    return found


def member_of(run: Run, arm_name: str) -> Member:
    """A run as one of a cohort."""
    return Member(run.id, run.arm, arm_name, run.seed, run.recipe, run.params)


def _recorded(ledger: Ledger, run: str) -> Member:
    """A run as its start described it."""
    start = ledger.started[run]
    recipe = Recipe.from_dict(start["recipe"])
    return Member(run, start["arm"], start["arm_name"], start["seed"], recipe, start["params"])
