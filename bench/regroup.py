"""Which cohorts are left to train: interrupted ones as they were, the rest grouped anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.ledger import Ledger
from bench.plan import Plan, Run, cohorts
from bench.tasks import Member, Place
from gan.recipe import Recipe


@dataclass(frozen=True)
class Group:
    """Runs that train together."""

    id: str
    members: tuple[Member, ...]
    place: Place | None
    """Where they trained before they were interrupted; None if they did not."""


def groups(
    plan: Plan, pending: Sequence[Run], ledger: Ledger, checkpoints: Path, size_of: Callable[[Recipe], int]
) -> list[Group]:
    """The cohorts of the `pending` runs, interrupted ones first."""
    names = {arm.id: arm.name for arm in plan.arms}
    resumed = _interrupted(pending, ledger, checkpoints)
    taken = {member.run for group in resumed for member in group.members}
    fresh = cohorts([run for run in pending if run.id not in taken], size_of)
    return resumed + [
        Group(cohort.id, tuple(_member(run, names[run.arm]) for run in cohort.runs), None) for cohort in fresh
    ]


def _interrupted(pending: Iterable[Run], ledger: Ledger, checkpoints: Path) -> list[Group]:
    """Cohorts with a checkpoint. It holds all replicas or none, so runs no longer planned go on with them."""
    known: dict[str, list[str]] = {}
    for run, start in ledger.started.items():
        known.setdefault(start["cohort"], []).append(run)
    wanted = {run.id for run in pending}
    found = []
    for name, runs in known.items():
        if wanted.isdisjoint(runs) or not (checkpoints / f"cohort-{name}.pt").exists():
            continue
        start = ledger.started[runs[0]]
        place = Place(start["device"], start["threads"], start["compiled"])
        found.append(Group(name, tuple(_recorded(ledger, run) for run in runs), place))
    return found


def _member(run: Run, arm_name: str) -> Member:
    return Member(run.id, run.arm, arm_name, run.seed, run.recipe, run.params)


def _recorded(ledger: Ledger, run: str) -> Member:
    """A run as its start described it."""
    start = ledger.started[run]
    recipe = Recipe.from_dict(start["recipe"])
    return Member(run, start["arm"], start["arm_name"], start["seed"], recipe, start["params"])
